import { deferred } from '@mesos-ts/libprocess';
import type { HandlerResult } from '@mesos-ts/libprocess';
import type { ExecutorCall, KillPolicy, TaskID, TaskInfo, TaskStatus } from '@mesos-ts/protocol';
import test from 'ava';
import type { ChecksListener, ProbeMaker, ProbeOutcome, TaskChecks } from '../src/checks/index.ts';
import { Executor, ExecutorError } from '../src/index.ts';
import { Machine, subscribed, task } from './support/fake-agent.ts';

/** Writes down what its hooks are told. */
class Recorder extends Executor {
  readonly seen: string[] = [];
  onLaunch: (task: TaskInfo) => HandlerResult = () => undefined;
  onShutdown: () => HandlerResult = () => undefined;

  protected override launch(launched: TaskInfo): HandlerResult {
    this.seen.push(`launch ${launched.task_id.value}`);
    return this.onLaunch(launched);
  }
  protected override kill(taskId: TaskID, policy: KillPolicy | undefined): void {
    this.seen.push(`kill ${taskId.value} ${policy?.grace_period?.nanoseconds ?? 'no policy'}`);
  }
  protected override subscribed(): void {
    this.seen.push('subscribed');
  }
  protected override resubscribed(): void {
    this.seen.push('resubscribed');
  }
  protected override disconnected(): void {
    this.seen.push('disconnected');
  }
  protected override acknowledged(status: TaskStatus): void {
    this.seen.push(`acknowledged ${status.task_id.value} ${status.state}`);
  }
  protected override message(data: Uint8Array): void {
    this.seen.push(`message ${Buffer.from(data).toString()}`);
  }
  protected override error(message: string): void {
    this.seen.push(`error ${message}`);
  }
  protected override shutdown(): HandlerResult {
    this.seen.push('shutdown');
    return this.onShutdown();
  }
}

async function running(machine: Machine): Promise<Recorder> {
  const executor = new Recorder(machine.environment);
  machine.runtime.spawn(executor);
  await machine.clock.settle();
  return executor;
}

function types(calls: readonly ExecutorCall[]): unknown[] {
  return calls.map(({ type }) => type);
}

test('an executor subscribes as the one that its environment names', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  t.deepEqual(machine.agent.take(), [
    {
      type: 'SUBSCRIBE',
      executor_id: { value: 'e-1' },
      framework_id: { value: 'f-1' },
      subscribe: { unacknowledged_tasks: [], unacknowledged_updates: [] },
    },
  ]);
  t.deepEqual(executor.seen, ['subscribed']);
  t.is(executor.subscription?.agent_info.hostname, 'host');
  t.is(executor.self.id, 'executor(1)');
});

test('every event reaches its hook', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  await machine.emit({ type: 'LAUNCH', launch: { task: task('t-1') } });
  await machine.emit({ type: 'LAUNCH_GROUP', launch_group: { task_group: { tasks: [task('t-2'), task('t-3')] } } });
  await machine.emit({
    type: 'KILL',
    kill: { task_id: { value: 't-1' }, kill_policy: { grace_period: { nanoseconds: 7 } } },
  });
  await machine.emit({ type: 'KILL', kill: { task_id: { value: 't-2' } } });
  await machine.emit({ type: 'MESSAGE', message: { data: Buffer.from('hi') } });
  await machine.emit({ type: 'ERROR', error: { message: 'no' } });
  await machine.emit({ type: 'HEARTBEAT' });
  t.deepEqual(executor.seen, [
    'subscribed',
    'launch t-1',
    'launch t-2',
    'launch t-3',
    'kill t-1 7',
    'kill t-2 no policy',
    'message hi',
    'error no',
  ]);
});

test('an update gets a uuid, the time, its source and the executor', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  machine.agent.take();
  await machine.clock.advance(2_500);
  executor.sendStatusUpdate({ task_id: { value: 't' }, state: 'TASK_RUNNING', message: 'm' });
  executor.sendStatusUpdate({ task_id: { value: 't' }, state: 'TASK_FINISHED' });
  await machine.clock.settle();
  const [first, second] = machine.agent.take().map(({ update }) => update?.status);
  t.is(first?.uuid?.length, 16);
  t.notDeepEqual(first?.uuid, second?.uuid);
  t.like(first, {
    task_id: { value: 't' },
    state: 'TASK_RUNNING',
    message: 'm',
    source: 'SOURCE_EXECUTOR',
    executor_id: { value: 'e-1' },
    timestamp: machine.clock.now() / 1000,
  });
  t.deepEqual(executor.seen, ['subscribed', 'acknowledged t TASK_RUNNING', 'acknowledged t TASK_FINISHED']);
});

