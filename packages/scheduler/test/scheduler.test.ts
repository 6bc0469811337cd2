import { Runtime, deferred } from '@mesos-ts/libprocess';
import type { HandlerResult } from '@mesos-ts/libprocess';
import type { Offer, SchedulerEvent_Failure, SchedulerEvent_Message, TaskStatus } from '@mesos-ts/protocol';
import test from 'ava';
import { Scheduler, SchedulerError, runScheduler, spawnScheduler } from '../src/index.ts';
import type { SchedulerOptions } from '../src/index.ts';
import { Cluster, FakeMaster, offer, status, subscribed } from './support/fake-master.ts';

/** Writes down what its hooks are told. */
class Recorder extends Scheduler {
  readonly seen: string[] = [];
  onUpdate: (status: TaskStatus) => HandlerResult = () => undefined;
  onOffers: (offers: readonly Offer[]) => HandlerResult = () => undefined;

  constructor(options: Partial<SchedulerOptions> = {}) {
    super({ master: '10.0.0.1:5050', framework: { name: 'recorder', user: 'u' }, ...options });
  }

  protected override offers(offers: readonly Offer[]): HandlerResult {
    this.seen.push(`offers ${offers.map(({ id }) => id.value).join()}`);
    return this.onOffers(offers);
  }
  protected override update(update: TaskStatus): HandlerResult {
    this.seen.push(`update ${update.task_id.value} ${update.state}`);
    return this.onUpdate(update);
  }
  protected override subscribed(id: { value: string }): void {
    this.seen.push(`subscribed ${id.value}`);
  }
  protected override resubscribed(): void {
    this.seen.push('resubscribed');
  }
  protected override disconnected(): void {
    this.seen.push('disconnected');
  }
  protected override rescind(id: { value: string }): void {
    this.seen.push(`rescind ${id.value}`);
  }
  protected override message(message: SchedulerEvent_Message): void {
    this.seen.push(`message ${Buffer.from(message.data).toString()}`);
  }
  protected override failure(failure: SchedulerEvent_Failure): void {
    this.seen.push(`failure ${failure.agent_id?.value ?? ''} ${failure.executor_id?.value ?? ''}`);
  }
  protected override error(message: string): void {
    this.seen.push(`error ${message}`);
  }
}

async function running(cluster: Cluster, options?: Partial<SchedulerOptions>): Promise<Recorder> {
  const scheduler = new Recorder(options);
  spawnScheduler(cluster.schedulers, scheduler);
  await cluster.clock.settle();
  return scheduler;
}

test('a scheduler subscribes as what it says it is, completed by what Mesos needs to know', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster, { suppressedRoles: ['*'] });
  const [call, ...others] = cluster.master.take();
  t.is(call?.type, 'SUBSCRIBE');
  t.is(call?.framework_id, undefined);
  const info = call?.subscribe?.framework_info;
  t.is(info?.name, 'recorder');
  t.is(info?.user, 'u');
  t.deepEqual(info?.roles, ['*']);
  t.deepEqual(info?.capabilities, [{ type: 'MULTI_ROLE' }]);
  t.deepEqual(call?.subscribe?.suppressed_roles, ['*']);
  t.deepEqual(others, []);
  t.deepEqual(scheduler.seen, ['subscribed f-1']);
  t.deepEqual(scheduler.frameworkId, { value: 'f-1' });
  t.true(scheduler.connected);
});

test('every event reaches its hook', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster);
  await cluster.emit({ type: 'HEARTBEAT' });
  await cluster.emit({ type: 'OFFERS', offers: { offers: [offer('o1'), offer('o2')] } });
  await cluster.emit({ type: 'RESCIND', rescind: { offer_id: { value: 'o1' } } });
  await cluster.emit({ type: 'UPDATE', update: { status: status('TASK_RUNNING', 1) } });
  const executor = { agent_id: { value: 'a' }, executor_id: { value: 'e' } };
  await cluster.emit({ type: 'MESSAGE', message: { ...executor, data: Buffer.from('hi') } });
  await cluster.emit({ type: 'FAILURE', failure: { ...executor, status: 9 } });
  t.deepEqual(scheduler.seen, [
    'subscribed f-1',
    'offers o1,o2',
    'rescind o1',
    'update t TASK_RUNNING',
    'message hi',
    'failure a e',
  ]);
});

