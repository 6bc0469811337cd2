import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { mesos, startLocalCluster } from '../src/index.ts';
import { FakeIo } from './support/fake-io.ts';

test('a cluster is up when it has started, and gone with its tasks and files when it is closed', async (t) => {
  const cluster = await startLocalCluster({ numAgents: 2, resources: 'cpus:1;mem:128' });
  t.is(new Set([cluster.masterUrl, ...cluster.agentUrls]).size, 3);
  const state = (await (await fetch(`${cluster.masterUrl}/state`)).json()) as { activated_slaves: number };
  t.is(state.activated_slaves, 2);
  const agent = (await (await fetch(`${cluster.agentUrls[0] ?? ''}/state`)).json()) as { flags: { work_dir: string } };
  const workDir = agent.flags.work_dir;
  t.true(existsSync(workDir));

  const io = new FakeIo();
  const argv = [
    'execute',
    '--name=t',
    '--command=sleep 1000',
    '--resources=cpus:1',
    `--master=${cluster.masterAddress}`,
  ];
  const status = mesos(argv, {}, io);
  await io.written(/TASK_RUNNING/);
  await Promise.all([cluster.close(), cluster.close()]);
  t.false(existsSync(workDir));
  await t.throwsAsync(fetch(cluster.masterUrl));
  for (const url of cluster.agentUrls) await t.throwsAsync(fetch(url));
  io.signal('SIGINT');
  io.signal('SIGINT');
  t.is(await status, 1);
});

test('files are kept in a folder that is given', async (t) => {
  const workDir = mkdtempSync(join(tmpdir(), 'mesos-local-test-'));
  const cluster = await startLocalCluster({ workDir, resources: 'cpus:1;mem:128' });
  await cluster.close();
  t.deepEqual(readdirSync(join(workDir, 'agents')), ['0']);
  rmSync(workDir, { recursive: true });
});

test('a cluster may have no agents, and not a senseless number of them', async (t) => {
  await using cluster = await startLocalCluster({ numAgents: 0 });
  t.deepEqual(cluster.agentUrls, []);
  for (const numAgents of [-1, 1.5, 1_001, Number.NaN]) {
    await t.throwsAsync(startLocalCluster({ numAgents }), { code: 'CLI_CLUSTER_INVALID' });
  }
});

test('a cluster that cannot start leaves nothing behind', async (t) => {
  await using cluster = await startLocalCluster({ numAgents: 0 });
  const port = Number(cluster.masterAddress.split(':')[1]);
  await t.throwsAsync(startLocalCluster({ port }), { message: /EADDRINUSE/ });
  await t.throwsAsync(startLocalCluster({ resources: 'nonsense' }));
});
