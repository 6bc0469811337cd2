import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import test from 'ava';
import { eventually, temporaryFolder } from '@mesos-ts/libprocess/testing';
import { startAgent } from '../src/index.ts';
import type { AgentFlags, AgentHandle } from '../src/index.ts';
import { TestMaster, commandTask, runTaskMessage, testFramework } from '../src/testing/index.ts';
import { awaiting, isAlive, pidsIn, textOf } from './support/processes.ts';

const program = fileURLToPath(new URL('../../bin/mesos-agent.js', import.meta.url));

/** A master of this process, on a socket. */
async function startMaster() {
  const runtime = await new Runtime({ transport: new WebSocketTransport(), delegate: 'master' }).start();
  const master = new TestMaster(runtime);
  const run = (taskId: string, value: string, more: object = {}): void => {
    const task = commandTask(taskId, 'agent-1', { command: { value, ...more } });
    master.send('mesos.internal.RunTaskMessage', runTaskMessage(task, testFramework()));
  };
  const reached = (taskId: string, state: string): Promise<void> =>
    eventually(() => master.states(taskId).includes(state), `${taskId} ${state}`);
  return { runtime, master, run, reached, [Symbol.asyncDispose]: () => runtime.close() };
}

/** An agent of this process, on a socket, that has registered. */
async function startRegistered(master: string, workDir: string, flags: Partial<AgentFlags> = {}): Promise<AgentHandle> {
  const agent = await startAgent({
    flags: { ip: '127.0.0.1', port: 0, registration_backoff_factor: 20, ...flags, master, work_dir: workDir },
  });
  await awaiting(agent.registered);
  return agent;
}

/** An agent in an OS process of its own. */
async function startProgram(master: string, workDir: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [
      program,
      `--master=${master}`,
      `--work_dir=${workDir}`,
      '--ip=127.0.0.1',
      '--port=0',
      '--registration_backoff_factor=50ms',
      '--executor_shutdown_grace_period=1secs',
      '--recovery_timeout=2secs',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env['PATH'] } },
  );
  let log = '';
  child.stderr?.on('data', (data: Buffer) => {
    log += data.toString();
  });
  await eventually(() => log.includes('Registered with master'), `registration: ${log}`);
  return child;
}

test('whoever asks an agent that has ended finds nobody, also while the rest is put away', async (t) => {
  await using it = await startMaster();
  await using work = await temporaryFolder();
  const agent = await startRegistered(it.runtime.address, work.path);
  t.is((await fetch(`${agent.url}/state`)).status, 200);
  agent.runtime.terminate(agent.pid);
  t.is(await agent.ended, 'failed');
  const error = await t.throwsAsync(fetch(`${agent.url}/state`));
  t.like(error?.cause, { code: 'ECONNREFUSED' });
  await agent.close();
});

