// Runs the commands of docs/operating.md against a cluster.
import { readFileSync } from 'node:fs';
import test from 'ava';
import { mesos, startLocalCluster } from '../src/index.ts';
import { FakeIo } from './support/fake-io.ts';
import { commandBlocks } from './support/guide.ts';

const guide = readFileSync(new URL('../../../../docs/operating.md', import.meta.url), 'utf8');

test('the commands of the guide for operators do what it says', async (t) => {
  const lines = commandBlocks(guide).flatMap((block) => block.trimEnd().split('\n'));
  t.true(lines.length > 10);
  await using cluster = await startLocalCluster({
    resources: 'cpus:2;mem:256;disk:64',
    // The role that the guide asks about.
    masterFlags: { weights: 'web=2' },
    // The machine that it plans for.
    agentFlags: { hostname: 'node-1' },
  });
  for (const line of lines) {
    const argv = line
      .replace(/ +# .*/, '')
      .split(' ')
      .map((word) => word.replaceAll("'", ''));
    t.is(argv[0], 'mesos');
    const io = new FakeIo();
    t.is(await mesos(argv.slice(1), { MESOS_MASTER: cluster.masterAddress }, io), 0, line);
    t.is(io.err, '', line);
    // What changes something has nothing to say.
    t.is(io.out === '', / (schedule|start|stop) /.test(line), line);
  }
});