test('the helpers send v1 calls with the framework id', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster);
  cluster.master.take();
  const [task, agent, executor] = [{ value: 't' }, { value: 'a-1' }, { value: 'e' }];
  t.true(scheduler.launch(offer('o'), { name: 'n', task_id: task }, { refuseSeconds: 0 }));
  scheduler.decline([offer('p'), offer('q')]);
  scheduler.acceptInverseOffers(offer('i'), { refuseSeconds: 60 });
  scheduler.declineInverseOffers([offer('j'), offer('k')]);
  scheduler.kill(task);
  scheduler.kill(task, agent, { grace_period: { nanoseconds: 5 } });
  scheduler.reconcile([status('TASK_RUNNING', 1)]);
  scheduler.reconcileOperations([{ operation_id: { value: 'op' } }]);
  scheduler.suppress();
  scheduler.revive(['*']);
  scheduler.sendMessage(agent, executor, Buffer.from('x'));
  scheduler.shutdownExecutor(agent, executor);
  await cluster.clock.settle();
  const id = { framework_id: { value: 'f-1' } };
  const task_infos = [{ name: 'n', task_id: task, agent_id: agent }];
  t.deepEqual(cluster.master.take(), [
    {
      ...id,
      type: 'ACCEPT',
      accept: {
        offer_ids: [{ value: 'o' }],
        operations: [{ type: 'LAUNCH', launch: { task_infos } }],
        filters: { refuse_seconds: 0 },
      },
    },
    { ...id, type: 'DECLINE', decline: { offer_ids: [{ value: 'p' }, { value: 'q' }] } },
    {
      ...id,
      type: 'ACCEPT_INVERSE_OFFERS',
      accept_inverse_offers: { inverse_offer_ids: [{ value: 'i' }], filters: { refuse_seconds: 60 } },
    },
    {
      ...id,
      type: 'DECLINE_INVERSE_OFFERS',
      decline_inverse_offers: { inverse_offer_ids: [{ value: 'j' }, { value: 'k' }] },
    },
    { ...id, type: 'KILL', kill: { task_id: task } },
    {
      ...id,
      type: 'KILL',
      kill: { task_id: task, agent_id: agent, kill_policy: { grace_period: { nanoseconds: 5 } } },
    },
    { ...id, type: 'RECONCILE', reconcile: { tasks: [{ task_id: task, agent_id: agent }] } },
    {
      ...id,
      type: 'RECONCILE_OPERATIONS',
      reconcile_operations: { operations: [{ operation_id: { value: 'op' } }] },
    },
    { ...id, type: 'SUPPRESS', suppress: { roles: ['*'] } },
    { ...id, type: 'REVIVE', revive: { roles: ['*'] } },
    { ...id, type: 'MESSAGE', message: { agent_id: agent, executor_id: executor, data: Buffer.from('x') } },
    { ...id, type: 'SHUTDOWN', shutdown: { agent_id: agent, executor_id: executor } },
  ]);
});

test('an update is acknowledged when the hook is done with it, and not before', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster);
  cluster.master.take();
  const work = deferred<void>();
  scheduler.onUpdate = () => work.promise;
  await cluster.emit({ type: 'UPDATE', update: { status: status('TASK_RUNNING', 7) } });
  await cluster.emit({ type: 'UPDATE', update: { status: status('TASK_RUNNING', 7) } });
  t.deepEqual(cluster.master.take(), []);
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'update t TASK_RUNNING'], 'the repetition is not a second update');
  work.resolve();
  await cluster.clock.settle();
  t.deepEqual(cluster.master.take(), [
    {
      framework_id: { value: 'f-1' },
      type: 'ACKNOWLEDGE',
      acknowledge: { agent_id: { value: 'a-1' }, task_id: { value: 't' }, uuid: Buffer.alloc(16, 7) },
    },
  ]);
});

