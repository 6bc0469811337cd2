import fc from 'fast-check';
import test from 'ava';
import { Mutex, ReadWriteLock, Semaphore } from '../../src/index.ts';
import { outcome, settled } from '../support/promises.ts';
import type { Lock } from '../../src/index.ts';
import type { Outcome } from '../support/promises.ts';

test('a free mutex is had at once, a held one when it is released, in the order of asking', async (t) => {
  const mutex = new Mutex();
  const first = await mutex.lock();
  const [second, third] = [outcome(mutex.lock()), outcome(mutex.lock())];
  await settled();
  t.deepEqual([mutex.locked, mutex.waiting, second.state, third.state], [true, 2, 'pending', 'pending']);
  first.release();
  first.release();
  await settled();
  t.deepEqual([second.state, third.state], ['fulfilled', 'pending']);
  second.value?.release();
  await settled();
  t.is(third.state, 'fulfilled');
  third.value?.release();
  t.false(mutex.locked);
});

test('a mutex is released at the end of a block, and when the work fails', async (t) => {
  const mutex = new Mutex();
  {
    using _lock = await mutex.lock();
    t.true(mutex.locked);
  }
  t.false(mutex.locked);
  await t.throwsAsync(
    mutex.run(() => {
      throw new Error('broken');
    }),
    { message: 'broken' },
  );
  t.false(mutex.locked);
  t.is(await mutex.run(() => Promise.resolve(7)), 7);
});

test('waiting for a mutex can be given up, and is bounded', async (t) => {
  const mutex = new Mutex({ waitersMax: 1 });
  const lock = await mutex.lock();
  const controller = new AbortController();
  const given = mutex.lock({ signal: controller.signal });
  await t.throwsAsync(mutex.lock(), { code: 'OVERLOADED' });
  controller.abort(new Error('no time'));
  await t.throwsAsync(given, { message: 'no time' });
  await t.throwsAsync(mutex.lock({ signal: controller.signal }), { message: 'no time' });
  lock.release();
  t.false(mutex.locked);
  await t.throwsAsync(mutex.lock({ signal: controller.signal }), { message: 'no time' });
  t.false(mutex.locked);
});

test('a semaphore gives several permits at once, and none that it does not have', async (t) => {
  const semaphore = new Semaphore(3);
  const two = await semaphore.acquire({ permits: 2 });
  const many = outcome(semaphore.acquire({ permits: 3 }));
  t.is(semaphore.tryAcquire(), undefined, 'nobody is overtaken');
  two.release();
  await settled();
  t.is(many.state, 'fulfilled');
  many.value?.release();
  t.is(semaphore.available, 3);
  for (const permits of [0, 4, 1.5, Number.NaN])
    await t.throwsAsync(semaphore.acquire({ permits }), { code: 'INVARIANT' });
  for (const permits of [0, -1, 0.5]) t.throws(() => new Semaphore(permits), { code: 'INVARIANT' });
  semaphore.tryAcquire(2);
  t.is(semaphore.tryAcquire(2), undefined);
  t.is(await semaphore.run(() => semaphore.available), 0);
});

test('readers share a read-write lock, a writer has it alone, and no writer starves', async (t) => {
  const lock = new ReadWriteLock();
  const reading = await lock.read();
  const row = [lock.write(), lock.read(), lock.read(), lock.write(), lock.read(), lock.read()].map((one) =>
    outcome(one),
  );
  const states = (): string => row.map(({ state }) => state.at(0)).join('');
  await settled();
  t.is(states(), 'pppppp');
  reading.release();
  await settled();
  t.is(states(), 'fppppp');
  t.deepEqual(lock.holders, { readers: 0, writers: 1 });
  row[0]?.value?.release();
  await settled();
  t.is(states(), 'fffppp');
  t.deepEqual(lock.holders, { readers: 2, writers: 0 });
  row[1]?.value?.release();
  row[2]?.value?.release();
  await settled();
  t.is(states(), 'ffffpp');
  row[3]?.value?.release();
  await settled();
  t.is(states(), 'ffffff');
});

test('a writer that gives up lets the readers behind it in', async (t) => {
  const lock = new ReadWriteLock();
  const reading = await lock.read();
  const controller = new AbortController();
  const writer = outcome(lock.write({ signal: controller.signal }));
  const reader = outcome(lock.read());
  await settled();
  t.is(reader.state, 'pending');
  controller.abort();
  await settled();
  t.deepEqual([writer.state, reader.state, lock.holders.readers], ['rejected', 'fulfilled', 2]);
  reading.release();
});

