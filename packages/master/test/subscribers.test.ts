import test from 'ava';
import { approveAll, approversBy, EventStream } from '@mesos-ts/daemon';
import { TestClock } from '@mesos-ts/libprocess/testing';
import { RecordDecoder } from '@mesos-ts/protocol';
import { Subscribers } from '../src/subscribers.ts';
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
    count: (name) => counts.push(name),
    info: (text) => log.push(text),
  });
  return { clock, counts, log, subscribers };
}

function removed(id: string): OperatorEvent {
  const message: MasterEvent = { type: 'AGENT_REMOVED', agent_removed: { agent_id: { value: id } } };
  return { message, seenBy: (approvers) => (approvers.approves('VIEW_FLAGS') ? message : undefined) };
}

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
  const { log, subscribers } = start();
  const streams = [new EventStream({ type: 'application/json' }), new EventStream({ type: 'application/json' })];
  const [all, none] = streams;
  if (all === undefined || none === undefined) throw new TypeError('there are two');
  subscribers.add(all, approveAll, 'a:1', () => ({}));
  subscribers.add(
    none,
    approversBy(() => false),
    'b:2',
    () => ({}),
  );
  subscribers.publish(removed('S0'));
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
  const { counts, subscribers } = start(2);
  const streams = Array.from({ length: 3 }, () => new EventStream({ type: 'application/json' }));
  for (const [index, stream] of streams.entries()) subscribers.add(stream, approveAll, `${index}`, () => ({}));
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
  subscribers.add(slow, approveAll, 'slow', () => ({}));
  subscribers.add(fast, approveAll, 'fast', () => ({}));
  for (let i = 0; i < 100; i++) subscribers.publish(removed(`S${i}`));
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
  subscribers.add(stream, approveAll, 'a:1', () => ({}));
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
  const { subscribers } = start(1000, (work) => turns.push(work));
  const streams = Array.from({ length: 250 }, () => new EventStream({ type: 'application/json' }));
  for (const [index, stream] of streams.entries()) subscribers.add(stream, approveAll, `${index}`, () => ({}));
  const opening = streams.map(({ backlogBytes }) => backlogBytes);
  const behind = (): number => streams.filter(({ backlogBytes }, index) => backlogBytes === opening[index]).length;
  subscribers.publish(removed('S0'));
  t.is(behind(), 250);
  const late = new EventStream({ type: 'application/json' });
  subscribers.add(late, approveAll, 'late', () => ({}));
  const told100 = turns.shift();
  told100?.();
  t.is(behind(), 150);
  subscribers.publish(removed('S1'));
  t.is(turns.length, 1, 'asked for once');
  while (turns.length > 0) turns.shift()?.();
  subscribers.close();
  t.deepEqual(await told(late), ['SUBSCRIBED', 'HEARTBEAT', 'S1']);
  for (const stream of streams) t.deepEqual(await told(stream), ['SUBSCRIBED', 'HEARTBEAT', 'S0', 'S1']);
});

test('when too much waits to be told, it is told at once', (t) => {
  const turns: (() => void)[] = [];
  const { subscribers } = start(10, (work) => turns.push(work));
  const stream = new EventStream({ type: 'application/json' });
  subscribers.add(stream, approveAll, 'a:1', () => ({}));
  const opening = stream.backlogBytes;
  for (let count = 0; count < 1000; count++) subscribers.publish(removed('S0'));
  t.is(stream.backlogBytes, opening);
  subscribers.publish(removed('S0'));
  t.true(stream.backlogBytes > opening);
  const all = stream.backlogBytes;
  for (const turn of turns) turn();
  t.is(stream.backlogBytes, all, 'and not again');
});

test('what a subscriber begins with is made once for all who may see everything, until something changes', (t) => {
  const { subscribers } = start();
  let made = 0;
  const add = (approvers = approveAll): void => {
    subscribers.add(new EventStream({ type: 'application/json' }), approvers, 'a:1', () => {
      made++;
      return {};
    });
  };
  add();
  add();
  t.is(made, 1);
  subscribers.changed();
  add();
  t.is(made, 2);
  add(approversBy(() => true));
  add(approversBy(() => true));
  t.is(made, 4, 'each sees what it may');
});