test('an agent that comes back is told of tasks and updates that it has not acknowledged, in order', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  await machine.emit({ type: 'LAUNCH', launch: { task: task('known') } });
  executor.sendStatusUpdate({ task_id: { value: 'known' }, state: 'TASK_RUNNING' });
  await machine.clock.settle();
  machine.agent.acknowledges = false;
  await machine.emit({ type: 'LAUNCH', launch: { task: task('new') } });
  executor.sendStatusUpdate({ task_id: { value: 'new' }, state: 'TASK_STARTING' });
  await machine.stopAgent();
  executor.sendStatusUpdate({ task_id: { value: 'new' }, state: 'TASK_RUNNING' });
  t.false(executor.sendMessage(Buffer.from('lost')));
  t.is(machine.metric('executor/messages_dropped'), 1);
  await machine.clock.advance(60_000);
  await machine.startAgent();
  await machine.clock.advance(3_000);
  const [call, ...others] = machine.agent.take();
  t.deepEqual(others, []);
  t.deepEqual(call?.subscribe?.unacknowledged_tasks, [task('new')]);
  t.deepEqual(
    call?.subscribe?.unacknowledged_updates?.map(({ status }) => status.state),
    ['TASK_STARTING', 'TASK_RUNNING'],
  );
  t.deepEqual(executor.seen, [
    'subscribed',
    'launch known',
    'acknowledged known TASK_RUNNING',
    'launch new',
    'disconnected',
    'resubscribed',
  ]);
});

test('an agent that takes the connection but does not answer is asked again, and taken at its first word only', async (t) => {
  await using machine = await Machine.start();
  machine.agent.answer = undefined;
  const executor = await running(machine);
  await machine.clock.advance(35_000);
  t.is(machine.agent.take().length, 4);
  machine.agent.answer = subscribed();
  await machine.emit(subscribed());
  await machine.emit(subscribed());
  await machine.clock.advance(100_000);
  t.deepEqual(executor.seen, ['subscribed']);
  t.deepEqual(machine.agent.take(), []);
});

test('without an agent for the recovery timeout the executor shuts down', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  await machine.stopAgent();
  await machine.clock.advance(15 * 60_000 - 1);
  t.deepEqual(executor.seen, ['subscribed', 'disconnected']);
  await machine.clock.advance(1);
  t.deepEqual(executor.seen, ['subscribed', 'disconnected', 'shutdown']);
  await t.notThrowsAsync(executor.ended);
});

test('the wait for the agent begins anew with each loss', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  for (let loss = 0; loss < 3; loss++) {
    await machine.stopAgent();
    await machine.clock.advance(10 * 60_000);
    await machine.startAgent();
    await machine.clock.advance(10_000);
  }
  t.deepEqual(executor.seen, [
    'subscribed',
    ...Array.from({ length: 3 }, () => ['disconnected', 'resubscribed']).flat(),
  ]);
});

test('SHUTDOWN runs the hook and ends the executor when it is done', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  const work = deferred<void>();
  executor.onShutdown = () => work.promise;
  await machine.emit({ type: 'SHUTDOWN' });
  await machine.emit({ type: 'SHUTDOWN' });
  t.deepEqual(executor.seen, ['subscribed', 'shutdown']);
  t.true(machine.executors.has('executor(1)'));
  work.resolve();
  await t.notThrowsAsync(executor.ended);
  t.false(machine.executors.has('executor(1)'));
});

test('a shutdown that takes too long is cut off at the end of the grace period', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  executor.onShutdown = () => deferred<void>().promise;
  await machine.emit({ type: 'SHUTDOWN' });
  await machine.clock.advance(4_999);
  t.true(machine.executors.has('executor(1)'));
  await machine.clock.advance(1);
  await t.notThrowsAsync(executor.ended);
});

test('an agent that does not know the executor can shut it down without subscribing it', async (t) => {
  await using machine = await Machine.start();
  machine.agent.answer = { type: 'SHUTDOWN' };
  const executor = new Recorder(machine.environment);
  const work = deferred<void>();
  executor.onShutdown = () => work.promise;
  machine.runtime.spawn(executor);
  await machine.clock.settle();
  executor.sendStatusUpdate({ task_id: { value: 't' }, state: 'TASK_KILLED' });
  await machine.clock.advance(4_000);
  t.deepEqual(executor.seen, ['shutdown']);
  t.deepEqual(types(machine.agent.take()), ['SUBSCRIBE'], 'it does not ask again');
  work.resolve();
  await t.notThrowsAsync(executor.ended);
});

test('stop waits for acknowledgements', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  machine.agent.acknowledges = false;
  executor.sendStatusUpdate({ task_id: { value: 't' }, state: 'TASK_FINISHED' });
  executor.stop();
  await machine.clock.advance(59_000);
  t.true(machine.executors.has('executor(1)'));
  for (const call of machine.agent.take()) machine.agent.acknowledge(call);
  await machine.clock.settle();
  t.false(machine.executors.has('executor(1)'));
  await t.notThrowsAsync(executor.ended);
});

test('stop does not wait for longer than a minute for an agent that is there', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  machine.agent.acknowledges = false;
  executor.sendStatusUpdate({ task_id: { value: 't' }, state: 'TASK_FINISHED' });
  executor.stop();
  await machine.clock.advance(60_000);
  t.false(machine.executors.has('executor(1)'));
  await t.notThrowsAsync(executor.ended);
});

