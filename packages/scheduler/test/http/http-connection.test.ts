import type { HandlerResult } from '@mesos-ts/libprocess';
import type { Offer, TaskStatus } from '@mesos-ts/protocol';
import test from 'ava';
import { Scheduler, spawnScheduler } from '../../src/index.ts';
import type { SchedulerOptions } from '../../src/index.ts';
import { FakeHttpMasters } from '../support/fake-http-master.ts';
import { offer, status, subscribed } from '../support/fake-master.ts';

class Recorder extends Scheduler {
  readonly seen: string[] = [];
  onUpdate: (status: TaskStatus) => HandlerResult = () => undefined;

  protected override offers(offers: readonly Offer[]): void {
    this.seen.push(`offers ${offers.map(({ id }) => id.value).join()}`);
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
  protected override error(message: string): void {
    this.seen.push(`error ${message}`);
  }
}

async function running(masters: FakeHttpMasters, options: Partial<SchedulerOptions> = {}): Promise<Recorder> {
  const { fetch } = masters;
  const scheduler = new Recorder({
    master: 'http://one:5050',
    framework: { name: 'recorder', user: 'u' },
    ...options,
    http: { fetch, ...options.http },
  });
  spawnScheduler(masters.runtime, scheduler);
  await masters.clock.settle();
  return scheduler;
}

function types(masters: FakeHttpMasters): (string | undefined)[] {
  return masters.take().map(({ call }) => call.type);
}

for (const type of ['application/json', 'application/x-protobuf'] as const) {
  test(`over HTTP with ${type} events reach their hooks, and calls the master, in order and with the stream's id`, async (t) => {
    await using masters = await FakeHttpMasters.start();
    const scheduler = await running(masters, { http: { type } });
    await masters.emit({ type: 'OFFERS', offers: { offers: [offer('o')] } });
    await masters.emit({ type: 'UPDATE', update: { status: status('TASK_RUNNING', 1) } });
    t.deepEqual(scheduler.seen, ['subscribed f-1', 'offers o', 'update t TASK_RUNNING']);
    t.true(scheduler.launch(offer('o'), { name: 'n', task_id: { value: 't' } }));
    t.true(scheduler.kill({ value: 't' }));
    await masters.clock.settle();
    const [subscribe, ...calls] = masters.take();
    t.is(subscribe?.call.subscribe?.framework_info.name, 'recorder');
    t.is(subscribe?.streamId, undefined);
    t.deepEqual(
      calls.map(({ call, streamId }) => [call.type, call.framework_id?.value, streamId]),
      ['ACKNOWLEDGE', 'ACCEPT', 'KILL'].map((name) => [name, 'f-1', 's-1']),
    );
    t.is(masters.metric('scheduler/calls_dropped'), 0);
  });
}

test('a call is made when the one before has been answered; too many that wait are dropped', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const scheduler = await running(masters, { http: { callsWaitingMax: 2 } });
  masters.take();
  masters.instead = ({ call }) => (call.type === 'KILL' ? 'hang' : undefined);
  t.true(scheduler.kill({ value: 'a' }));
  await masters.clock.settle();
  t.true(scheduler.revive());
  t.true(scheduler.suppress());
  t.false(scheduler.launch(offer('o'), { name: 'n', task_id: { value: 't' } }));
  await masters.clock.settle();
  t.deepEqual(types(masters), ['KILL']);
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'update t TASK_LOST']);
  masters.instead = () => undefined;
  await masters.emit({ type: 'HEARTBEAT' });
  await masters.clock.advance(31_000);
  t.deepEqual(types(masters), ['KILL', 'REVIVE', 'SUPPRESS'], 'what had no answer in time was made again');
  t.deepEqual(scheduler.seen.length, 2);
});

test('a standby sends to the leader, without a scheme; calls go there at once, credentials with them', async (t) => {
  await using masters = await FakeHttpMasters.start();
  masters.instead = ({ host }) =>
    host === 'one:5050' ? { status: 307, headers: { location: '//two:5050/master/api/v1/scheduler' } } : undefined;
  const scheduler = await running(masters, { credential: { principal: 'p', secret: 's' } });
  scheduler.revive();
  await masters.clock.settle();
  const calls = masters.take();
  t.deepEqual(
    calls.map(({ call, host }) => [host, call.type]),
    [
      ['one:5050', 'SUBSCRIBE'],
      ['two:5050', 'SUBSCRIBE'],
      ['two:5050', 'REVIVE'],
    ],
  );
  t.true(calls.every(({ headers }) => headers['authorization'] === `Basic ${btoa('p:s')}`));
});