/** Somebody who asked for a lock, in the model. */
interface Asker {
  readonly wanted: number;
  readonly controller: AbortController;
  readonly outcome: Outcome<Lock>;
  state: 'waiting' | 'holding' | 'gone';
}

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ ask: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 3, arbitrary: fc.record({ release: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ abort: fc.nat() }) },
  ),
  { maxLength: 60 },
);

/**
 * Asks, releases and gives up at random, beside a model: a row of askers, of whom the first is let in as soon as it may share with those
 * who are in.
 */
async function conforms(
  ask: (wanted: number, signal: AbortSignal) => Promise<Lock>,
  mayEnter: (wanted: number, inside: readonly number[]) => boolean,
  actions: typeof steps extends fc.Arbitrary<infer T> ? T : never,
): Promise<boolean> {
  const askers: Asker[] = [];
  const inState = (state: Asker['state']): Asker[] => askers.filter((asker) => asker.state === state);
  for (const action of actions) {
    if ('ask' in action) {
      const controller = new AbortController();
      const promise = outcome(ask(action.ask, controller.signal));
      askers.push({ wanted: action.ask, controller, outcome: promise, state: 'waiting' });
    } else if ('release' in action) {
      const holding = inState('holding');
      const asker = holding[action.release % Math.max(1, holding.length)];
      if (asker === undefined) continue;
      asker.state = 'gone';
      asker.outcome.value?.release();
      asker.outcome.value?.release();
    } else {
      const waiting = inState('waiting');
      const asker = waiting[action.abort % Math.max(1, waiting.length)];
      if (asker === undefined) continue;
      asker.state = 'gone';
      asker.controller.abort();
    }
    for (const asker of inState('waiting')) {
      const inside = inState('holding').map(({ wanted }) => wanted);
      if (!mayEnter(asker.wanted, inside)) break;
      asker.state = 'holding';
    }
    await settled();
    if (inState('waiting').some(({ outcome: { state } }) => state !== 'pending')) return false;
    if (inState('holding').some(({ outcome: { state } }) => state !== 'fulfilled')) return false;
  }
  return true;
}

function isWrite(wanted: number): boolean {
  return wanted === 4;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

test('mutual exclusion: whatever happens, a mutex has one holder, the first who asked, and no wake-up is lost', async (t) => {
  await fc.assert(
    fc.asyncProperty(steps, (actions) => {
      const mutex = new Mutex();
      return conforms(
        (_wanted, signal) => mutex.lock({ signal }),
        (_wanted, inside) => inside.length === 0,
        actions,
      );
    }),
  );
  t.pass();
});

test('permits are conserved: whatever happens, a semaphore serves the first who asked as soon as it can', async (t) => {
  await fc.assert(
    fc.asyncProperty(steps, (actions) => {
      const semaphore = new Semaphore(4);
      return conforms(
        (permits, signal) => semaphore.acquire({ permits, signal }),
        (wanted, inside) => sum(inside) + wanted <= 4,
        actions,
      );
    }),
  );
  t.pass();
});

test('whatever happens, a read-write lock has either readers or one writer, and serves the first who asked as soon as it can', async (t) => {
  await fc.assert(
    fc.asyncProperty(steps, (actions) => {
      const lock = new ReadWriteLock();
      return conforms(
        (wanted, signal) => (isWrite(wanted) ? lock.write({ signal }) : lock.read({ signal })),
        (wanted, inside) => (isWrite(wanted) ? inside.length === 0 : !inside.some((other) => isWrite(other))),
        actions,
      );
    }),
  );
  t.pass();
});

test('a hundred thousand who give up, from the back to the front, take no longer than so many who are served', async (t) => {
  const mutex = new Mutex();
  const lock = await mutex.lock();
  const controllers = Array.from({ length: 100_000 }, () => new AbortController());
  const outcomes = controllers.map(({ signal }) => outcome(mutex.lock({ signal })));
  for (const controller of controllers.toReversed()) controller.abort();
  await settled();
  t.true(outcomes.every(({ state }) => state === 'rejected'));
  t.is(mutex.waiting, 0);
  lock.release();
  t.false(mutex.locked);
});
