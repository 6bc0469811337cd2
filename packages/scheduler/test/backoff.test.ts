import test from 'ava';
import { subscribeDelayMs } from '../src/backoff.ts';

const bound = (attempts: number, failoverTimeoutSeconds?: number): number =>
  subscribeDelayMs({ attempts, firstMs: 2_000, failoverTimeoutSeconds, random: 1 });

test('the bound of the wait doubles with each attempt, up to a minute', (t) => {
  t.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, 7, 1000].map((attempts) => bound(attempts)),
    [2_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000],
  );
});

test('the bound is at most a tenth of the failover timeout', (t) => {
  t.is(bound(9, 100), 10_000);
  t.is(bound(9, 0), 60_000);
});

test('the wait is a random part of the bound, and long enough for an answer to arrive', (t) => {
  t.is(subscribeDelayMs({ attempts: 2, firstMs: 2_000, failoverTimeoutSeconds: undefined, random: 0.25 }), 1_000);
  t.is(subscribeDelayMs({ attempts: 2, firstMs: 2_000, failoverTimeoutSeconds: undefined, random: 0 }), 50);
});
