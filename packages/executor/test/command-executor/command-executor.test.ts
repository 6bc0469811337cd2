import type { TaskInfo } from '@mesos-ts/protocol';
import test from 'ava';
import type { CommandLine } from '../../src/command-executor/command-line.ts';
import type { ProbeMaker, ProbeOutcome } from '../../src/checks/probe.ts';
import type { Variables } from '../../src/environment.ts';
import { CommandExecutor } from '../../src/command-executor/command-executor.ts';
import type { Exit } from '../../src/command-executor/exit.ts';
import type { StartTask } from '../../src/command-executor/task-process.ts';
import { Machine, subscribed, task } from '../support/fake-agent.ts';

/** Processes that live as the test tells them. */
class FakeProcess {
  readonly signals: string[] = [];
  readonly commands: CommandLine[] = [];
  vacant = true;
  exit: (exit: Exit) => void = () => undefined;
  readonly start: StartTask = (command, onExit) => {
    this.commands.push(command);
    this.exit = onExit;
    return { pid: 4711, signal: (signal) => this.signals.push(signal), isVacant: () => this.vacant };
  };
}

const noProbes = (): ProbeMaker => () => () => new Promise(() => undefined);

const sleep = task('t', { command: { value: 'sleep 1000' } });

/** Probes that answer as the test tells them. */
class FakeProbes {
  environment: unknown;
  /** Those that are under way, the newest last, of all targets. */
  readonly begun: { type: string; signal: AbortSignal; answer: (outcome: ProbeOutcome) => void }[] = [];
  readonly make = (environment: Variables): ProbeMaker => {
    this.environment = environment;
    return ({ type }) =>
      (signal) =>
        new Promise((answer) => this.begun.push({ type, signal, answer }));
  };

  /** The newest probe answers. */
  async answer(machine: Machine, outcome: ProbeOutcome): Promise<void> {
    this.begun.at(-1)?.answer(outcome);
    await machine.clock.settle();
  }
}

async function launched(
  machine: Machine,
  it: TaskInfo = sleep,
  probes: (environment: Variables) => ProbeMaker = noProbes,
): Promise<FakeProcess> {
  const child = new FakeProcess();
  machine.runtime.spawn(new CommandExecutor(machine.environment, { PATH: '/bin' }, { start: child.start, probes }));
  await machine.clock.settle();
  await machine.emit({ type: 'LAUNCH', launch: { task: it } });
  return child;
}

async function exits(machine: Machine, child: FakeProcess, code: number | null, signal: NodeJS.Signals | null = null) {
  child.exit({ code, signal });
  await machine.clock.settle();
}

test('a task starts, runs and finishes, and the executor ends when that is acknowledged', async (t) => {
  await using machine = await Machine.start();
  const child = await launched(machine);
  t.deepEqual(child.commands[0]?.argv, ['sh', '-c', 'sleep 1000']);
  t.deepEqual(machine.agent.updates(), ['TASK_STARTING', 'TASK_RUNNING']);
  machine.agent.acknowledges = false;
  await exits(machine, child, 0);
  t.is(machine.agent.updates().at(-1), 'TASK_FINISHED | Command exited with status 0');
  t.true(machine.executors.has('executor(1)'));
  for (const call of machine.agent.calls) machine.agent.acknowledge(call);
  await machine.clock.settle();
  t.false(machine.executors.has('executor(1)'));
});

test('a kill has the grace period of the task, or three seconds, and not that of the call', async (t) => {
  const kill = { type: 'KILL', kill: { task_id: { value: 't' }, kill_policy: { grace_period: { nanoseconds: 1 } } } };
  for (const [policy, graceMs] of [
    [{}, 3_000],
    [{ kill_policy: { grace_period: { nanoseconds: 10_000_000_000 } } }, 10_000],
  ] as const) {
    await using machine = await Machine.start();
    const child = await launched(machine, { ...sleep, ...policy });
    await machine.emit(kill);
    await machine.clock.advance(graceMs - 1);
    t.deepEqual(child.signals, ['SIGTERM']);
    await machine.clock.advance(1);
    t.deepEqual(child.signals, ['SIGTERM', 'SIGKILL']);
    await exits(machine, child, null, 'SIGKILL');
    t.is(machine.agent.updates().at(-1), 'TASK_KILLED | Command terminated with signal Killed');
  }
});

