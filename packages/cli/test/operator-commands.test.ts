// The commands that stand on the operator API, against a real cluster of this OS process.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatorClient } from '@mesos-ts/operator';
import test from 'ava';
import { mesos, startLocalCluster } from '../src/index.ts';
import { FakeIo } from './support/fake-io.ts';
import type { AddressInfo } from 'node:net';
import type { LocalCluster, Variables } from '../src/index.ts';

let cluster: LocalCluster;
let guarded: LocalCluster;
let folder: string;

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesos-cli-operator-'));
  writeFileSync(join(folder, 'credentials'), 'ann sesame', { mode: 0o600 });
  writeFileSync(join(folder, 'secret'), 'sesame\n', { mode: 0o600 });
  writeFileSync(join(folder, 'master.log'), 'Master is here\n');
  cluster = await startLocalCluster({
    resources: 'cpus:4;mem:512;disk:512',
    masterFlags: { weights: 'web=2', external_log_file: join(folder, 'master.log') },
  });
  guarded = await startLocalCluster({
    numAgents: 0,
    masterFlags: {
      authenticate_http_readonly: true,
      authenticate_http_readwrite: true,
      credentials: join(folder, 'credentials'),
    },
  });
});

test.after.always(async () => {
  await cluster.close();
  await guarded.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(argv: readonly string[], at = cluster, env: Variables = {}): { io: FakeIo; status: Promise<number> } {
  const io = new FakeIo();
  return { io, status: mesos([...argv, `--master=${at.masterAddress}`], env, io) };
}

async function run(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  const { io, status } = start(argv);
  return { status: await status, out: io.out, err: io.err };
}

async function agentId(): Promise<string> {
  const { agents = [] } = await new OperatorClient({ url: cluster.masterUrl }).getAgents();
  return agents[0]?.agent_info.id?.value ?? '';
}

test.serial('a framework is listed, explained and torn down, and events tell of it', async (t) => {
  const events = start(['events']);
  const scripted = start(['events', '--json']);
  await events.io.written(/^SUBSCRIBED {2}1 agents, /m);
  await scripted.io.written(/^\{"type":"SUBSCRIBED"/m);
  const greedy = start(['execute', '--name=greedy', '--command=true', '--resources=cpus:8;mem:16', '--role=web']);
  await greedy.io.written(/Waiting for an offer/);
  const [, id = ''] = /Subscribed with ID (\S+)/.exec(greedy.io.out) ?? [];
  await events.io.written(new RegExp(`^FRAMEWORK_ADDED {2}${id} 'greedy'$`, 'm'));

  const { out } = await run('frameworks');
  t.regex(out, /^ID +NAME +USER +ROLES +STATE +CPUS +MEM +OFFERS\n/);
  t.regex(out, new RegExp(`^${id} +greedy +\\S+ +web +active +0 +0 +\\d+$`, 'm'));
  const told = JSON.parse((await run('frameworks', '--json')).out) as { framework_info: { name: string } }[];
  t.deepEqual(
    told.map(({ framework_info }) => framework_info.name),
    ['greedy'],
  );
  t.regex((await run('roles')).out, /^web +2 +1 /m);

  for (const asked of [id, 'greedy', 'web']) {
    const explained = await run('explain', asked);
    t.is(explained.err, '');
    t.regex(explained.out, new RegExp(`^Framework ${id} 'greedy' is active\n\\d+ offers made, `));
    t.regex(
      explained.out,
      /^Role web \(wants offers\)\n {2}=> The framework was offered resources, and has declined the newest \d+ /m,
    );
    t.regex(explained.out, /^ {2}turn of the role: 1 of \d+, share 0\n/m);
    t.regex(explained.out, /declined by the framework for another \d+s/);
    t.regex(
      explained.out,
      /^Newest offers\n {2}OFFER +AGENT +ROLE +RESOURCES +AGE +WHAT BECAME OF IT\n.*declined \d+s ago/m,
    );
  }
  t.regex((await run('explain', 'web')).out, /^All frameworks of role web: [1-9]\d* offers made, /m);
  // Written down when the allocator looks again, an interval later.
  const heldBack = /^ {2}held back from it\n.*\n {4}declined by the framework +\d+ +\d+s ago +/m;
  while (!heldBack.test((await run('explain', id)).out)) t.false(greedy.io.out.includes('TASK_'));
  const never = await run('explain', id, '--resources=cpus:8;mem:16');
  t.regex(never.out, /^cpus:8; mem:16 will never fit on the agents that there are\.\n/);
  t.regex(never.out, /cpus: 4 more than the agent has \(4\)/);
  t.like(JSON.parse((await run('explain', id, '--resources=cpus:8', '--json')).out), { now: false, ever: false });
  t.like(JSON.parse((await run('explain', 'web', '--json')).out), { frameworks: [{ name: 'greedy' }] });

  t.deepEqual(await run('teardown', id), { status: 0, out: '', err: '' });
  await events.io.written(/^FRAMEWORK_REMOVED /m);
  greedy.io.signal('SIGINT');
  t.is(await greedy.status, 1);
  t.regex((await run('frameworks', '--completed')).out, new RegExp(`^${id} .* completed `, 'm'));
  for (const asked of [id, 'greedy']) {
    t.regex(
      (await run('explain', asked)).out,
      new RegExp(`^Framework ${id} 'greedy' has ended\n[1-9]\\d* offers made, `),
    );
  }
  await scripted.io.written(/"type":"FRAMEWORK_REMOVED"/);
  for (const stream of [events, scripted]) {
    stream.io.signal('SIGINT');
    t.is(await stream.status, 0);
    t.is(stream.io.err, '');
  }
  for (const line of scripted.io.out.trimEnd().split('\n')) t.truthy((JSON.parse(line) as { type: string }).type);
});

test.serial('events tell of tasks, and state counts them', async (t) => {
  const events = start(['events']);
  await events.io.written(/^SUBSCRIBED/m);
  await run('execute', '--name=counted', '--command=true', '--resources=cpus:0.1;mem:16');
  await events.io.written(/^TASK_ADDED {2}counted of \S+ on \S+: TASK_STAGING$/m);
  await events.io.written(/^TASK_UPDATED {2}counted of \S+: TASK_FINISHED \(Command exited with status 0\)$/m);
  events.io.signal('SIGTERM');
  t.is(await events.status, 0);
  t.regex((await run('state')).out, /^agents +1\n {2}active +1\n/m);
  t.like(JSON.parse((await run('state', '--json')).out), { get_agents: { agents: [{ active: true }] } });
});

test('explain without a framework says whether a newcomer would fit', async (t) => {
  const { out } = await run('explain', '--resources=cpus:1;mem:16');
  t.regex(
    out,
    /^cpus:1; mem:16 fits now, for a framework that newly comes to role \*\.\n\nRole \* \(wants offers\)\n {2}=> cpus:1; mem:16 fits now, on 1 agents\.\n/,
  );
  t.regex(out, /agents: 1 fit, 0 hindered, 0 busy, 0 too small/);
  t.deepEqual(await run('explain', 'nobody'), {
    status: 1,
    out: '',
    err: "mesos explain: There is no framework 'nobody', and nobody is in a role of that name\n",
  });
  t.regex((await run('explain')).err, /Expecting a framework or a role/);
});

test('what agents of this machine are to offer is not taken for what a command is about', async (t) => {
  const io = new FakeIo();
  t.is(await mesos(['explain', `--master=${cluster.masterAddress}`], { MESOS_RESOURCES: 'cpus:64' }, io), 2);
  t.regex(io.err, /Expecting a framework or a role/);
});

test('metrics are those of the master or of an agent, by the beginnings of their names', async (t) => {
  const { out } = await run('metrics', 'master/slaves_active', 'master/uptime_secs');
  t.regex(out, /^METRIC +VALUE\nmaster\/slaves_active +1\nmaster\/uptime_secs +[\d.]+\n$/);
  t.deepEqual(JSON.parse((await run('metrics', 'master/slaves_active', '--json')).out), { 'master/slaves_active': 1 });
  const agent = await run('metrics', 'slave/registered', `--agent=${await agentId()}`);
  t.regex(agent.out, /^slave\/registered +1$/m);
  t.regex((await run('metrics', '--agent=nobody')).err, /There is no agent 'nobody'/);
});

test('weights, maintenance and volumes are listed, and weights are set', async (t) => {
  t.is((await run('weights')).out, 'ROLE  WEIGHT\nweb   2\n');
  t.is((await run('weights', '--json')).out, '[{"weight":2,"role":"web"}]\n');
  t.is((await run('maintenance')).out, 'HOSTNAME  IP  STATE  FROM  FOR  ANSWERS\n');
  t.is((await run('maintenance', '--json')).out, '{"status":{},"schedule":{}}\n');
  t.is((await run('volumes')).out, 'ID  AGENT  ROLE  SIZE  PATH\n');
  t.is((await run('weights', 'update', 'ads=3')).status, 0);
  t.is((await run('weights')).out, 'ROLE  WEIGHT\nweb   2\nads   3\n');
});

test('quotas are set, listed and taken away; what would harm needs --force', async (t) => {
  t.is((await run('quota')).out, 'ROLE  GUARANTEES  LIMITS\n');
  const set = await run('quota', 'update', 'ads', '--guarantees=cpus:0.1', '--limits=cpus:20; mem:8192; gpus:0');
  t.deepEqual([set.status, set.out, set.err], [0, '', '']);
  t.is((await run('quota')).out, 'ROLE  GUARANTEES  LIMITS\nads   cpus:0.1    cpus:20; gpus:0; mem:8192\n');
  const more = await run('quota', 'update', 'ads', '--guarantees=gpus:1000');
  t.is(more.status, 1);
  t.regex(more.err, /total quota guarantees 'gpus:1000' exceed cluster capacity/);
  t.is((await run('quota', 'update', 'ads', '--guarantees=gpus:1000', '--force')).status, 0);
  t.deepEqual(JSON.parse((await run('quota', '--json')).out), [{ role: 'ads', guarantees: { gpus: { value: 1000 } } }]);
  t.is((await run('quota', 'remove', 'ads')).status, 0);
  t.is((await run('quota', '--json')).out, '[]\n');
  t.regex((await run('quota', 'remove', 'ads')).err, /Role 'ads' has no quota set/);
  t.regex((await run('quota', 'update', 'ads', '--limits=ports:[1-2]')).err, /NAME:AMOUNT/);
});

test('what the cluster cannot do yet is told so, with status 1', async (t) => {
  const agent = await agentId();
  for (const argv of [
    ['reserve', agent, 'web', '--resources=cpus:1'],
    ['unreserve', agent, 'web', '--resources=cpus:1'],
    ['volumes', 'create', agent, 'v', '--role=web', '--size=1MB'],
    ['drain', agent],
    ['task', 'exec', 'some', 'ls'],
    ['task', 'attach', 'some'],
  ]) {
    const { err, out, status } = await run(...argv);
    t.is(status, 1, argv.join(' '));
    t.is(out, '');
    t.regex(err, /^mesos [a-z ]+: .*not supported yet[^\n]*\n$/, argv.join(' '));
  }
});

test('what is refused is told in the words of the master', async (t) => {
  const teardown = await run('teardown', 'nobody');
  t.is(teardown.status, 1);
  t.regex(teardown.err, /^mesos teardown: The server answered 400: No framework found with specified ID\n$/);
  t.regex((await run('drain', 'nobody')).err, /^mesos drain: The server answered 400: Unknown agent\n$/);
  t.regex((await run('drain', await agentId())).err, /Draining agents is not supported yet\n$/);
  t.regex((await run('volumes', 'destroy', await agentId(), 'v')).err, /has no volume 'v'/);
});

test('arguments that are missing or wrong are named before anybody is asked', async (t) => {
  for (const [argv, text] of [
    [['teardown'], /the id or the name of a framework/],
    [['drain'], /the id or the hostname of an agent/],
    [['agents', 'mark-gone'], /the id or the hostname of an agent/],
    [['volumes', 'grow', 'a', 'v'], /--by/],
    [['reserve', 'a'], /a role/],
    [['reserve', 'a', 'r'], /--resources/],
    [['unreserve'], /the id or the hostname of an agent/],
    [['volumes', 'create', 'a', 'v'], /--role and --size/],
    [['volumes', 'destroy', 'a'], /the id of a volume/],
    [['weights', 'update', 'web'], /ROLE=WEIGHT/],
    [['weights', 'update'], /ROLE=WEIGHT/],
    [['quota', 'update'], /a role/],
    [['quota', 'update', 'web'], /--guarantees or --limits/],
    [['quota', 'remove'], /a role/],
    [['maintenance', 'start'], /a machine/],
    [['completion', 'csh'], /bash, zsh, fish/],
  ] as const) {
    const io = new FakeIo();
    t.is(await mesos(argv, {}, io), 2);
    t.regex(io.err, text);
  }
});

test('log prints what the master has logged, and says when there is no log', async (t) => {
  t.is((await run('log')).out, 'Master is here\n');
  const follow = start(['log', '--follow']);
  await follow.io.written(/Master is here/);
  follow.io.signal('SIGINT');
  t.is(await follow.status, 0);
  const none = await run('log', `--agent=${await agentId()}`);
  t.is(none.status, 1);
  t.regex(none.err, /There is no log/);
});

test('a principal and its secret come from flags or from the environment, and are told to nobody else', async (t) => {
  const secret = ['--principal=ann', `--secret_file=${join(folder, 'secret')}`];
  for (const command of ['agents', 'state']) {
    const stranger = start([command], guarded);
    t.is(await stranger.status, 1);
    t.regex(stranger.io.err, /401/);
    t.is(await start([command, ...secret], guarded).status, 0);
    t.is(await start([command], guarded, { MESOS_PRINCIPAL: 'ann', MESOS_SECRET: 'sesame' }).status, 0);
    const wrong = start([command], guarded, { MESOS_PRINCIPAL: 'ann', MESOS_SECRET: 'street' });
    t.is(await wrong.status, 1);
    t.false(wrong.io.err.includes('street'));
  }
  for (const argv of [
    ['state', '--principal=ann'],
    ['state', '--secret_file=/x'],
    ['state', '--principal=ann', '--secret_file=/no/such'],
  ]) {
    const { io, status } = start(argv, guarded);
    t.is(await status, 2);
    t.regex(io.err, /--principal|--secret_file/);
  }
});

test('events of a cluster that is not there are an error', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const io = new FakeIo();
  t.is(await mesos(['events', `--master=127.0.0.1:${port}`], {}, io), 3);
  t.regex(
    io.err,
    new RegExp(`^mesos events: Cannot reach http://127.0.0.1:${port}: connection refused \\(--master, .*\n$`),
  );
});
