import fc from 'fast-check';
import test from 'ava';
import { RateLimiter } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { outcome, settled } from '../support/promises.ts';

test('permits are given evenly, the first at once', async (t) => {
  const clock = new TestClock();
  const limiter = new RateLimiter(clock, { permits: 2, perMs: 5 });
  const permits = [1, 2, 3].map(() => outcome(limiter.acquire()));
  const states = (): string => permits.map(({ state }) => state.at(0)).join('');
  await settled();
  t.is(states(), 'fpp');
  await clock.advance(2.4);
  t.is(states(), 'fpp');
  await clock.advance(0.1);
  t.is(states(), 'ffp');
  await clock.advance(2.5);
  t.is(states(), 'fff');
  t.deepEqual([limiter.waiting, clock.timers], [0, 0]);
});

test('whoever gives up costs no permit: those behind move up, and without any no timer is left', async (t) => {
  const clock = new TestClock();
  const limiter = new RateLimiter(clock, { permits: 2, perMs: 5 });
  const controllers = [1, 2, 3, 4].map(() => new AbortController());
  const permits = controllers.map(({ signal }) => outcome(limiter.acquire({ signal })));
  const states = (): string => permits.map(({ state }) => state.at(0)).join('');
  controllers[1]?.abort();
  await clock.advance(2.5);
  t.is(states(), 'frfp');
  controllers[3]?.abort();
  await settled();
  t.deepEqual([states(), clock.timers], ['frfr', 0]);
  const late = outcome(limiter.acquire());
  await clock.advance(2.4);
  t.is(late.state, 'pending');
  await clock.advance(0.1);
  t.is(late.state, 'fulfilled');
});

test('a closed rate limiter refuses those who wait and those who come, and so does one with too long a row', async (t) => {
  const clock = new TestClock();
  const limiter = new RateLimiter(clock, { permits: 1, waitersMax: 1 });
  await limiter.acquire();
  const waiting = outcome(limiter.acquire());
  await t.throwsAsync(limiter.acquire(), { code: 'OVERLOADED' });
  limiter.close();
  await settled();
  t.like(waiting.reason, { code: 'CLOSED' });
  await t.throwsAsync(limiter.acquire(), { code: 'CLOSED' });
  t.is(clock.timers, 0);
  await t.throwsAsync(limiter.acquire({ signal: AbortSignal.abort(new Error('no')) }), { message: 'no' });
  for (const options of [{ permits: 0 }, { permits: 1, perMs: 0 }, { permits: 1, burst: 0 }, { permits: Number.NaN }]) {
    t.throws(() => new RateLimiter(clock, options), { code: 'INVARIANT' });
  }
});

test('in no time span are more permits given than its share and the burst, all who do not give up get one, in order and no later than they may', async (t) => {
  const action = fc.oneof(
    { weight: 3, arbitrary: fc.record({ ask: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 2, arbitrary: fc.record({ move: fc.integer({ min: 0, max: 40 }).map((quarters) => quarters / 4) }) },
    { weight: 1, arbitrary: fc.record({ abort: fc.nat() }) },
  );
  const rate = fc.record({
    permits: fc.integer({ min: 1, max: 7 }),
    perMs: fc.integer({ min: 1, max: 20 }),
    burst: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), rate, async (actions, options) => {
      const clock = new TestClock();
      const limiter = new RateLimiter(clock, options);
      const intervalMs = options.perMs / options.permits;
      const grants: { index: number; atMs: number }[] = [];
      const asks: { askedMs: number; controller: AbortController }[] = [];
      const ended = new Set<number>();
      for (const one of actions) {
        if ('move' in one) await clock.advance(one.move);
        else if ('abort' in one) asks[one.abort % Math.max(1, asks.length)]?.controller.abort();
        else {
          for (let count = 0; count < one.ask; count++) {
            const index = asks.length;
            const controller = new AbortController();
            asks.push({ askedMs: clock.monotonic(), controller });
            limiter.acquire({ signal: controller.signal }).then(
              () => grants.push({ index, atMs: clock.monotonic() }),
              () => ended.add(index),
            );
          }
        }
        await settled();
      }
      await clock.advance(asks.length * intervalMs + 1);
      if (grants.length + ended.size !== asks.length || clock.timers !== 0) return false;
      const slackMs = 1e-6;
      return grants.every(({ index, atMs }, place) => {
        const before = grants[place - 1];
        const sparing = grants[place - options.burst];
        const isInOrder = before === undefined || before.index < index;
        const isSlow = sparing === undefined || atMs - sparing.atMs >= intervalMs - slackMs;
        const isInTime = atMs >= (asks[index]?.askedMs ?? Infinity);
        return isInOrder && isSlow && isInTime;
      });
    }),
  );
  t.pass();
});

test('a burst is there again after a pause, and no more than it', async (t) => {
  const clock = new TestClock();
  const limiter = new RateLimiter(clock, { permits: 10, perMs: 1_000, burst: 5 });
  const given: number[] = [];
  const ask = (count: number): void => {
    for (let index = 0; index < count; index++) void limiter.acquire().then(() => given.push(clock.monotonic()));
  };
  ask(7);
  await clock.advance(10_000);
  t.deepEqual(given.splice(0), [0, 0, 0, 0, 0, 100, 200]);
  ask(6);
  await clock.advance(1_000);
  t.deepEqual(given, [10_000, 10_000, 10_000, 10_000, 10_000, 10_100]);
});
