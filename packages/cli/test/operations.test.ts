// What changes agents and frameworks, which tasks are listed, who asks and how it ends: against real clusters of this OS process.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { mesos, startLocalCluster } from '../src/index.ts';
import { FakeIo } from './support/fake-io.ts';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import type { LocalCluster, Variables } from '../src/index.ts';

const small = '--resources=cpus:0.1;mem:16';

async function clusterOf(t: ExecutionContext, options: Parameters<typeof startLocalCluster>[0]): Promise<LocalCluster> {
  const cluster = await startLocalCluster(options);
  t.teardown(() => cluster.close());
  return cluster;
}

async function run(
  cluster: LocalCluster,
  argv: readonly string[],
  env: Variables = {},
): Promise<{ status: number; out: string; err: string }> {
  const io = new FakeIo();
  const status = await mesos([...argv, `--master=${cluster.masterAddress}`], env, io);
  return { status, out: io.out, err: io.err };
}

/** A task that runs; those of a higher number are newer. */
function taskNo(index: number): unknown {
  const task_id = { value: `t${index}` };
  return {
    name: `t${index}`,
    task_id,
    framework_id: { value: 'f' },
    agent_id: { value: 'a' },
    state: 'TASK_RUNNING',
    resources: [],
    statuses: [{ task_id, state: 'TASK_RUNNING', timestamp: 1_000 + index }],
  };
}

/** A token of `ann`'s. */
function tokenSignedWith(key: string): string {
  const parts = [{ alg: 'HS256', typ: 'JWT' }, { sub: 'ann' }];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

const done = { status: 0, out: '', err: '' };

test('an agent is deactivated, reactivated and given up, by its hostname or its id', async (t) => {
  const cluster = await clusterOf(t, { resources: 'cpus:1;mem:64', agentFlags: { hostname: 'node-1' } });
  const stateOf = async (): Promise<string> => {
    const { out } = await run(cluster, ['agents']);
    return /node-1 +\S+ +(\S+)/.exec(out)?.[1] ?? out;
  };
  t.is(await stateOf(), 'active');
  t.deepEqual(await run(cluster, ['agents', 'deactivate', 'node-1']), done);
  t.is(await stateOf(), 'deactivated');
  t.deepEqual(await run(cluster, ['agents', 'reactivate', 'node-1']), done);
  t.is(await stateOf(), 'active');
  const again = await run(cluster, ['agents', 'reactivate', 'node-1']);
  t.deepEqual(again, {
    status: 1,
    out: '',
    err: 'mesos agents reactivate: The server answered 400: Agent is not deactivated\n',
  });
  const drain = await run(cluster, ['drain', 'node-1']);
  t.is(drain.status, 1);
  t.regex(drain.err, /^mesos drain: The server answered 501: .*not supported yet\n$/);
  const { out } = await run(cluster, ['agents', '--json']);
  const [agent] = JSON.parse(out) as { agent_info: { id: { value: string } } }[];
  t.deepEqual(await run(cluster, ['agents', 'mark-gone', agent?.agent_info.id.value ?? '']), done);
  t.is((await run(cluster, ['agents'])).out.trimEnd().split('\n').length, 1);
  t.regex((await run(cluster, ['agents', 'mark-gone', 'node-2'])).err, /404: Agent 'node-2' not found/);
});

test('a hostname that several agents have is refused with their ids, and nothing is done', async (t) => {
  const cluster = await clusterOf(t, { numAgents: 2, resources: 'cpus:1;mem:64' });
  for (const argv of [
    ['agents', 'deactivate', '127.0.0.1'],
    ['metrics', '--agent=127.0.0.1'],
    ['drain', '127.0.0.1'],
  ]) {
    const { err, status } = await run(cluster, argv);
    t.is(status, 1);
    t.regex(err, /Several agents are on '127\.0\.0\.1': \S+-S0, \S+-S1\n$/);
  }
  t.is((await run(cluster, ['agents'])).out.match(/ active /g)?.length, 2);
});

test('tasks are listed by state, framework and agent, and a list that is cut says so', async (t) => {
  const cluster = await clusterOf(t, { resources: 'cpus:1;mem:256' });
  await run(cluster, ['execute', '--name=good', '--command=true', small]);
  await run(cluster, ['execute', '--name=bad', '--command=false', small]);
  const ids = async (...argv: string[]): Promise<string[]> => {
    const { out } = await run(cluster, ['tasks', ...argv, '--json']);
    return (JSON.parse(out) as { task_id: { value: string } }[]).map(({ task_id }) => task_id.value);
  };
  t.deepEqual(await ids(), ['bad', 'good']);
  t.deepEqual(await ids('--limit=1'), ['bad']);
  t.deepEqual(await ids('--state=TASK_FINISHED'), ['good']);
  t.deepEqual(await ids('--state=failed,finished'), ['bad', 'good']);
  const { out } = await run(cluster, ['frameworks', '--completed', '--json']);
  const frameworks = JSON.parse(out) as { framework_info: { id: { value: string }; name: string } }[];
  const id = frameworks.find(({ framework_info }) => framework_info.name === 'good')?.framework_info.id.value ?? '';
  t.deepEqual(await ids(`--framework=${id}`), ['good']);
  t.deepEqual(await ids('--agent=nobody'), []);
  const other = await run(cluster, ['task', 'log', 'bad', `--framework=${id}`]);
  t.deepEqual(other, {
    status: 1,
    out: '',
    err: `mesos task log: There is no task 'bad' of framework '${id}'\n`,
  });
});

test('a long list shows the newest tasks, and says how many there are', async (t) => {
  const tasks = Array.from({ length: 5_000 }, (_, index) => taskNo(index));
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ type: 'GET_TASKS', get_tasks: { tasks } }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const env = { MESOS_MASTER: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  const ask = async (...argv: string[]): Promise<FakeIo> => {
    const io = new FakeIo();
    t.is(await mesos(['tasks', ...argv], env, io), 0);
    return io;
  };
  const some = await ask();
  t.is(some.out.trimEnd().split('\n').length, 101);
  t.true(some.out.split('\n')[1]?.startsWith('t4999 '));
  t.is(some.err, 'mesos tasks: these are 100 of 5000 tasks; --limit=5000 shows all\n');
  t.is((JSON.parse((await ask('--json')).out) as unknown[]).length, 5_000);
  const chosen = await ask('--limit=2');
  t.is(chosen.out.trimEnd().split('\n').length, 3);
  t.is(chosen.err, '');
});

test('a framework is torn down by a name that no other has', async (t) => {
  const cluster = await clusterOf(t, { resources: 'cpus:1;mem:64' });
  const waiting = (name: string): { io: FakeIo; status: Promise<number> } => {
    const io = new FakeIo();
    const argv = ['execute', `--name=${name}`, '--command=true', '--resources=cpus:8;mem:16'];
    return { io, status: mesos([...argv, `--master=${cluster.masterAddress}`], {}, io) };
  };
  const all = ['one', 'twin', 'twin'].map(waiting);
  await Promise.all(all.map(({ io }) => io.written(/Subscribed with ID/)));
  t.regex((await run(cluster, ['teardown', 'twin'])).err, /Several frameworks are called 'twin': \S+, \S+\n$/);
  t.is((await run(cluster, ['frameworks'])).out.trimEnd().split('\n').length, 4);
  t.deepEqual(await run(cluster, ['teardown', 'one']), done);
  t.regex((await run(cluster, ['frameworks', '--completed'])).out, / one .* completed /);
  for (const { io, status } of all) {
    io.signal('SIGINT');
    t.is(await status, 1);
  }
});

test('a token in a file or in the environment proves who asks, and is told to nobody else', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mesos-cli-token-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, 'key'), 'a key of the cluster that is long enough', { mode: 0o600 });
  writeFileSync(join(folder, 'token'), `${tokenSignedWith('a key of the cluster that is long enough')}\n`);
  writeFileSync(join(folder, 'two-lines'), 'one\ntwo\n');
  const cluster = await clusterOf(t, {
    numAgents: 0,
    masterFlags: {
      authenticate_http_readwrite: true,
      http_authenticators: ['jwt'],
      jwt_secret_key: join(folder, 'key'),
    },
  });
  t.like(await run(cluster, ['state', `--token_file=${join(folder, 'token')}`]), { status: 0, err: '' });
  t.like(await run(cluster, ['state'], { MESOS_TOKEN: tokenSignedWith('a key of the cluster that is long enough') }), {
    status: 0,
    err: '',
  });
  const forged = tokenSignedWith('another key');
  const refused = await run(cluster, ['state'], { MESOS_TOKEN: forged });
  t.is(refused.status, 1);
  t.regex(refused.err, /^mesos state: The server answered 401: .*--token_file/);
  t.false(refused.err.includes(forged));
  for (const [argv, text] of [
    [[`--token_file=${join(folder, 'two-lines')}`], /--token_file: expecting one line in '.*two-lines'/],
    [[`--token_file=${join(folder, 'none')}`], /--token_file: cannot read '.*none': ENOENT/],
    [['--principal=a', '--secret_file=x', '--token_file=x'], /one too many/],
  ] as const) {
    t.regex((await run(cluster, ['state', ...argv])).err, text);
  }
});

