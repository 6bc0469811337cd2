import test from 'ava';
import { approveAll, approversBy, EventStream, StreamEvent } from '@mesos-ts/daemon';
import { deferred } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import { RecordDecoder } from '@mesos-ts/protocol';
import { Subscribers, type Opening } from '../src/subscribers.ts';
import type { MasterEvent } from '@mesos-ts/protocol';
import type { OperatorEvent } from '../src/decisions/operator-events.ts';

function start(max = 10, ask?: (work: () => void) => void) {
  const clock = new TestClock();
  const counts: string[] = [];
  const log: string[] = [];
  const subscribers = new Subscribers({
    max,
    heartbeatMs: 15_000,
    delay: (delayMs, work) => clock.timer(delayMs, work),
    cancel: (timer) => {
      clock.cancel(timer);
    },
    turn: (work) => (ask === undefined ? Promise.resolve().then(work) : Promise.resolve(ask(work))),
    rest: () => Promise.resolve(),
    count: (name) => counts.push(name),
    info: (text) => log.push(text),
  });
  return { clock, counts, log, subscribers };
}

function removed(id: string): OperatorEvent {
  const message: MasterEvent = { type: 'AGENT_REMOVED', agent_removed: { agent_id: { value: id } } };
  return { message, seenBy: (approvers) => (approvers.approves('VIEW_FLAGS') ? message : undefined) };
}

/** A picture that is there at once. */
const picture: Opening = (atMoment) => {
  atMoment();
  return Promise.resolve(new StreamEvent('mesos.v1.master.Event', { type: 'SUBSCRIBED' }));
};

/** All that a stream has told, to its end. */
async function told(stream: EventStream): Promise<string[]> {
  const decoder = new RecordDecoder();
  const events: string[] = [];
  for await (const chunk of stream.body) {
    const records = decoder.push(chunk);
    if (records.length !== 1) throw new Error('A chunk is a record');
    for (const record of records) {
      const event = JSON.parse(Buffer.from(record).toString()) as MasterEvent;
      events.push(event.agent_removed?.agent_id.value ?? event.type ?? '');
    }
  }
  return events;
}

test('everybody who may hears everything, one record to a chunk', async (t) => {
  const { clock, log, subscribers } = start();
  const streams = [new EventStream({ type: 'application/json' }), new EventStream({ type: 'application/json' })];
  const [all, none] = streams;
  if (all === undefined || none === undefined) throw new TypeError('there are two');
  subscribers.add(all, approveAll, 'a:1', picture);
  subscribers.add(
    none,
    approversBy(() => false),
    'b:2',
    picture,
  );
  subscribers.publish(removed('S0'));
  await clock.settle();
  subscribers.close();
  t.deepEqual(await told(all), ['SUBSCRIBED', 'HEARTBEAT', 'S0']);
  t.deepEqual(await told(none), ['SUBSCRIBED', 'HEARTBEAT']);
  t.deepEqual(log, [
    'Added subscriber a:1 to the list of active subscribers',
    'Added subscriber b:2 to the list of active subscribers',
  ]);
  t.is(subscribers.size, 0);
});

test('one more than there may be ends the oldest', async (t) => {
  const { clock, counts, subscribers } = start(2);
  const streams = Array.from({ length: 3 }, () => new EventStream({ type: 'application/json' }));
  for (const [index, stream] of streams.entries()) {
    subscribers.add(stream, approveAll, `${index}`, picture);
    await clock.settle();
  }
  t.is(subscribers.size, 2);
  subscribers.publish(removed('S0'));
  t.deepEqual(counts, ['operator_event_streams_replaced']);
  const [first, second] = streams;
  if (first === undefined || second === undefined) throw new TypeError('there are three');
  t.deepEqual(await told(first), ['SUBSCRIBED', 'HEARTBEAT'], 'whole, and ended');
  subscribers.close();
  t.deepEqual(await told(second), ['SUBSCRIBED', 'HEARTBEAT', 'S0']);
});

test('one who reads slower than things happen is cut off and counted; the others go on', async (t) => {
  const { clock, counts, log, subscribers } = start();
  const slow = new EventStream({ type: 'application/json', backlogBytesMax: 1000 });
  const fast = new EventStream({ type: 'application/json' });
  subscribers.add(slow, approveAll, 'slow', picture);
  subscribers.add(fast, approveAll, 'fast', picture);
  await clock.settle();
  for (let i = 0; i < 100; i++) subscribers.publish(removed(`S${i}`));
  await clock.settle();
  t.is(await slow.closed, 'slow');
  await clock.settle();
  t.is(subscribers.size, 1);
  t.deepEqual(counts, ['operator_event_streams_too_slow']);
  t.regex(log.at(-1) ?? '', /^Removed subscriber slow .*: it read slower than things happened$/);
  await t.throwsAsync(told(slow), { code: 'HTTP_READER_SLOW' });
  subscribers.close();
  t.is((await told(fast)).length, 102);
});