test('TASK_KILLED waits for the processes that the command has started', async (t) => {
  await using machine = await Machine.start();
  machine.agent.answer = subscribed(['TASK_KILLING_STATE']);
  const child = await launched(machine);
  child.vacant = false;
  await machine.emit({ type: 'KILL', kill: { task_id: { value: 't' } } });
  await exits(machine, child, null, 'SIGTERM');
  await machine.clock.advance(500);
  t.is(machine.agent.updates().at(-1), 'TASK_KILLING');
  child.vacant = true;
  await machine.clock.advance(50);
  t.is(machine.agent.updates().at(-1), 'TASK_KILLED | Command terminated with signal Terminated');
});

test('a task that takes longer than it may is killed', async (t) => {
  await using machine = await Machine.start();
  const child = await launched(machine, { ...sleep, max_completion_time: { nanoseconds: 2_000_000_000 } });
  await machine.clock.advance(1_999);
  t.deepEqual(child.signals, []);
  await machine.clock.advance(1);
  t.deepEqual(child.signals, ['SIGTERM', 'SIGKILL']);
  await exits(machine, child, null, 'SIGKILL');
  t.is(
    machine.agent.updates().at(-1),
    'TASK_FAILED | Command terminated with signal Killed | REASON_MAX_COMPLETION_TIME_REACHED',
  );
});

test('a maximum time of zero is none', async (t) => {
  await using machine = await Machine.start();
  const child = await launched(machine, { ...sleep, max_completion_time: { nanoseconds: 0 } });
  await machine.clock.advance(100_000);
  t.deepEqual(child.signals, []);
});

test('a second task is refused, and the first lives on', async (t) => {
  await using machine = await Machine.start();
  const child = await launched(machine);
  await machine.emit({ type: 'LAUNCH', launch: { task: { ...sleep, task_id: { value: 'second' } } } });
  const refused = machine.agent.calls.at(-1)?.update?.status;
  t.like(refused, {
    task_id: { value: 'second' },
    state: 'TASK_FAILED',
    message: 'Attempted to run multiple tasks using a "command" executor',
  });
  t.is(child.commands.length, 1);
  t.deepEqual(child.signals, []);
  await machine.emit({ type: 'KILL', kill: { task_id: { value: 'second' } } });
  t.deepEqual(child.signals, []);
});

test('SHUTDOWN kills the task within the executor grace period, and reports it', async (t) => {
  await using machine = await Machine.start();
  const child = await launched(machine);
  await machine.emit({ type: 'SHUTDOWN' });
  t.deepEqual(child.signals, ['SIGTERM']);
  await machine.clock.advance(4_000);
  t.deepEqual(child.signals, ['SIGTERM', 'SIGKILL']);
  await exits(machine, child, null, 'SIGKILL');
  t.is(machine.agent.updates().at(-1), 'TASK_KILLED | Command terminated with signal Killed');
  t.false(machine.executors.has('executor(1)'));
});

test('without a task, SHUTDOWN and KILL end the executor at once', async (t) => {
  for (const event of [{ type: 'SHUTDOWN' }, { type: 'KILL', kill: { task_id: { value: 't' } } }]) {
    await using machine = await Machine.start();
    const child = new FakeProcess();
    machine.runtime.spawn(new CommandExecutor(machine.environment, {}, { start: child.start, probes: noProbes }));
    await machine.clock.settle();
    await machine.emit(event);
    t.false(machine.executors.has('executor(1)'), event.type);
    t.deepEqual(machine.agent.updates(), []);
  }
});