test('an executor that shuts down waits a second for acknowledgements, also when it was stopping before', async (t) => {
  for (const stops of [true, false]) {
    await using machine = await Machine.start();
    const executor = await running(machine);
    machine.agent.acknowledges = false;
    executor.sendStatusUpdate({ task_id: { value: 't' }, state: 'TASK_KILLED' });
    if (stops) executor.stop();
    await machine.emit({ type: 'SHUTDOWN' });
    await machine.clock.advance(999);
    t.true(machine.executors.has('executor(1)'));
    await machine.clock.advance(1);
    t.false(machine.executors.has('executor(1)'));
    await t.notThrowsAsync(executor.ended);
  }
});

test('stop waits for a lost agent, and gives it the last update when it is back', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  await machine.stopAgent();
  executor.sendStatusUpdate({ task_id: { value: 't' }, state: 'TASK_FINISHED' });
  executor.stop();
  await machine.clock.advance(5 * 60_000);
  t.true(machine.executors.has('executor(1)'));
  await machine.startAgent();
  machine.agent.onCall = (call) => {
    for (const { status } of call.subscribe?.unacknowledged_updates ?? []) {
      machine.agent.acknowledge({ ...call, type: 'UPDATE', update: { status } });
    }
  };
  await machine.clock.advance(3_000);
  t.false(machine.executors.has('executor(1)'));
  t.deepEqual(executor.seen.slice(-2), ['resubscribed', 'acknowledged t TASK_FINISHED']);
});

test('stop gives a lost agent up after the recovery timeout', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  await machine.stopAgent();
  executor.sendStatusUpdate({ task_id: { value: 't' }, state: 'TASK_FINISHED' });
  executor.stop();
  await machine.clock.advance(15 * 60_000);
  await t.notThrowsAsync(executor.ended);
  t.false(executor.seen.includes('shutdown'));
});

test('malformed events and events of strangers are refused, and the executor lives on', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  const malformed: unknown[] = [
    undefined,
    'text',
    { type: 'NONSENSE' },
    { type: 'LAUNCH' },
    { type: 'LAUNCH', launch: { task: {} } },
    { type: 'KILL', kill: { task_id: 't' } },
    { type: 'ACKNOWLEDGED', acknowledged: { task_id: { value: 't' }, uuid: 'text' } },
  ];
  for (const event of malformed) await machine.emit(event);
  t.is(machine.metric('libprocess/messages_invalid'), malformed.length);
  machine.executors.send(executor.self, 'mesos.v1.executor.Event', { type: 'SHUTDOWN' });
  await machine.emit({ type: 'ACKNOWLEDGED', acknowledged: { task_id: { value: 't' }, uuid: new Uint8Array(16) } });
  await machine.emit({ type: 'LAUNCH', launch: { task: task('t') } });
  t.is(machine.metric('executor/events_dropped'), 1);
  t.deepEqual(executor.seen, ['subscribed', 'launch t']);
});

test('an exception in a hook ends the executor and is the cause of the rejection', async (t) => {
  await using machine = await Machine.start();
  const executor = await running(machine);
  executor.onLaunch = () => Promise.reject(new Error('oops'));
  await machine.emit({ type: 'LAUNCH', launch: { task: task('t') } });
  const error = await t.throwsAsync(executor.ended, { instanceOf: ExecutorError, code: 'EXECUTOR_FAILED' });
  t.like(error.cause, { message: 'oops' });
  t.deepEqual(types(machine.agent.take()), ['SUBSCRIBE']);
});

/** Checks what it is told to. */
class Checking extends Recorder {
  check(it: TaskInfo, makeProbe: ProbeMaker, listener: ChecksListener): TaskChecks {
    return this.startChecks(it, makeProbe, listener);
  }
}

test('an executor may check tasks as often as it likes, and when it ends, so do the probes under way', async (t) => {
  await using machine = await Machine.start();
  const executor = new Checking(machine.environment);
  machine.runtime.spawn(executor);
  await machine.clock.settle();
  const probes: { signal: AbortSignal; answer: (outcome: ProbeOutcome) => void }[] = [];
  const told: unknown[] = [];
  const checked = task('t', { check: { type: 'TCP', tcp: { port: 1 }, delay_seconds: 0, interval_seconds: 1 } });
  const checks = executor.check(checked, () => (signal) => new Promise((answer) => probes.push({ signal, answer })), {
    checked: (status) => told.push(status),
    judged: () => t.fail(),
  });
  await machine.clock.advance(0);
  checks.pause();
  t.true(probes[0]?.signal.aborted);
  await machine.clock.advance(10_000);
  t.is(probes.length, 1);
  checks.resume();
  await machine.clock.advance(0);
  const status = { type: 'TCP', tcp: { succeeded: true } } as const;
  probes[0]?.answer({ status: { type: 'TCP', tcp: { succeeded: false } } });
  probes[1]?.answer({ status });
  await machine.clock.settle();
  t.deepEqual(told, [status]);
  await machine.clock.advance(1_000);
  t.false(probes[2]?.signal.aborted);
  await machine.executors.close();
  t.true(probes[2]?.signal.aborted);
});