test('a command task runs in a sandbox and its result is read back through the files of the agent', async (t) => {
  await using it = await startMaster();
  await using work = await temporaryFolder();
  const agent = await startRegistered(it.runtime.address, work.path);
  it.run('task', 'echo result; exit 3');
  await it.reached('task', 'TASK_FAILED');
  t.deepEqual(it.master.states('task'), ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FAILED']);
  t.is(it.master.updates.at(-1)?.status.message, 'Command exited with status 3');
  const latest = '/frameworks/framework/executors/task/runs/latest';
  const read = await fetch(`${agent.url}/files/read?path=${latest}/stdout&offset=0`);
  t.regex(((await read.json()) as { data: string }).data, /^result$/m);
  const real = join(work.path, 'slaves/latest/frameworks/framework/executors/task/runs/latest/stdout');
  t.regex(await textOf(real), /^result$/m);
  await agent.shutdown();
});

test('a file that cannot be fetched fails only its task, with the reason', async (t) => {
  await using it = await startMaster();
  await using work = await temporaryFolder();
  const agent = await startRegistered(it.runtime.address, work.path);
  it.run('broken', 'true', { uris: [{ value: join(work.path, 'missing') }] });
  it.run('user', 'true', { user: 'no-such-user-here' });
  it.run('good', 'true');
  await it.reached('broken', 'TASK_FAILED');
  await it.reached('user', 'TASK_LOST');
  await it.reached('good', 'TASK_FINISHED');
  const status = it.master.updates.find((update) => update.status.task_id.value === 'broken')?.status;
  t.is(status?.reason, 'REASON_CONTAINER_LAUNCH_FAILED');
  t.regex(status?.message ?? '', /^Failed to launch container: Failed to fetch all URIs .*missing/);
  t.is(agent.runtime.metrics.snapshot()['containerizer/fetcher/task_fetches_failed'], 1);
  t.deepEqual(await readdir(join(work.path, 'slaves/latest/frameworks/framework/executors/broken/runs/latest')), [
    'stderr',
  ]);
  await agent.shutdown();
});

test('executors of an agent that asks for it prove who they are, and their tasks cannot', async (t) => {
  await using it = await startMaster();
  await using work = await temporaryFolder();
  const key = join(work.path, 'key');
  await writeFile(key, 'a key', { mode: 0o600 });
  const flags = { jwt_secret_key: key, authenticate_http_executors: true };
  const agent = await startRegistered(it.runtime.address, work.path, flags);
  it.run('task', 'test -z "$MESOS_EXECUTOR_AUTHENTICATION_TOKEN"');
  await it.reached('task', 'TASK_FINISHED');
  t.is(it.master.states('task').at(-1), 'TASK_FINISHED');
  await agent.shutdown();
});

test('a master that is dialled at another address than it calls itself by is the master all the same', async (t) => {
  const transport = new WebSocketTransport({ ip: '0.0.0.0', advertiseIp: '127.0.0.2' });
  await using runtime = await new Runtime({ transport, delegate: 'master' }).start();
  const master = new TestMaster(runtime);
  await using work = await temporaryFolder();
  const dialled = runtime.address.replace('127.0.0.2', '127.0.0.1');
  const agent = await startRegistered(dialled, work.path);
  t.is(await agent.registered, 'agent-1');
  master.send('mesos.internal.RunTaskMessage', runTaskMessage(commandTask('task', 'agent-1')));
  await eventually(() => master.states('task').includes('TASK_FINISHED'), 'the end of the task');
  await agent.shutdown();
});

test('an executor that ends before it registers fails its task, and the master is told how it ended', async (t) => {
  await using it = await startMaster();
  await using work = await temporaryFolder();
  const agent = await startRegistered(it.runtime.address, work.path);
  const { command: _none, ...task } = commandTask('task', 'agent-1', {
    executor: { executor_id: { value: 'custom' }, command: { value: 'exit 3' } },
  });
  it.master.send('mesos.internal.RunTaskMessage', runTaskMessage(task, testFramework()));
  await it.reached('task', 'TASK_FAILED');
  t.is(it.master.updates[0]?.status.message, 'Executor terminated');
  t.is(it.master.received('mesos.internal.ExitedExecutorMessage')[0]?.status, 3 * 256);
  await agent.shutdown();
});

test('an executor that is killed fails its task, whose processes are gone with it', async (t) => {
  await using it = await startMaster();
  await using work = await temporaryFolder();
  const pids = join(work.path, 'pids');
  const agent = await startRegistered(it.runtime.address, work.path);
  it.run('task', `echo $$ >> ${pids}; setsid sh -c 'echo $$ >> ${pids}; exec sleep 600' & sleep 600`);
  await it.reached('task', 'TASK_RUNNING');
  await eventually(async () => (await pidsIn(pids)).length === 2, 'two processes');
  const executorPid = it.master.updates.at(-1)?.status.container_status?.executor_pid ?? 0;
  process.kill(executorPid, 'SIGKILL');
  await it.reached('task', 'TASK_FAILED');
  t.is(it.master.updates.at(-1)?.status.reason, 'REASON_EXECUTOR_TERMINATED');
  t.is(it.master.updates.at(-1)?.status.message, 'Executor terminated');
  t.deepEqual(await Promise.all((await pidsIn(pids)).map(isAlive)), [false, false]);
  await agent.shutdown();
});

test('an agent that is shut down while it fetches does not wait for what never comes', async (t) => {
  await using it = await startMaster();
  await using work = await temporaryFolder();
  const asked: ServerResponse[] = [];
  const server = createServer((_request, response) => asked.push(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const agent = await startRegistered(it.runtime.address, work.path, { executor_shutdown_grace_period: 600_000 });
  it.run('task', 'true', { uris: [{ value: `http://127.0.0.1:${port}/endless` }] });
  await eventually(() => asked.length === 1, 'a request');
  await awaiting(agent.shutdown());
  await eventually(() => asked[0]?.closed === true, 'the end of the request');
  t.is(await agent.ended, 'shut down');
  server.close();
});

test('shutting an agent down in this process leaves no process of its tasks, whatever they ignore', async (t) => {
  await using it = await startMaster();
  await using work = await temporaryFolder();
  const pids = join(work.path, 'pids');
  const agent = await startRegistered(it.runtime.address, work.path, { executor_shutdown_grace_period: 500 });
  it.run(
    'stubborn',
    `trap '' TERM; setsid sh -c 'echo $$ >> ${pids}; sleep 600' & echo $$ >> ${pids}; while :; do sleep 1; done`,
  );
  await eventually(async () => (await pidsIn(pids)).length === 2, 'two processes');
  await awaiting(agent.shutdown());
  t.deepEqual(await Promise.all((await pidsIn(pids)).map(isAlive)), [false, false]);
});

test('killing the program of an agent, in whatever way, leaves its tasks alone', async (t) => {
  await using it = await startMaster();
  await using work = await temporaryFolder();
  for (const [index, signal] of (['SIGKILL', 'SIGTERM'] as const).entries()) {
    const pids = join(work.path, `pids-${signal}`);
    const child = await startProgram(it.runtime.address, join(work.path, signal));
    const agentId = `agent-${index + 1}`;
    const task = commandTask(signal, agentId, { command: { value: `echo $$ >> ${pids}; exec sleep 600` } });
    it.master.send('mesos.internal.RunTaskMessage', runTaskMessage(task));
    await it.reached(signal, 'TASK_RUNNING');
    await eventually(async () => (await pidsIn(pids)).length === 1, 'a process');
    const [pid = 0] = await pidsIn(pids);
    child.kill(signal);
    const [code] = (await once(child, 'exit')) as [number | null];
    t.is(code, signal === 'SIGTERM' ? 0 : null);
    t.true(await isAlive(pid));
    // The executor gives up on an agent that does not come back, and takes its task with it.
    await eventually(async () => !(await isAlive(pid)), 'the end of the orphaned task');
  }
});

test('SIGUSR1 unregisters the agent and ends everything that it runs', async (t) => {
  await using it = await startMaster();
  await using work = await temporaryFolder();
  const pids = join(work.path, 'pids');
  const child = await startProgram(it.runtime.address, work.path);
  it.run('task', `echo $$ >> ${pids}; exec sleep 600`);
  await it.reached('task', 'TASK_RUNNING');
  await eventually(async () => (await pidsIn(pids)).length === 1, 'a process');
  child.kill('SIGUSR1');
  const [code] = (await once(child, 'exit')) as [number | null];
  t.is(code, 0);
  t.is(it.master.received('mesos.internal.UnregisterAgentMessage').length, 1);
  t.deepEqual(await Promise.all((await pidsIn(pids)).map(isAlive)), [false]);
});
