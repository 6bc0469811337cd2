import test from 'ava';
import { backoffMs } from '../src/index.ts';

test('waits are random below a bound that doubles up to a maximum, and have a minimum', (t) => {
  const options = { firstMs: 100, maxMs: 1_000, random: 0.5 };
  t.deepEqual(
    [0, 1, 2, 3, 4, 5, 50].map((attempts) => backoffMs({ ...options, attempts })),
    [50, 50, 100, 200, 400, 500, 500],
  );
  t.is(backoffMs({ ...options, attempts: 1, random: 0, minMs: 20 }), 20);
});