test('a task group is not for this executor, which shuts down', async (t) => {
  await using machine = await Machine.start();
  machine.runtime.spawn(
    new CommandExecutor(machine.environment, {}, { start: new FakeProcess().start, probes: noProbes }),
  );
  await machine.clock.settle();
  await machine.emit({ type: 'LAUNCH_GROUP', launch_group: { task_group: { tasks: [sleep] } } });
  t.false(machine.executors.has('executor(1)'));
});

test('the task runs on without an agent, and is killed when the agent is given up', async (t) => {
  await using machine = await Machine.start();
  const child = await launched(machine);
  await machine.stopAgent();
  await machine.clock.advance(15 * 60_000 - 1);
  t.deepEqual(child.signals, []);
  await machine.clock.advance(1);
  t.deepEqual(child.signals, ['SIGTERM']);
  await exits(machine, child, null, 'SIGTERM');
  await machine.clock.advance(5_000);
  t.false(machine.executors.has('executor(1)'));
});

test('an executor that fails takes its task with it', async (t) => {
  await using machine = await Machine.start();
  const child = await launched(machine);
  const failing = new CommandExecutor(machine.environment, {}, { start: child.start, probes: noProbes });
  machine.runtime.spawn(failing, { id: 'executor(2)' });
  await machine.clock.settle();
  await machine.emit({ type: 'LAUNCH', launch: { task: task('without command') } });
  await t.throwsAsync(failing.ended, { message: /Shell command of task 'without command' is not specified/ });
  t.deepEqual(child.signals, []);
  await machine.executors.close();
  t.deepEqual(child.signals, ['SIGKILL']);
});

test('a task with a check has the status of a check that has not run yet', async (t) => {
  await using machine = await Machine.start();
  await launched(machine, { ...sleep, check: { type: 'TCP', tcp: { port: 80 } } });
  t.deepEqual(machine.agent.calls.at(-1)?.update?.status.check_status, { type: 'TCP', tcp: {} });
});

/** The newest update, without what each has. */
function newest(machine: Machine): object {
  const { check_status, healthy, reason, state } = machine.agent.calls.at(-1)?.update?.status ?? {};
  return { check_status, healthy, reason, state };
}

test('a check is made after its delay and then at intervals, and only what has changed is told', async (t) => {
  await using machine = await Machine.start();
  const probes = new FakeProbes();
  const times = { delay_seconds: 2, interval_seconds: 5, timeout_seconds: 1 };
  const it = { ...sleep, check: { type: 'HTTP', http: { port: 80 }, ...times } } as const;
  await launched(machine, it, probes.make);
  t.like(probes.environment, { PATH: '/bin', MESOS_ALLOCATION_ROLE: '*' });
  t.deepEqual(newest(machine), {
    check_status: { type: 'HTTP', http: {} },
    healthy: undefined,
    reason: undefined,
    state: 'TASK_RUNNING',
  });
  await machine.clock.advance(1_999);
  t.is(probes.begun.length, 0);
  await machine.clock.advance(1);
  const ok = { type: 'HTTP', http: { status_code: 200 } } as const;
  await probes.answer(machine, { status: ok });
  t.deepEqual(newest(machine), {
    check_status: ok,
    healthy: undefined,
    reason: 'REASON_TASK_CHECK_STATUS_UPDATED',
    state: 'TASK_RUNNING',
  });
  machine.agent.take();
  await machine.clock.advance(5_000);
  await probes.answer(machine, { status: ok });
  t.deepEqual(machine.agent.take(), []);
  await machine.clock.advance(5_000);
  const [, , third] = probes.begun;
  t.false(third?.signal.aborted);
  await machine.clock.advance(1_000);
  t.true(third?.signal.aborted);
  t.deepEqual(machine.agent.calls.at(-1)?.update?.status.check_status, { type: 'HTTP', http: {} });
});

