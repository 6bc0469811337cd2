import type { Logger } from '@mesos-ts/libprocess';
import type { Offer_Operation } from '@mesos-ts/protocol';
import test from 'ava';
import { SchedulerClient } from '../../src/client/index.ts';
import type { ClientEvent, SchedulerClientOptions } from '../../src/client/index.ts';
import { FakeHttpMasters } from '../support/fake-http-master.ts';
import { offer, status } from '../support/fake-master.ts';

function clientOf(masters: FakeHttpMasters, options: Partial<SchedulerClientOptions> = {}): SchedulerClient {
  const { clock, fetch } = masters;
  const framework = { name: 'client', user: 'u' };
  return new SchedulerClient({ master: 'http://one:5050', framework, clock, fetch, random: half, ...options });
}

const half = { next: () => 0.5 };

/** Reads events in the background. */
function reading(client: SchedulerClient, each: (event: ClientEvent) => void | Promise<void> = () => undefined) {
  const seen: string[] = [];
  const done = (async () => {
    for await (const event of client.events()) {
      seen.push(event.type);
      await each(event);
    }
  })();
  done.catch(() => undefined);
  return { seen, done };
}

function types(masters: FakeHttpMasters): (string | undefined)[] {
  return masters.take().map(({ call }) => call.type);
}

test('events are read with for await, calls are made in between, and stop tears the framework down', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const client = clientOf(masters);
  const { done, seen } = reading(client, async (event) => {
    if (event.type !== 'OFFERS') return;
    t.true(await client.call({ type: 'DECLINE', decline: { offer_ids: [{ value: 'o' }] } }));
    void client.stop();
  });
  await masters.clock.settle();
  t.true(client.connected);
  t.deepEqual(client.frameworkId, { value: 'f-1' });
  await masters.emit({ type: 'HEARTBEAT' });
  await masters.emit({ type: 'OFFERS', offers: { offers: [offer('o')] } });
  await done;
  await client.stop();
  t.deepEqual(seen, ['SUBSCRIBED', 'OFFERS']);
  const calls = masters.take();
  t.deepEqual(
    calls.map(({ call, streamId }) => [call.type, streamId]),
    [
      ['SUBSCRIBE', undefined],
      ['DECLINE', 's-1'],
      ['TEARDOWN', 's-1'],
    ],
  );
  t.like(calls[0]?.call.subscribe?.framework_info, {
    name: 'client',
    user: 'u',
    roles: ['*'],
    capabilities: [{ type: 'MULTI_ROLE' }],
  });
  t.is(masters.streams.length, 0);
  t.is(masters.clock.timers, 0);
});

test('an update is acknowledged when the event after it is asked for; its repetitions are not given', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const client = clientOf(masters);
  const gates: (() => void)[] = [];
  const { seen } = reading(client, (event) =>
    event.type === 'UPDATE' ? new Promise((resolve) => gates.push(resolve)) : undefined,
  );
  await masters.clock.settle();
  masters.take();
  for (let time = 0; time < 3; time++) {
    await masters.emit({ type: 'UPDATE', update: { status: status('TASK_RUNNING', 1) } });
  }
  t.deepEqual(types(masters), []);
  gates.shift()?.();
  await masters.clock.settle();
  t.deepEqual(types(masters), ['ACKNOWLEDGE']);
  t.deepEqual(seen, ['SUBSCRIBED', 'UPDATE']);
  await client.stop();
});

test('with explicit acknowledgements the framework decides when', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const client = clientOf(masters, { acknowledgements: 'explicit' });
  reading(client);
  await masters.clock.settle();
  masters.take();
  await masters.emit({ type: 'UPDATE', update: { status: status('TASK_RUNNING', 1) } });
  t.deepEqual(types(masters), []);
  t.true(await client.acknowledge(status('TASK_RUNNING', 1)));
  t.false(await client.acknowledge({ task_id: { value: 't' }, state: 'TASK_LOST' }));
  t.deepEqual(types(masters), ['ACKNOWLEDGE']);
  await client.stop();
  await t.throwsAsync(clientOf(masters).acknowledge(status('TASK_RUNNING', 1)), {
    code: 'SCHEDULER_ACKNOWLEDGES_ITSELF',
  });
});

test('handlers get the events one after the other; what one throws ends the client', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const client = clientOf(masters);
  const seen: string[] = [];
  const run = client.run({
    subscribed: ({ framework_id }) => void seen.push(framework_id.value),
    offers: (offers) => void seen.push(offers.map(({ id }) => id.value).join()),
    update: ({ state }) => {
      throw new Error(`cannot bear ${state}`);
    },
  });
  run.catch(() => undefined);
  await masters.clock.settle();
  await masters.emit({ type: 'OFFERS', offers: { offers: [offer('o')] } });
  await masters.emit({ type: 'RESCIND', rescind: { offer_id: { value: 'o' } } });
  await masters.emit({ type: 'UPDATE', update: { status: status('TASK_FAILED', 1) } });
  await t.throwsAsync(run, { message: 'cannot bear TASK_FAILED' });
  t.deepEqual(seen, ['f-1', 'o']);
  t.deepEqual(types(masters), ['SUBSCRIBE'], 'neither acknowledged nor torn down: another may do better');
  t.is(masters.streams.length, 0);
});

