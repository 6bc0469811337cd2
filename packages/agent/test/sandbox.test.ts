import { mkdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { executorRunPath, latestAgentPath, latestExecutorRunPath } from '../src/paths.ts';
import { WorkDirectory } from '../src/sandbox.ts';

const ids = { agentId: 'S0', frameworkId: 'F', executorId: 'E', containerId: 'C1' };

test('a sandbox is for its user and group only, and latest leads to the newest', async (t) => {
  await using work = await temporaryFolder();
  const directory = new WorkDirectory(work.path);
  await directory.createAgentDirectory('S0');
  t.is(await readlink(latestAgentPath(work.path)), join(work.path, 'slaves', 'S0'));
  await directory.createExecutorDirectory(ids, undefined);
  const sandbox = executorRunPath(work.path, ids);
  t.is((await stat(sandbox)).mode & 0o7777, 0o750);
  await directory.createExecutorDirectory({ ...ids, containerId: 'C2' }, undefined);
  t.is(
    await readlink(latestExecutorRunPath(work.path, ids)),
    executorRunPath(work.path, { ...ids, containerId: 'C2' }),
  );
});

test('a sandbox for an unknown user is not left behind, and the error tells where and why', async (t) => {
  await using work = await temporaryFolder();
  const sandbox = executorRunPath(work.path, ids);
  await t.throwsAsync(new WorkDirectory(work.path).createExecutorDirectory(ids, 'no-such-user-here'), {
    code: 'AGENT_SANDBOX_FAILED',
    message: `Failed to create executor directory '${sandbox}': Failed to chown directory to 'no-such-user-here': No such user 'no-such-user-here'`,
  });
  await t.throwsAsync(stat(sandbox), { code: 'ENOENT' });
});

test('ids that lead elsewhere are refused before anything is made', async (t) => {
  await using work = await temporaryFolder();
  await mkdir(join(work.path, 'slaves'));
  const made = new WorkDirectory(work.path).createExecutorDirectory({ ...ids, executorId: '..' }, undefined);
  await t.throwsAsync(made, { code: 'AGENT_SANDBOX_FAILED' });
  await t.throwsAsync(stat(join(work.path, 'slaves', 'S0')), { code: 'ENOENT' });
});