test('a task is killed when its health check has failed too often, with its own grace period', async (t) => {
  await using machine = await Machine.start();
  machine.agent.answer = subscribed(['TASK_KILLING_STATE']);
  const probes = new FakeProbes();
  const times = { delay_seconds: 0, interval_seconds: 1, grace_period_seconds: 0, consecutive_failures: 2 };
  const policy = { kill_policy: { grace_period: { nanoseconds: 7_000_000_000 } } };
  const it = { ...sleep, ...policy, health_check: { type: 'TCP', tcp: { port: 80 }, ...times } } as const;
  const child = await launched(machine, it, probes.make);
  const told = (): unknown[] =>
    machine.agent.take().map(({ update }) => [update?.status.state, update?.status.healthy, update?.status.reason]);
  told();
  const reason = 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED';
  const answers: [boolean, unknown[]][] = [
    [true, [['TASK_RUNNING', true, reason]]],
    [true, []],
    [false, [['TASK_RUNNING', false, reason]]],
    [true, [['TASK_RUNNING', true, reason]]],
    [false, [['TASK_RUNNING', false, reason]]],
  ];
  await machine.clock.advance(0);
  for (const [succeeded, expected] of answers) {
    await probes.answer(machine, { status: { type: 'TCP', tcp: { succeeded } } });
    t.deepEqual(told(), expected);
    t.deepEqual(child.signals, []);
    await machine.clock.advance(1_000);
  }
  await probes.answer(machine, { failure: 'timed out' });
  t.deepEqual(told(), [
    ['TASK_RUNNING', false, reason],
    ['TASK_KILLING', undefined, undefined],
  ]);
  t.deepEqual(child.signals, ['SIGTERM']);
  const made = probes.begun.length;
  await machine.clock.advance(6_999);
  t.is(probes.begun.length, made);
  t.deepEqual(child.signals, ['SIGTERM']);
  await machine.clock.advance(1);
  t.deepEqual(child.signals, ['SIGTERM', 'SIGKILL']);
  await exits(machine, child, null, 'SIGKILL');
  t.deepEqual(told(), [['TASK_KILLED', false, undefined]]);
});

test('failures within the grace period are not told', async (t) => {
  await using machine = await Machine.start();
  const probes = new FakeProbes();
  const times = { delay_seconds: 0, interval_seconds: 1, grace_period_seconds: 3, consecutive_failures: 1 };
  const it = { ...sleep, health_check: { type: 'COMMAND', command: { value: 'false' }, ...times } } as const;
  const child = await launched(machine, it, probes.make);
  machine.agent.take();
  await machine.clock.advance(0);
  for (let second = 0; second <= 3; second++) {
    await probes.answer(machine, { status: { type: 'COMMAND', command: { exit_code: 1 } } });
    t.deepEqual(machine.agent.take(), []);
    await machine.clock.advance(1_000);
  }
  await probes.answer(machine, { status: { type: 'COMMAND', command: { exit_code: 1 } } });
  t.like(newest(machine), { healthy: false });
  t.deepEqual(child.signals, ['SIGTERM']);
});

test('a kill ends the checks that are under way, and so does the end of the executor', async (t) => {
  for (const end of ['kill', 'executor'] as const) {
    await using machine = await Machine.start();
    const probes = new FakeProbes();
    const times = { delay_seconds: 0, interval_seconds: 0 };
    const it = {
      ...sleep,
      check: { type: 'TCP', tcp: { port: 1 }, ...times },
      health_check: { type: 'TCP', tcp: { port: 1 }, ...times },
    } as const;
    await launched(machine, it, probes.make);
    await machine.clock.advance(0);
    t.is(probes.begun.length, 2);
    if (end === 'kill') await machine.emit({ type: 'KILL', kill: { task_id: { value: 't' } } });
    else await machine.executors.close();
    t.true(probes.begun.every(({ signal }) => signal.aborted));
  }
});

test('a check that cannot be made is no reason to end the task', async (t) => {
  await using machine = await Machine.start();
  const child = await launched(machine, { ...sleep, check: { type: 'TCP' }, health_check: { type: 'HTTP' } });
  t.deepEqual(machine.agent.updates(), ['TASK_STARTING', 'TASK_RUNNING']);
  await exits(machine, child, 0);
  t.is(machine.agent.updates().at(-1), 'TASK_FINISHED | Command exited with status 0');
});