test('a task whose agent cannot be reached is told with where that is, and nothing about the master', async (t) => {
  const unused = createServer().listen(0, '127.0.0.1');
  await once(unused, 'listening');
  const { port } = unused.address() as AddressInfo;
  unused.close();
  await once(unused, 'close');
  const agent = {
    agent_info: { hostname: 'h', id: { value: 'a' } },
    active: false,
    version: '1',
    pid: `slave(1)@127.0.0.1:${port}`,
  };
  const master = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ get_tasks: { tasks: [taskNo(1)] }, get_agents: { agents: [agent] } }));
  }).listen(0, '127.0.0.1');
  await once(master, 'listening');
  t.teardown(() => {
    master.closeAllConnections();
    master.close();
  });
  const io = new FakeIo();
  const env = { MESOS_MASTER: `127.0.0.1:${(master.address() as AddressInfo).port}` };
  t.is(await mesos(['task', 'log', 't1'], env, io), 3);
  t.is(io.err, `mesos task log: Cannot reach http://127.0.0.1:${port}: connection refused\n`);
});

test('the exit status tells what was refused from what nobody could be asked for', async (t) => {
  const server = createServer((request, response) => {
    response.writeHead(request.headers.authorization === undefined ? 503 : 403).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const status = (...argv: string[]): Promise<number> =>
    mesos([...argv, `--master=127.0.0.1:${port}`], {}, new FakeIo());
  t.is(await status('agents', '--unknown'), 2);
  t.is(await status('agents'), 3, 'no master leads');
  t.is(await mesos(['agents', `--master=127.0.0.1:${port}`, '--principal=a'], { MESOS_SECRET: 's' }, new FakeIo()), 1);
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const io = new FakeIo();
  const { port: other } = silent.address() as AddressInfo;
  t.is(await mesos(['agents', `--master=127.0.0.1:${other}`, '--timeout=50ms'], {}, io), 3);
  t.regex(io.err, /^mesos agents: .*50 ?ms/);
});