test('an update without uuid is not acknowledged', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster);
  cluster.master.take();
  await cluster.emit({ type: 'UPDATE', update: { status: { task_id: { value: 't' }, state: 'TASK_LOST' } } });
  t.is(scheduler.seen.at(-1), 'update t TASK_LOST');
  t.deepEqual(cluster.master.take(), []);
});

test('with explicit acknowledgements the framework decides when', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster, { acknowledgements: 'explicit' });
  cluster.master.take();
  await cluster.emit({ type: 'UPDATE', update: { status: status('TASK_RUNNING', 7) } });
  t.deepEqual(cluster.master.take(), []);
  t.true(scheduler.acknowledge(status('TASK_RUNNING', 7)));
  t.false(scheduler.acknowledge({ task_id: { value: 't' }, state: 'TASK_LOST' }));
  await cluster.clock.settle();
  t.deepEqual(
    cluster.master.take().map(({ type }) => type),
    ['ACKNOWLEDGE'],
  );
  const automatic = await running(cluster);
  t.throws(() => automatic.acknowledge(status('TASK_RUNNING', 7)), { code: 'SCHEDULER_ACKNOWLEDGES_ITSELF' });
});

test('attempts to subscribe are repeated with growing waits until one is answered', async (t) => {
  await using cluster = await Cluster.start();
  cluster.master.answer = undefined;
  const scheduler = await running(cluster);
  await cluster.clock.advance(600_000);
  const attempts = cluster.master.take().length;
  t.true(attempts >= 10 && attempts < 100, `${attempts} attempts in ten minutes`);
  cluster.master.answer = subscribed('f-9', 0);
  await cluster.clock.advance(60_000);
  t.deepEqual(scheduler.seen, ['subscribed f-9']);
  t.is(cluster.master.take().length, 1);
});

test('a master that cannot be reached is dialled again and again, and taken when it is there', async (t) => {
  await using cluster = await Cluster.start();
  await cluster.stopMaster();
  const scheduler = await running(cluster);
  await cluster.clock.advance(600_000);
  await cluster.startMaster();
  cluster.master.answer = subscribed('f-1', 0);
  await cluster.clock.advance(60_000);
  t.deepEqual(scheduler.seen, ['subscribed f-1']);
  t.is(cluster.master.take().filter(({ type }) => type === 'SUBSCRIBE').length, 1);
});

test('after the loss of the master it subscribes again with its id, and reconciles', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster);
  scheduler.suppress(['*']);
  await cluster.stopMaster();
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'disconnected']);
  t.false(scheduler.connected);
  await cluster.clock.advance(300_000);
  await cluster.startMaster();
  // Without heartbeats: the attempt may come at any moment of the coming minute.
  cluster.master.answer = subscribed('f-1', 0);
  await cluster.clock.advance(60_000);
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'disconnected', 'resubscribed']);
  const calls = cluster.master.take();
  t.deepEqual(
    calls.map(({ type }) => type),
    ['SUBSCRIBE', 'RECONCILE'],
  );
  t.deepEqual(calls[0]?.framework_id, { value: 'f-1' });
  t.deepEqual(calls[0]?.subscribe?.framework_info.id, { value: 'f-1' });
  t.deepEqual(calls[0]?.subscribe?.suppressed_roles, ['*']);
  t.is(cluster.metric('scheduler/disconnections'), 1);
});

