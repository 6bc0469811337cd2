import fc from 'fast-check';
import test from 'ava';
import { Queue } from '../../src/index.ts';
import { outcome, settled } from '../support/promises.ts';
import type { Outcome } from '../support/promises.ts';

test('who takes from an empty queue waits, and is served in the order of coming', async (t) => {
  const queue = new Queue<string>();
  const takes = [queue.take(), queue.take(), queue.take()].map((one) => outcome(one));
  await queue.put('hello');
  await queue.put('pretty');
  t.deepEqual(
    takes.map(({ value }) => value),
    ['hello', 'pretty', undefined],
  );
  await queue.put('world');
  t.is(takes[2]?.value, 'world');
  await queue.put('kept');
  t.is(queue.size, 1);
  t.is(await queue.take(), 'kept');
});

test('who gives up taking misses nothing for the others', async (t) => {
  const queue = new Queue<string>();
  const controller = new AbortController();
  const first = outcome(queue.take({ signal: controller.signal }));
  const second = queue.take();
  controller.abort(new Error('enough'));
  await settled();
  t.like(first, { state: 'rejected', reason: { message: 'enough' } });
  t.true(queue.offer('hello'));
  t.is(await second, 'hello');
  await t.throwsAsync(queue.take({ signal: controller.signal }), { message: 'enough' });
  await t.throwsAsync(queue.put('x', { signal: controller.signal }), { message: 'enough' });
  t.is(queue.size, 0);
});

test('a full queue makes those who put wait for room, or refuses what is only offered', async (t) => {
  const queue = new Queue<number>({ itemsMax: 2, waitersMax: 1 });
  await queue.put(1);
  await queue.put(2);
  t.false(queue.offer(3));
  const third = outcome(queue.put(3));
  await settled();
  t.is(third.state, 'pending');
  await t.throwsAsync(queue.put(4), { code: 'OVERLOADED' });
  t.is(await queue.take(), 1);
  await settled();
  t.is(third.state, 'fulfilled');
  t.deepEqual([await queue.take(), await queue.take(), queue.size], [2, 3, 0]);
  t.throws(() => new Queue({ itemsMax: 0 }), { code: 'INVARIANT' });
});

test('a queue can be read with for await until it has been closed and emptied', async (t) => {
  const queue = new Queue<number>();
  const read: number[] = [];
  const reading = (async () => {
    for await (const item of queue) read.push(item);
  })();
  await queue.put(1);
  await settled();
  await queue.put(2);
  await queue.put(3);
  queue.close();
  await reading;
  t.deepEqual(read, [1, 2, 3]);
  t.true(queue.closed);
  t.false(queue.offer(4));
  await t.throwsAsync(queue.put(4), { code: 'CLOSED' });
  await t.throwsAsync(queue.take(), { code: 'CLOSED' });
});

test('closing a queue refuses those who wait, and leaves what is in to be taken', async (t) => {
  const empty = new Queue<number>();
  const taker = outcome(empty.take());
  empty.close();
  const full = new Queue<number>({ itemsMax: 1 });
  await full.put(1);
  const putter = outcome(full.put(2));
  full.close();
  await settled();
  t.like(taker.reason, { code: 'CLOSED' });
  t.like(putter.reason, { code: 'CLOSED' });
  t.is(await full.take(), 1);
});

test('nothing is lost and nothing doubled: whatever happens, items leave a bounded queue in the order in which they came', async (t) => {
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.constant('put') },
    { weight: 4, arbitrary: fc.constant('take') },
    { weight: 2, arbitrary: fc.constant('offer') },
    { weight: 1, arbitrary: fc.constant('give up taking') },
    { weight: 1, arbitrary: fc.constant('give up putting') },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 100 }),
      fc.integer({ min: 1, max: 3 }),
      async (actions, itemsMax) => {
        const queue = new Queue<number>({ itemsMax });
        let number = 0;
        let inside: number[] = [];
        let putters: { item: number; controller: AbortController; put: Outcome<void> }[] = [];
        let takers: { controller: AbortController; take: Outcome<number> }[] = [];
        const taken: { take: Outcome<number>; item: number }[] = [];
        for (const one of actions) {
          const controller = new AbortController();
          if (one === 'put') {
            const item = number++;
            putters.push({ item, controller, put: outcome(queue.put(item, { signal: controller.signal })) });
          } else if (one === 'offer') {
            const item = number++;
            const hasRoom = putters.length === 0 && (takers.length > 0 || inside.length < itemsMax);
            if (queue.offer(item) !== hasRoom) return false;
            if (hasRoom) inside.push(item);
          } else if (one === 'take') {
            takers.push({ controller, take: outcome(queue.take({ signal: controller.signal })) });
          } else if (one === 'give up taking') {
            takers.at(-1)?.controller.abort();
            takers = takers.slice(0, -1);
          } else {
            putters.at(0)?.controller.abort();
            putters = putters.slice(1);
          }
          for (;;) {
            const [putter, taker] = [putters[0], takers[0]];
            if (taker !== undefined && inside.length > 0) {
              taken.push({ take: taker.take, item: inside[0] ?? -1 });
              takers = takers.slice(1);
              inside = inside.slice(1);
            } else if (putter !== undefined && (inside.length < itemsMax || taker !== undefined)) {
              inside.push(putter.item);
              putters = putters.slice(1);
            } else {
              break;
            }
          }
          await settled();
          if (queue.size !== inside.length) return false;
          if (takers.some(({ take }) => take.state !== 'pending')) return false;
          if (putters.some(({ put }) => put.state !== 'pending')) return false;
          if (taken.some(({ take, item }) => take.value !== item)) return false;
        }
        return true;
      },
    ),
    { numRuns: 300 },
  );
  t.pass();
});

test('a queue of a hundred thousand is emptied without moving what is left each time', async (t) => {
  const queue = new Queue<number>();
  for (let item = 0; item < 100_000; item++) queue.offer(item);
  t.false(queue.offer(-1));
  let expected = 0;
  while (queue.size > 0) if ((await queue.take()) !== expected++) t.fail();
  t.is(expected, 100_000);
});