for (const [what, broken] of [
  ['ends', 'end'],
  ['breaks', 'break'],
] as const) {
  test(`when the stream ${what} it subscribes again with its id and its suppressed roles, and reconciles`, async (t) => {
    await using masters = await FakeHttpMasters.start();
    const scheduler = await running(masters);
    scheduler.suppress();
    await masters.clock.settle();
    masters.take();
    masters.streams[0]?.push(broken);
    await masters.clock.settle();
    t.deepEqual(scheduler.seen, ['subscribed f-1', 'disconnected']);
    t.false(scheduler.kill({ value: 't' }));
    await masters.clock.advance(2_000);
    t.deepEqual(scheduler.seen, ['subscribed f-1', 'disconnected', 'resubscribed']);
    const [subscribe, reconcile] = masters.take();
    t.like(subscribe?.call, { type: 'SUBSCRIBE', framework_id: { value: 'f-1' } });
    t.deepEqual(subscribe?.call.subscribe?.suppressed_roles, ['*']);
    t.is(subscribe?.streamId, undefined);
    t.like(reconcile, { call: { type: 'RECONCILE' }, streamId: 's-2' });
    t.is(masters.metric('scheduler/disconnections'), 1);
  });
}

test('a master whose heartbeats stay away is left, one that sends them is not', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const scheduler = await running(masters);
  await masters.clock.advance(44_000);
  await masters.emit({ type: 'HEARTBEAT' });
  await masters.clock.advance(44_000);
  t.deepEqual(scheduler.seen, ['subscribed f-1']);
  await masters.clock.advance(1_000);
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'disconnected']);
  t.is(masters.streams.length, 0, 'the connection is broken off');
  await masters.clock.advance(2_000);
  t.is(scheduler.seen.at(-1), 'resubscribed');
});

test('masters that cannot serve, or cannot be reached, are asked in turn with growing waits', async (t) => {
  await using masters = await FakeHttpMasters.start();
  masters.instead = ({ host }) => (host === 'one:5050' ? { status: 503, text: 'No leader elected' } : 'break');
  const scheduler = await running(masters, { master: ['http://one:5050', 'http://two:5050'] });
  await masters.clock.advance(600_000);
  const hosts = masters.take().map(({ host }) => host);
  t.true(hosts.length >= 10 && hosts.length < 200, `${hosts.length} attempts in ten minutes`);
  t.deepEqual(hosts.slice(0, 4), ['one:5050', 'two:5050', 'one:5050', 'two:5050']);
  masters.instead = () => undefined;
  masters.answer = subscribed('f-1', 0);
  await masters.clock.advance(60_000);
  t.deepEqual(scheduler.seen, ['subscribed f-1']);
});

test('a master that takes the request and says nothing is given up', async (t) => {
  await using masters = await FakeHttpMasters.start();
  masters.instead = () => 'hang';
  const scheduler = await running(masters);
  masters.instead = () => undefined;
  await masters.clock.advance(35_000);
  t.is(scheduler.seen[0], 'subscribed f-1');
  t.deepEqual(types(masters).slice(0, 2), ['SUBSCRIBE', 'SUBSCRIBE']);
});

for (const [code, text] of [
  [401, '401 Unauthorized.'],
  [400, 'Framework has been removed'],
] as const) {
  test(`a master that answers ${code} has refused the framework`, async (t) => {
    await using masters = await FakeHttpMasters.start();
    masters.instead = () => ({ status: code, text });
    const scheduler = await running(masters);
    await t.throwsAsync(scheduler.ended, { code: 'SCHEDULER_REFUSED', message: text });
    t.deepEqual(scheduler.seen, [`error ${text}`]);
    await masters.clock.advance(60_000);
    t.is(masters.take().length, 1);
  });
}

test('an ERROR event refuses the framework too, such as when another scheduler has taken it over', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const scheduler = await running(masters);
  await masters.emit({ type: 'ERROR', error: { message: 'Framework failed over' } });
  await t.throwsAsync(scheduler.ended, { code: 'SCHEDULER_REFUSED', message: 'Framework failed over' });
  t.is(masters.streams.length, 0);
});

test('a stream that the master does not know is left, after the time that its reason may take to come', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const scheduler = await running(masters);
  masters.instead = ({ call }) =>
    call.type === 'KILL' ? { status: 400, text: "The stream ID 's-1' didn't match the stream ID of f-1" } : undefined;
  scheduler.kill({ value: 't' });
  await masters.clock.settle();
  t.deepEqual(scheduler.seen, ['subscribed f-1']);
  await masters.clock.advance(3_000);
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'disconnected', 'resubscribed']);
  t.is(masters.metric('scheduler/calls_refused'), 1);
});

