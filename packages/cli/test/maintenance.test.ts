// `mesos maintenance`, against a real cluster of this OS process.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatorClient } from '@mesos-ts/operator';
import test from 'ava';
import { mesos, startLocalCluster } from '../src/index.ts';
import { machineNamed } from '../src/machines.ts';
import { FakeIo } from './support/fake-io.ts';
import type { LocalCluster } from '../src/index.ts';

let cluster: LocalCluster;
let folder: string;

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesos-cli-maintenance-'));
  cluster = await startLocalCluster({ resources: 'cpus:1;mem:64' });
});

test.after.always(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  const io = new FakeIo();
  const status = await mesos(['maintenance', ...argv, `--master=${cluster.masterAddress}`], {}, io);
  return { status, out: io.out, err: io.err };
}

/** What is listed, without the heading, in single spaces. */
async function listed(): Promise<string[]> {
  const [heading = '', ...rows] = (await run()).out.trim().split('\n');
  if (!/^HOSTNAME +IP +STATE +FROM +FOR +ANSWERS$/.test(heading)) throw new Error(heading);
  return rows.map((row) => row.replaceAll(/ +/g, ' ').trim());
}

const done = { status: 0, out: '', err: '' };
const from = '--start=2100-01-01T08:00:00Z';

test.serial('machines are planned in place of others, added to them, moved, and taken out', async (t) => {
  t.deepEqual(await run('schedule', 'a/10.0.0.1', 'b/10.0.0.2', from, '--duration=90mins'), done);
  t.deepEqual(await listed(), [
    'a 10.0.0.1 draining 2100-01-01T08:00:00.000Z 90mins -',
    'b 10.0.0.2 draining 2100-01-01T08:00:00.000Z 90mins -',
  ]);
  t.deepEqual(await run('schedule', 'B', 'c/10.0.0.3', '--start=2100-01-02T08:00:00Z', '--add'), done);
  t.deepEqual((await listed()).toSorted(), [
    'a 10.0.0.1 draining 2100-01-01T08:00:00.000Z 90mins -',
    'b 10.0.0.2 draining 2100-01-02T08:00:00.000Z - -',
    'c 10.0.0.3 draining 2100-01-02T08:00:00.000Z - -',
  ]);
  t.deepEqual(await run('schedule', 'a', 'c', '--remove'), done);
  t.deepEqual(await listed(), ['b 10.0.0.2 draining 2100-01-02T08:00:00.000Z - -']);
  t.deepEqual(await run('schedule', 'd/10.0.0.4', from), done);
  t.deepEqual(await listed(), ['d 10.0.0.4 draining 2100-01-01T08:00:00.000Z - -']);
  const { err, status } = await run('schedule', 'a', '--remove');
  t.is(status, 1);
  t.is(err, "mesos maintenance schedule: Machine 'a/' is not in the schedule\n");
  t.deepEqual(await run('schedule', '--clear'), done);
  t.deepEqual(await listed(), []);
});

test.serial('what is printed as JSON can be planned again from a file, and so can what the API has', async (t) => {
  await run('schedule', 'a/10.0.0.1', from);
  const { out } = await run('--json');
  const path = join(folder, 'schedule.json');
  writeFileSync(path, out);
  await run('schedule', '--clear');
  t.deepEqual(await run('schedule', `--file=${path}`), done);
  t.is((await run('--json')).out, out);
  writeFileSync(path, JSON.stringify((JSON.parse(out) as { schedule: unknown }).schedule));
  t.deepEqual(await run('schedule', `--file=${path}`), done);
  t.is((await run('--json')).out, out);
  writeFileSync(path, '{"windows": [{}]}');
  const { err, status } = await run('schedule', `--file=${path}`);
  t.is(status, 1);
  t.regex(err, /^mesos maintenance schedule: There is no schedule in '.*': .+\n$/);
  await run('schedule', '--clear');
});

test.serial('an agent is meant by its hostname; its machine goes down and comes up', async (t) => {
  const client = new OperatorClient({ url: cluster.masterUrl });
  const { agents = [] } = await client.getAgents();
  const hostname = agents[0]?.agent_info.hostname ?? '';
  t.deepEqual(await run('schedule', hostname.toUpperCase(), from), done);
  t.deepEqual(await listed(), [`${hostname} 127.0.0.1 draining 2100-01-01T08:00:00.000Z - -`]);
  t.deepEqual(await run('start', hostname), done);
  t.deepEqual(await listed(), [`${hostname} 127.0.0.1 down 2100-01-01T08:00:00.000Z - -`]);
  // They are removed in the registry after it was answered.
  while (((await client.getAgents()).agents ?? []).length > 0) await run();
  t.deepEqual(await run('stop', `${hostname}/127.0.0.1`), done);
  t.deepEqual(await listed(), []);
});

test.serial(
  'who plans what no agent is meant by is told so, and what cannot be is refused in the words of the master',
  async (t) => {
    const { err, status } = await run('schedule', 'nobody', '/10.0.0.9', from);
    t.is(status, 0);
    t.deepEqual(err.split('\n'), [
      'mesos maintenance schedule: No agent is meant by nobody without an IP address',
      'mesos maintenance schedule: No agent is meant by 10.0.0.9 without a hostname',
      '',
    ]);
    const stop = await run('stop', 'nobody');
    t.is(stop.status, 1);
    t.regex(stop.err, /is not in DOWN mode and cannot be brought up\n$/);
    await run('schedule', '--clear');
  },
);

test('a hostname that several machines have is not enough', (t) => {
  const known = [
    { hostname: 'a', ip: '10.0.0.1' },
    { hostname: 'A', ip: '10.0.0.1' },
    { hostname: 'b', ip: '10.0.0.2' },
    { hostname: 'b', ip: '10.0.0.3' },
  ];
  t.is(machineNamed('a', known).ip, '10.0.0.1');
  t.throws(() => machineNamed('b', known), {
    code: 'CLI_NOT_FOUND',
    message: "Several machines are named 'b': b/10.0.0.2, b/10.0.0.3",
  });
  t.deepEqual(machineNamed('b/10.0.0.3', known), { hostname: 'b', ip: '10.0.0.3' });
  t.deepEqual(machineNamed('b/', known), { hostname: 'b' });
});

test('command lines that make no sense are refused before anybody is asked', async (t) => {
  for (const [argv, text] of [
    [['schedule'], /a machine, --file or --clear/],
    [['schedule', 'h'], /--start/],
    [['schedule', 'h', '--clear'], /either machines, --file or --clear/],
    [['schedule', '--file=x', '--clear'], /either machines, --file or --clear/],
    [['schedule', 'h', '--add', '--remove', from], /either --add or --remove/],
    [['schedule', '--clear', '--add'], /Expecting a machine/],
    [['schedule', 'h', '--remove', from], /neither --start nor --duration/],
    [['schedule', 'h', '--start=soon'], /'soon' is no time/],
  ] as const) {
    const { err, status } = await run(...argv);
    t.is(status, 2, argv.join(' '));
    t.regex(err, text);
  }
});
