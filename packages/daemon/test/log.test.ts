import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deferred } from '@mesos-ts/libprocess';
import test from 'ava';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { openLog } from '../src/log.ts';

test('what is logged is on stderr and, when the log is closed, behind what the file had', async (t) => {
  await using directory = await temporaryFolder();
  const log_dir = join(directory.path, 'a/b');
  let stderr = '';
  for (const text of ['first', 'second']) {
    const log = openLog({ log_dir }, 'agent', (line) => {
      stderr += line;
    });
    log.logger.info(text);
    await log.close();
  }
  t.regex(stderr, /^I\d{4} [\d:.]+ \d+ agent\] first\nI.* second\n$/);
  t.is(await readFile(join(log_dir, 'mesos-agent.INFO'), 'utf8'), stderr);
});

test('without a directory there is only stderr', async (t) => {
  let stderr = '';
  const log = openLog({ log_dir: undefined }, 'master', (line) => {
    stderr += line;
  });
  log.logger.warn('careful');
  await log.close();
  t.regex(stderr, /^W.* master\] careful\n$/);
});

test('a file that cannot be written is told once, and costs no line on stderr', async (t) => {
  await using directory = await temporaryFolder();
  await mkdir(join(directory.path, 'mesos-agent.INFO'));
  let stderr = '';
  const failure = deferred<undefined>();
  const log = openLog({ log_dir: directory.path }, 'agent', (line) => {
    stderr += line;
    if (line.startsWith('Cannot write')) failure.resolve(undefined);
  });
  await failure.promise;
  log.logger.info('still here');
  await log.close();
  t.is(stderr.match(/^Cannot write the log to '.*mesos-agent\.INFO': EISDIR/gm)?.length, 1);
  t.regex(stderr, /still here\n$/);
});

test('a directory that cannot be made is an error', async (t) => {
  await using directory = await temporaryFolder();
  const file = join(directory.path, 'file');
  await writeFile(file, '');
  t.throws(() => openLog({ log_dir: file }, 'agent', () => undefined), { message: /is not a directory/u });
});
