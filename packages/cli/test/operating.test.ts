// Runs the commands of docs/operating.md and docs/quota.md against a cluster.
import { readFileSync } from 'node:fs';
import test from 'ava';
import { mesos, startLocalCluster } from '../src/index.ts';
import { FakeIo } from './support/fake-io.ts';
import { commandBlocks } from './support/guide.ts';

/** The commands of a guide. */
function linesOf(name: string): string[] {
  const guide = readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');
  return commandBlocks(guide).flatMap((block) => block.trimEnd().split('\n'));
}

for (const [name, linesMin] of [
  ['operating.md', 11],
  ['quota.md', 3],
] as const) {
  test(`the commands of docs/${name} do what it says`, async (t) => {
    const lines = linesOf(name);
    t.true(lines.length >= linesMin);
    await using cluster = await startLocalCluster({
      resources: 'cpus:16;mem:16384;disk:64',
      // The role that the guide for operators asks about.
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
      t.is(io.out === '', / (schedule|start|stop|update|remove) /.test(line), line);
      if (line === 'mesos quota' && name === 'quota.md') t.regex(io.out, /^eng +cpus:10 +cpus:20; mem:8192$/m);
    }
  });
}