test('a new master is asked for the tasks that are known, until their agents are back, and then for all', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster);
  for (const id of ['t', 'u', 'v']) scheduler.launch([offer(id)], { name: id, task_id: { value: id } });
  await cluster.emit({
    type: 'UPDATE',
    update: { status: { ...status('TASK_FINISHED', 1), task_id: { value: 'v' } } },
  });
  await cluster.stopMaster();
  await cluster.startMaster();
  cluster.master.answer = subscribed('f-1', 0);
  const reconciled = (): unknown[] =>
    cluster.master
      .take()
      .filter(({ type }) => type === 'RECONCILE')
      .map(({ reconcile }) => reconcile?.tasks?.map(({ agent_id, task_id }) => `${task_id.value}@${agent_id?.value}`));
  cluster.master.onCall = ({ type }) => {
    if (type !== 'RECONCILE') return;
    cluster.master.emit({ type: 'UPDATE', update: { status: { ...status('TASK_RUNNING', 1), uuid: undefined } } });
  };
  while (!scheduler.connected) await cluster.clock.advance(100);
  t.deepEqual(reconciled(), [['t@a-1', 'u@a-1']]);
  await cluster.clock.advance(5_000);
  t.deepEqual(reconciled(), [['u@a-1'], []]);
  await cluster.clock.advance(10_000);
  t.deepEqual(reconciled(), [['u@a-1']]);
  const late = { ...status('TASK_RUNNING', 1), uuid: undefined, task_id: { value: 'u' } };
  await cluster.emit({ type: 'UPDATE', update: { status: late } });
  await cluster.clock.advance(300_000);
  t.deepEqual(reconciled(), [], 'each has been told of');
});

test('a framework that is taken over is reconciled; a new one is not, nor one that does so itself', async (t) => {
  await using cluster = await Cluster.start();
  const types = (): unknown[] => cluster.master.take().map(({ type }) => type);
  await running(cluster);
  t.deepEqual(types(), ['SUBSCRIBE']);
  const framework = { name: 'taken', user: 'u', id: { value: 'f-0' } };
  await running(cluster, { framework });
  t.deepEqual(types(), ['SUBSCRIBE', 'RECONCILE']);
  await running(cluster, { framework, reconcileWhenResubscribed: false });
  t.deepEqual(types(), ['SUBSCRIBE']);
});

test('a master that is silent for three heartbeats is lost; one that speaks is not', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster);
  await cluster.clock.advance(44_000);
  await cluster.emit({ type: 'HEARTBEAT' });
  await cluster.clock.advance(44_000);
  t.deepEqual(scheduler.seen, ['subscribed f-1']);
  await cluster.clock.advance(1_000);
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'disconnected']);
  await cluster.clock.advance(2_000);
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'disconnected', 'resubscribed']);
});

test('calls without a master are dropped and counted, and tasks launched so come back as lost', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster);
  const aware = await running(cluster, {
    framework: { name: 'aware', capabilities: [{ type: 'PARTITION_AWARE' }] },
  });
  await cluster.stopMaster();
  t.false(scheduler.kill({ value: 't' }));
  t.false(scheduler.launch(offer('o'), { name: 'n', task_id: { value: 't' } }));
  t.false(aware.launch(offer('o'), { name: 'n', task_id: { value: 't' } }));
  await cluster.clock.settle();
  t.is(cluster.metric('scheduler/calls_dropped'), 3);
  t.is(scheduler.seen.at(-1), 'update t TASK_LOST');
  t.is(aware.seen.at(-1), 'update t TASK_DROPPED');
});

test('malformed events and events of strangers are refused, and the scheduler lives on', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster);
  const malformed: unknown[] = [
    undefined,
    'text',
    {},
    { type: 'NONSENSE' },
    { type: 'OFFERS' },
    { type: 'OFFERS', offers: { offers: [{}] } },
    { type: 'UPDATE', update: { status: { task_id: 't', state: 'TASK_RUNNING' } } },
    { type: 'SUBSCRIBED', subscribed: { framework_id: {} } },
  ];
  for (const event of malformed) await cluster.emit(event);
  t.is(
    cluster.metric('libprocess/messages_invalid'),
    malformed.length - 1,
    'an event without type is UNKNOWN, as in Mesos',
  );
  cluster.schedulers.send(scheduler.self, 'mesos.v1.scheduler.Event', { type: 'ERROR', error: { message: 'no' } });
  await cluster.clock.settle();
  t.is(cluster.metric('scheduler/events_dropped'), 1);
  await cluster.emit({ type: 'OFFERS', offers: { offers: [offer('o')] } });
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'offers o']);
});

