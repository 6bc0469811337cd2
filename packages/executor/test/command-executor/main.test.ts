// The command executor's real OS process, its tasks, signals and files.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime, WebSocketTransport, deferred } from '@mesos-ts/libprocess';
import type { TaskInfo, TaskStatus } from '@mesos-ts/protocol';
import test from 'ava';
import { commandExecutorPath } from '../../src/command-executor/index.ts';
import { FakeAgent, task, variables } from '../support/fake-agent.ts';

/** An agent on a socket, a sandbox, and the command executor as a process of its own. */
class Sandbox {
  readonly agent = new FakeAgent();
  readonly directory = mkdtempSync(join(tmpdir(), 'mesos-executor-test-'));
  readonly #runtime = new Runtime({ transport: new WebSocketTransport() });
  #exit: Promise<unknown[]> = Promise.resolve([]);
  #awaited: { isIt: (status: TaskStatus) => boolean; resolve: () => void } | undefined;
  pid = 0;

  /** Starts the executor and gives it a task. */
  static async run(it: TaskInfo | undefined, environment: Record<string, string> = {}): Promise<Sandbox> {
    const sandbox = new Sandbox();
    await sandbox.#runtime.start();
    const pid = sandbox.#runtime.spawn(sandbox.agent);
    sandbox.agent.onCall = (call) => {
      if (call.type === 'SUBSCRIBE' && it !== undefined) sandbox.agent.emit({ type: 'LAUNCH', launch: { task: it } });
      const { isIt, resolve } = sandbox.#awaited ?? {};
      if (call.update !== undefined && isIt?.(call.update.status) === true) resolve?.();
    };
    const [out, err] = ['stdout', 'stderr'].map((name) => openSync(join(sandbox.directory, name), 'a'));
    const child = spawn(process.execPath, [commandExecutorPath], {
      cwd: sandbox.directory,
      env: { PATH: process.env['PATH'], ...variables(pid.toString()), ...environment },
      stdio: ['ignore', out, err],
      detached: true,
    });
    for (const fd of [out, err]) if (fd !== undefined) closeSync(fd);
    sandbox.#exit = once(child, 'exit');
    sandbox.pid = child.pid ?? 0;
    return sandbox;
  }

  /** Resolves when an update of this state has come. */
  async state(state: string): Promise<void> {
    await this.update((status) => status.state === state);
  }

  /** Resolves when such an update has come. */
  async update(isIt: (status: TaskStatus) => boolean): Promise<void> {
    if (this.agent.calls.some(({ update }) => update !== undefined && isIt(update.status))) return;
    const { promise, resolve } = deferred<void>();
    this.#awaited = { isIt, resolve };
    await promise;
  }

  kill(): void {
    this.agent.emit({ type: 'KILL', kill: { task_id: { value: 't' } } });
  }

  /** How the executor's process has ended: its status and signal. */
  async exit(): Promise<unknown[]> {
    return this.#exit;
  }

  read(name: string): string {
    return readFileSync(join(this.directory, name), 'utf8');
  }

