import fc from 'fast-check';
import test from 'ava';
import { Backoff, SeededRandom, deferred, retry } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { outcome, settled } from '../support/promises.ts';

function runtime(): { clock: TestClock; random: SeededRandom } {
  return { clock: new TestClock(), random: new SeededRandom(1) };
}

test('what fails is tried again after delays that double up to a bound, on the clock of the runtime', async (t) => {
  const { clock, random } = runtime();
  const attempts: { number: number; atMs: number }[] = [];
  const told: string[] = [];
  const result = outcome(
    retry(
      { clock, random },
      ({ number }) => {
        attempts.push({ number, atMs: clock.monotonic() });
        if (number < 6) throw new Error(`attempt ${number}`);
        return 'done';
      },
      {
        attemptsMax: 10,
        backoff: { minMs: 100, maxMs: 500, jitter: 0 },
        onRetry: (error, attempt, delayMs) => told.push(`${String(error)} ${attempt} ${delayMs}`),
      },
    ),
  );
  await clock.advance(10_000);
  t.is(result.value, 'done');
  t.deepEqual(
    attempts.map(({ atMs }) => atMs),
    [0, 100, 300, 700, 1_200, 1_700],
  );
  t.is(told[2], 'Error: attempt 3 3 400');
  t.deepEqual([told.length, clock.timers], [5, 0]);
});

test('a retry ends with the last error after so many attempts, and with the first that is not to be tried again', async (t) => {
  const { clock, random } = runtime();
  let attempts = 0;
  const failing = (): never => {
    throw new Error(`failed ${++attempts}`);
  };
  const bounded = outcome(retry({ clock, random }, failing));
  await clock.advance(60_000);
  t.like(bounded.reason, { message: 'failed 5' });
  await t.throwsAsync(
    retry({ clock, random }, failing, { retryIf: (error) => (error as Error).message !== 'failed 6' }),
    { message: 'failed 6' },
  );
  t.is(clock.timers, 0);
});

test('aborting a retry ends its delay at once, and tells the attempt that is under way', async (t) => {
  const { clock, random } = runtime();
  const waiting = new AbortController();
  const delayed = outcome(
    retry({ clock, random }, () => Promise.reject(new Error('broken')), { signal: waiting.signal }),
  );
  await settled();
  t.is(clock.timers, 2);
  waiting.abort(new Error('enough'));
  await settled();
  t.like(delayed.reason, { message: 'enough' });
  const working = new AbortController();
  const under = outcome(
    retry(
      { clock, random },
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('interrupted'));
          });
        }),
      { signal: working.signal },
    ),
  );
  working.abort(new Error('stop'));
  await settled();
  t.like(under.reason, { message: 'stop' });
  await t.throwsAsync(
    retry({ clock, random }, () => t.fail(), { signal: working.signal }),
    { message: 'stop' },
  );
  t.is(clock.timers, 0);
});

test('a retry whose time is over ends with TIMED_OUT and keeps the last error', async (t) => {
  const { clock, random } = runtime();
  const result = outcome(
    retry({ clock, random }, () => Promise.reject(new Error('refused')), { attemptsMax: Infinity, timeoutMs: 5_000 }),
  );
  await clock.advance(4_999);
  t.is(result.state, 'pending');
  await clock.advance(1);
  t.like(result.reason, { code: 'TIMED_OUT', cause: { message: 'refused' } });
  const gate = deferred<string>();
  const late = outcome(retry({ clock, random }, () => gate.promise, { timeoutMs: 10 }));
  await clock.advance(20);
  gate.resolve('in the end');
  await settled();
  t.is(late.value, 'in the end');
  t.is(clock.timers, 0);
});

test('delays grow within their bounds, are jittered by the part that was asked for, and begin again after a reset', (t) => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.record({
        minMs: fc.integer({ min: 0, max: 1_000 }),
        maxMs: fc.integer({ min: 1_000, max: 100_000 }),
        factor: fc.double({ min: 1, max: 10, noNaN: true }),
        jitter: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      (seed, options) => {
        const backoff = new Backoff(new SeededRandom(seed), options);
        const isWithin = (delayMs: number, fullMs: number): boolean =>
          delayMs <= fullMs + 1e-6 && delayMs >= fullMs * (1 - options.jitter) - 1e-6;
        let fullMs = options.minMs;
        for (let attempt = 0; attempt < 1_000; attempt++) {
          if (!isWithin(backoff.next(), fullMs)) return false;
          fullMs = Math.min(options.maxMs, fullMs * options.factor);
        }
        backoff.reset();
        return isWithin(backoff.next(), options.minMs);
      },
    ),
    { numRuns: 50 },
  );
  for (const options of [
    { minMs: -1 },
    { minMs: 2, maxMs: 1 },
    { factor: 0.5 },
    { jitter: 2 },
    { jitter: Number.NaN },
  ]) {
    t.throws(() => new Backoff(new SeededRandom(1), options), { code: 'INVARIANT' });
  }
});