test('a subscriber that leaves is forgotten, with its heartbeat', async (t) => {
  const { clock, counts, log, subscribers } = start();
  const stream = new EventStream({ type: 'application/json' });
  subscribers.add(stream, approveAll, 'a:1', picture);
  const reader = stream.body[Symbol.asyncIterator]();
  await reader.next();
  await reader.return?.();
  t.is(await stream.closed, 'left');
  await clock.settle();
  t.is(subscribers.size, 0);
  t.deepEqual(counts, []);
  t.is(log.at(-1), 'Removed subscriber a:1 from the list of active subscribers');
  t.is(clock.timers, 0);
});

test('many are told in turns; what has happened meanwhile is told together, and nobody hears of what was before them', async (t) => {
  const turns: (() => void)[] = [];
  const { clock, subscribers } = start(1000, (work) => turns.push(work));
  const streams = Array.from({ length: 250 }, () => new EventStream({ type: 'application/json' }));
  for (const [index, stream] of streams.entries()) subscribers.add(stream, approveAll, `${index}`, picture);
  const settle = async (): Promise<void> => {
    for (await clock.settle(); turns.length > 0; await clock.settle()) turns.shift()?.();
  };
  await settle();
  const opening = streams.map(({ backlogBytes }) => backlogBytes);
  const behind = (): number => streams.filter(({ backlogBytes }, index) => backlogBytes === opening[index]).length;
  subscribers.publish(removed('S0'));
  t.is(behind(), 250);
  const late = new EventStream({ type: 'application/json' });
  subscribers.add(late, approveAll, 'late', picture);
  await clock.settle();
  t.is(turns.length, 1, 'asked for once');
  const told100 = turns.shift();
  told100?.();
  t.is(behind(), 170, 'a picture counts as much as twenty events');
  subscribers.publish(removed('S1'));
  await clock.settle();
  t.is(turns.length, 1, 'asked for once');
  await settle();
  subscribers.close();
  t.deepEqual(await told(late), ['SUBSCRIBED', 'HEARTBEAT', 'S1']);
  for (const stream of streams) t.deepEqual(await told(stream), ['SUBSCRIBED', 'HEARTBEAT', 'S0', 'S1']);
});

test('when too much waits to be told, it is told at once', async (t) => {
  const turns: (() => void)[] = [];
  const { clock, subscribers } = start(10, (work) => turns.push(work));
  const stream = new EventStream({ type: 'application/json' });
  subscribers.add(stream, approveAll, 'a:1', picture);
  await clock.settle();
  turns.shift()?.();
  const opening = stream.backlogBytes;
  for (let count = 0; count < 1000; count++) subscribers.publish(removed('S0'));
  t.is(stream.backlogBytes, opening);
  subscribers.publish(removed('S0'));
  t.true(stream.backlogBytes > opening);
  const all = stream.backlogBytes;
  for (const turn of turns) turn();
  t.is(stream.backlogBytes, all, 'and not again');
});

/** A subscriber whose picture is put together for as long as it pleases. */
function waiting(subscribers: Subscribers) {
  const stream = new EventStream({ type: 'application/json' });
  const awaited = deferred<StreamEvent>();
  const moments: (() => void)[] = [];
  subscribers.add(stream, approveAll, 'waiting', (atMoment) => {
    moments.push(atMoment);
    return awaited.promise;
  });
  return {
    stream,
    moment: () => {
      moments.at(-1)?.();
    },
    open: () => {
      awaited.resolve(new StreamEvent('mesos.v1.master.Event', { type: 'SUBSCRIBED' }));
    },
    fail: () => {
      awaited.reject(new Error('broken'));
    },
  };
}

test('who waits for its picture hears afterwards of what has happened since its moment, and keeps nobody waiting', async (t) => {
  const { clock, subscribers } = start();
  const other = new EventStream({ type: 'application/json' });
  subscribers.add(other, approveAll, 'other', picture);
  const { moment, open, stream } = waiting(subscribers);
  subscribers.publish(removed('before'));
  moment();
  subscribers.publish(removed('again'));
  // Who was to put it together has failed, and somebody else begins anew.
  moment();
  subscribers.publish(removed('after'));
  await clock.settle();
  const heard = other.backlogBytes;
  t.is(stream.backlogBytes, 0);
  open();
  await clock.settle();
  t.is(other.backlogBytes, heard);
  subscribers.close();
  t.deepEqual(await told(stream), ['SUBSCRIBED', 'HEARTBEAT', 'after']);
  t.deepEqual(await told(other), ['SUBSCRIBED', 'HEARTBEAT', 'before', 'again', 'after']);
});

test('what waits for those without a picture is bounded, and who cannot have one is told so by the end', async (t) => {
  const { clock, counts, log, subscribers } = start();
  const { fail, stream } = waiting(subscribers);
  fail();
  await clock.settle();
  t.deepEqual(await told(stream), []);
  t.is(log.at(-1), 'Removed subscriber waiting, who cannot be told the state: broken');
  const { moment, stream: late } = waiting(subscribers);
  moment();
  for (let count = 0; count <= 100_000; count++) subscribers.publish(removed('S0'));
  t.deepEqual(await told(late), []);
  t.deepEqual(counts, ['operator_event_streams_too_slow']);
  t.is(subscribers.size, 0);
});