test('a master that leads no longer is left at its first redirect', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const scheduler = await running(masters);
  masters.instead = ({ host }) =>
    host === 'one:5050' ? { status: 307, headers: { location: '//two:5050' } } : undefined;
  t.true(scheduler.launch(offer('o'), { name: 'n', task_id: { value: 't' } }));
  await masters.clock.advance(3_500);
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'update t TASK_LOST', 'disconnected', 'resubscribed']);
  t.deepEqual(
    masters.take().map(({ call, host }) => `${host} ${call.type}`),
    ['one:5050 SUBSCRIBE', 'one:5050 ACCEPT', 'one:5050 SUBSCRIBE', 'two:5050 SUBSCRIBE', 'two:5050 RECONCILE'],
  );
});

test('a call that the master refuses is counted; tasks launched so come back as errors, in its words', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const scheduler = await running(masters);
  let said = '';
  scheduler.onUpdate = ({ message }) => {
    said = message ?? '';
  };
  masters.instead = ({ call }) => (call.type === 'ACCEPT' ? { status: 400, text: 'Expecting something' } : undefined);
  scheduler.launch(offer('o'), { name: 'n', task_id: { value: 't' } });
  await masters.clock.settle();
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'update t TASK_ERROR']);
  t.is(said, 'Expecting something');
  t.is(masters.metric('scheduler/calls_refused'), 1);
  t.true(scheduler.connected);
});

test('a call without an answer is made again where that does no harm; of others the tasks are asked for', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const scheduler = await running(masters);
  masters.take();
  let breaks = 3;
  masters.instead = ({ call }) => (call.type !== 'RECONCILE' && breaks-- > 0 ? 'break' : undefined);
  scheduler.kill({ value: 't' });
  await masters.clock.advance(1_000);
  t.deepEqual(types(masters), ['KILL', 'KILL', 'KILL', 'KILL']);
  breaks = 1;
  scheduler.launch(offer('o'), { name: 'n', task_id: { value: 'new' } });
  await masters.clock.advance(1_000);
  const [accept, reconcile, ...others] = masters.take();
  t.is(accept?.call.type, 'ACCEPT');
  t.deepEqual(reconcile?.call.reconcile?.tasks, [{ task_id: { value: 'new' }, agent_id: { value: 'a-1' } }]);
  t.deepEqual(others, []);
  t.is(masters.metric('scheduler/calls_unanswered'), 1);
  t.true(scheduler.connected, 'the stream of events says whether there is a master');
});

test('a launch that was under way when the connection broke is asked for at the next subscription', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const scheduler = await running(masters);
  masters.instead = ({ call }) => (call.type === 'ACCEPT' ? 'hang' : undefined);
  scheduler.launch(offer('o'), { name: 'n', task_id: { value: 'new' } });
  scheduler.launch(offer('p'), { name: 'n', task_id: { value: 'never' } });
  await masters.clock.settle();
  masters.take();
  masters.streams[0]?.push('break');
  await masters.clock.advance(2_000);
  const [subscribe, reconcile] = masters.take();
  t.is(subscribe?.call.type, 'SUBSCRIBE');
  t.deepEqual(
    reconcile?.call.reconcile?.tasks?.map(({ task_id }) => task_id.value),
    ['new'],
  );
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'disconnected', 'update never TASK_LOST', 'resubscribed']);
});

test('what is no event is dropped and counted; what is no record ends the connection', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const scheduler = await running(masters);
  for (const text of ['{"type":"OFFERS"}', 'nonsense', '{"type":"RESCIND","rescind":{}}']) {
    masters.streams[0]?.push(Buffer.from(`${text.length}\n${text}`));
  }
  await masters.emit({ type: 'OFFERS', offers: { offers: [offer('o')] } });
  t.is(masters.metric('scheduler/events_dropped'), 3);
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'offers o']);
  masters.streams[0]?.push(Buffer.from('<html>'));
  await masters.clock.settle();
  t.is(scheduler.seen.at(-1), 'disconnected');
});

test('stop makes the calls that wait, tears the framework down, and then leaves', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const scheduler = await running(masters);
  scheduler.onUpdate = () => {
    scheduler.kill({ value: 'other' });
    scheduler.stop();
  };
  await masters.emit({ type: 'UPDATE', update: { status: status('TASK_FINISHED', 1) } });
  await scheduler.ended;
  t.deepEqual(types(masters), ['SUBSCRIBE', 'KILL', 'ACKNOWLEDGE', 'TEARDOWN']);
  t.is(masters.streams.length, 0);
  t.is(masters.clock.timers, 0);
});

test('a scheduler whose hook fails leaves its master at once', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const scheduler = await running(masters);
  scheduler.onUpdate = () => Promise.reject(new Error('disk full'));
  await masters.emit({ type: 'UPDATE', update: { status: status('TASK_FINISHED', 1) } });
  await t.throwsAsync(scheduler.ended, { code: 'SCHEDULER_FAILED' });
  await masters.clock.settle();
  t.is(masters.streams.length, 0);
  t.deepEqual(types(masters), ['SUBSCRIBE']);
});