  /** The lines of a file, when there are so many. */
  async lines(name: string, count: number): Promise<string[]> {
    const watcher = watch(join(this.directory, name));
    try {
      for (;;) {
        const change = once(watcher, 'change');
        const lines = this.read(name).split('\n').slice(0, -1);
        if (lines.length >= count) return lines;
        await change;
      }
    } finally {
      watcher.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const command = (value: string, more: Partial<TaskInfo> = {}): TaskInfo => task('t', { command: { value }, ...more });

function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout !== '' && !stdout.startsWith('Z');
}

test('a task runs in the sandbox, writes its files there and sees its environment', async (t) => {
  const value = 'pwd; echo "$MESOS_EXECUTOR_ID $MESOS_FRAMEWORK_ID $MESOS_ALLOCATION_ROLE $MINE"; echo complaint >&2';
  const environment = { variables: [{ name: 'MINE', value: 'x y' }] };
  const resources = [{ name: 'cpus', type: 'SCALAR' as const, scalar: { value: 1 }, allocation_info: { role: 'dev' } }];
  await using sandbox = await Sandbox.run(task('t', { command: { value, environment }, resources }));
  t.deepEqual(await sandbox.exit(), [0, null]);
  t.deepEqual(sandbox.agent.updates(), [
    'TASK_STARTING',
    'TASK_RUNNING',
    'TASK_FINISHED | Command exited with status 0',
  ]);
  t.is(sandbox.read('stdout'), `${sandbox.directory}\ne-1 f-1 dev x y\n`);
  t.regex(sandbox.read('stderr'), /^complaint$/m);
});

test('exit statuses and signals of the command are reported, the executor itself ends well', async (t) => {
  const cases: [TaskInfo, string][] = [
    [command('exit 3'), 'TASK_FAILED | Command exited with status 3'],
    [command('kill -15 $$; sleep 5'), 'TASK_FAILED | Command terminated with signal Terminated'],
    [
      task('t', { command: { shell: false, value: '/bin/sh', arguments: ['sh', '-c', 'exit 4'] } }),
      'TASK_FAILED | Command exited with status 4',
    ],
    [
      task('t', { command: { shell: false, value: '/no/such/program', arguments: ['program'] } }),
      'TASK_FAILED | Command exited with status 1',
    ],
    [command('echo a\0b'), 'TASK_FAILED | Command exited with status 1'],
    [
      task('t', { command: { value: 'true', environment: { variables: [{ name: 'N', value: 'a\0b' }] } } }),
      'TASK_FAILED | Command exited with status 1',
    ],
  ];
  for (const [it, last] of cases) {
    await using sandbox = await Sandbox.run(it);
    t.deepEqual(await sandbox.exit(), [0, null]);
    t.deepEqual(sandbox.agent.updates(), ['TASK_STARTING', 'TASK_RUNNING', last]);
  }
});

test('a kill reaches everything that the task has started, and nothing is left when it is reported', async (t) => {
  const value =
    'sleep 1000 & echo $!; (trap "" TERM; $(command -v setsid) sleep 1001 & echo $!; sleep 1002 & echo $!; wait); wait';
  const grace = { kill_policy: { grace_period: { nanoseconds: 200_000_000 } } };
  await using sandbox = await Sandbox.run(command(value, grace));
  await sandbox.state('TASK_RUNNING');
  const pids = (await sandbox.lines('stdout', 3)).map(Number);
  t.deepEqual(pids.filter(isAlive), pids);
  sandbox.kill();
  await sandbox.state('TASK_KILLED');
  t.deepEqual(pids.filter(isAlive), []);
  t.deepEqual(await sandbox.exit(), [0, null]);
});

test('checks run in the sandbox with the environment and the secrets of the task, and nothing of them is left when it ends', async (t) => {
  const environment = { variables: [{ name: 'MINE', value: 'x' }] };
  const often = { delay_seconds: 0, interval_seconds: 1_000, timeout_seconds: 1_000 };
  const value = 'test "$MINE$TOKEN" = "xsesame" && pwd > checked && echo complaint && exit 7';
  const it = task('t', {
    command: { value: 'exec sleep 1000', environment },
    check: { type: 'COMMAND', command: { command: { value } }, ...often },
    health_check: { type: 'COMMAND', command: { value: 'echo $$ >> health; exec sleep 1001' }, ...often },
  });
  await using sandbox = await Sandbox.run(it, { MESOS_TASK_VARIABLE_TOKEN: 'sesame' });
  await sandbox.update(({ check_status }) => check_status?.command?.exit_code === 7);
  t.is(sandbox.read('checked'), `${sandbox.directory}\n`);
  t.regex(sandbox.read('stderr'), /^complaint$/m);
  t.is(sandbox.read('stdout'), '');
  const [pid = 0] = (await sandbox.lines('health', 1)).map(Number);
  t.true(isAlive(pid));
  sandbox.kill();
  t.deepEqual(await sandbox.exit(), [0, null]);
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
  t.false(isAlive(pid));
});

test('what a finished command leaves in the background is killed', async (t) => {
  await using sandbox = await Sandbox.run(command('sleep 1000 & echo $!'));
  t.deepEqual(await sandbox.exit(), [0, null]);
  t.is(sandbox.agent.updates().at(-1), 'TASK_FINISHED | Command exited with status 0');
  t.false(isAlive(Number(sandbox.read('stdout'))));
});

test('SIGTERM to the executor kills the task and reports it', async (t) => {
  await using sandbox = await Sandbox.run(command('echo $$; exec sleep 1000'));
  await sandbox.state('TASK_RUNNING');
  process.kill(sandbox.pid, 'SIGTERM');
  t.deepEqual(await sandbox.exit(), [0, null]);
  t.is(sandbox.agent.updates().at(-1), 'TASK_KILLED | Command terminated with signal Terminated');
});

test('a task without a command ends the executor with status 1 and says why', async (t) => {
  await using sandbox = await Sandbox.run(task('t', { command: { shell: false, arguments: ['x'] } }));
  t.deepEqual(await sandbox.exit(), [1, null]);
  t.deepEqual(sandbox.agent.updates(), ['TASK_STARTING']);
  t.regex(sandbox.read('stderr'), /Executable of task 't' is not specified/);
});

test('an environment that says nothing of an agent ends the executor with status 1 and names what is missing', async (t) => {
  await using sandbox = await Sandbox.run(undefined, { MESOS_SLAVE_PID: '' });
  t.deepEqual(await sandbox.exit(), [1, null]);
  t.is(sandbox.read('stderr'), "mesos-executor: Expected 'MESOS_SLAVE_PID' to be set in the environment\n");
});