test('a client whose stream breaks subscribes again, with its id, and reconciles if asked', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const reasons: string[] = [];
  const client = clientOf(masters, {
    onDisconnected: (reason) => void reasons.push(reason),
  });
  const { seen } = reading(client);
  await masters.clock.settle();
  await client.call({ type: 'SUPPRESS' });
  masters.streams[0]?.push('end');
  await masters.clock.settle();
  t.false(client.connected);
  t.false(await client.call({ type: 'KILL', kill: { task_id: { value: 't' } } }));
  t.is(client.count('calls_dropped'), 1);
  masters.take();
  await masters.clock.advance(2_000);
  t.deepEqual(seen, ['SUBSCRIBED', 'SUBSCRIBED']);
  const [subscribe, reconcile] = masters.take();
  t.deepEqual(subscribe?.call.framework_id, { value: 'f-1' });
  t.deepEqual(subscribe?.call.subscribe?.suppressed_roles, ['*']);
  t.is(reconcile?.call.type, 'RECONCILE');
  t.deepEqual(reasons, ['the server has ended the stream']);
  t.is(client.count('disconnections'), 1);
  await client.stop();
});

test('a reader that is slow keeps the master waiting, and takes its silence for its own', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const client = clientOf(masters, { eventsWaitingMax: 2 });
  const gates: (() => void)[] = [];
  const { seen } = reading(client, ({ type }) =>
    type === 'RESCIND' ? new Promise((resolve) => gates.push(resolve)) : undefined,
  );
  await masters.clock.settle();
  for (let count = 0; count < 10; count++) {
    await masters.emit({ type: 'RESCIND', rescind: { offer_id: { value: `o${count}` } } });
  }
  t.is(seen.length, 2);
  // No heartbeat is heard in these ten minutes.
  await masters.clock.advance(600_000);
  t.is(client.count('disconnections'), 0);
  for (let count = 0; count < 10; count++) {
    gates.shift()?.();
    await masters.clock.settle();
  }
  t.is(seen.length, 11);
  await masters.clock.advance(50_000);
  t.is(client.count('disconnections'), 1, 'now it is the master that is silent');
  await client.stop();
});

test('a call that the master refuses rejects with its words; one without an answer is false, and its tasks are asked for', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const client = clientOf(masters);
  reading(client);
  await masters.clock.settle();
  masters.take();
  masters.instead = ({ call }) => (call.type === 'KILL' ? { status: 400, text: 'Expecting kill' } : undefined);
  await t.throwsAsync(client.call({ type: 'KILL' }), { code: 'API_REFUSED', message: 'Expecting kill' });
  masters.instead = ({ call }) => (call.type === 'ACCEPT' ? 'break' : undefined);
  const task = { name: 'n', task_id: { value: 'new' }, agent_id: { value: 'a-1' } };
  const operations: Offer_Operation[] = [{ type: 'LAUNCH', launch: { task_infos: [task] } }];
  t.false(await client.call({ type: 'ACCEPT', accept: { offer_ids: [{ value: 'o' }], operations } }));
  await masters.clock.settle();
  t.deepEqual(types(masters), ['KILL', 'ACCEPT', 'RECONCILE']);
  t.is(client.count('calls_refused'), 1);
  t.is(client.count('calls_unanswered'), 1);
  await client.stop();
});

test('a refused framework ends the events with the reason', async (t) => {
  await using masters = await FakeHttpMasters.start();
  masters.answer = () => ({ type: 'ERROR', error: { message: 'Role is not allowed' } });
  const { done } = reading(clientOf(masters));
  await masters.clock.settle();
  await t.throwsAsync(done, { code: 'SCHEDULER_REFUSED', message: 'Role is not allowed' });
  t.is(masters.clock.timers, 0);
});

test('leaving the loop leaves the framework to another scheduler; the events cannot be read again', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const client = clientOf(masters, { framework: { name: 'n', user: 'u', failover_timeout: 60 } });
  for await (const event of client.events()) {
    t.is(event.type, 'SUBSCRIBED');
    break;
  }
  t.deepEqual(types(masters), ['SUBSCRIBE']);
  t.is(masters.streams.length, 0);
  await t.throwsAsync(client.events().next(), { code: 'SCHEDULER_EVENTS_TAKEN' });
});

test('neither a secret nor a token is ever logged', async (t) => {
  await using masters = await FakeHttpMasters.start();
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  masters.instead = () => ({ status: 503 });
  const client = clientOf(masters, { logger, token: 'tok-en', master: 'http://me:hidden@one:5050' });
  reading(client);
  await masters.clock.advance(60_000);
  t.true(lines.length > 0);
  t.notRegex(lines.join('\n'), /hidden|tok-en/);
  await client.stop();
});