test('stop tears the framework down after the last acknowledgement and resolves ended', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster);
  cluster.master.take();
  scheduler.onUpdate = () => {
    scheduler.stop();
  };
  await cluster.emit({ type: 'UPDATE', update: { status: status('TASK_FINISHED', 1) } });
  await scheduler.ended;
  await cluster.clock.settle();
  t.deepEqual(
    cluster.master.take().map(({ type }) => type),
    ['ACKNOWLEDGE', 'TEARDOWN'],
  );
  t.deepEqual(cluster.master.exits, [scheduler.self.id]);
});

test('stop with failover leaves the framework to a successor, who brings its id', async (t) => {
  await using cluster = await Cluster.start();
  const first = await running(cluster, { framework: { name: 'n', failover_timeout: 60 } });
  first.stop({ failover: true });
  await first.ended;
  await cluster.clock.settle();
  t.deepEqual(
    cluster.master.take().map(({ type }) => type),
    ['SUBSCRIBE'],
  );
  const second = await running(cluster, { framework: { name: 'n', id: { value: 'f-1' } } });
  t.deepEqual(cluster.master.take()[0]?.framework_id, { value: 'f-1' });
  t.deepEqual(second.seen, ['subscribed f-1']);
});

test('a refused framework ends, and says why', async (t) => {
  await using cluster = await Cluster.start();
  cluster.master.answer = () => ({ type: 'ERROR', error: { message: 'Role is not allowed' } });
  const scheduler = await running(cluster);
  await t.throwsAsync(scheduler.ended, { code: 'SCHEDULER_REFUSED', message: 'Role is not allowed' });
  t.deepEqual(scheduler.seen, ['error Role is not allowed']);
  await cluster.clock.advance(120_000);
  t.is(cluster.master.take().length, 1);
});

test('an exception in a hook, at once or later, ends the scheduler and is the cause of the rejection', async (t) => {
  await using cluster = await Cluster.start();
  for (const hook of [
    (): never => {
      throw new Error('oops');
    },
    (): Promise<void> => Promise.reject(new Error('oops')),
  ]) {
    const scheduler = await running(cluster);
    scheduler.onOffers = hook;
    await cluster.emit({ type: 'OFFERS', offers: { offers: [offer('o')] } });
    const error = await t.throwsAsync(scheduler.ended, { instanceOf: SchedulerError, code: 'SCHEDULER_FAILED' });
    t.like(error.cause, { message: 'oops' });
  }
});

test('an update whose hook fails is not acknowledged', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = await running(cluster);
  cluster.master.take();
  scheduler.onUpdate = () => Promise.reject(new Error('disk full'));
  await cluster.emit({ type: 'UPDATE', update: { status: status('TASK_FINISHED', 1) } });
  await t.throwsAsync(scheduler.ended);
  t.deepEqual(cluster.master.take(), []);
});

test('runScheduler on a runtime resolves after stop, which a signal may ask for', async (t) => {
  await using cluster = await Cluster.start();
  const controller = new AbortController();
  const scheduler = new Recorder();
  const run = runScheduler(scheduler, { runtime: cluster.schedulers, signal: controller.signal });
  await cluster.clock.settle();
  controller.abort();
  await t.notThrowsAsync(run);
  t.is(cluster.master.calls.at(-1)?.type, 'TEARDOWN');
});

test('a scheduler and a master may share a runtime', async (t) => {
  await using runtime = new Runtime();
  const master = new FakeMaster();
  const scheduler = new Recorder({ master: runtime.spawn(master) });
  const run = runScheduler(scheduler, { runtime });
  scheduler.onOffers = () => {
    scheduler.stop();
  };
  master.onCall = ({ type }) => {
    if (type === 'SUBSCRIBE') master.emit({ type: 'OFFERS', offers: { offers: [offer('o')] } });
  };
  await run;
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'offers o']);
});

test('a malformed master address is refused at once', (t) => {
  for (const master of ['', 'host', 'host:0', 'host:99999', 'a b:1', '@host:1', 'http://', 'https://host:99999', []]) {
    t.throws(() => new Recorder({ master }), undefined, String(master));
  }
});
