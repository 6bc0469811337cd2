import test from 'ava';
import { authenticationTimeoutMs } from '../src/authentication.ts';

test('a master may take longer with each attempt that failed, at random and up to a bound', (t) => {
  const patience = { minMs: 5000, maxMs: 60_000, factorMs: 1000 };
  t.is(authenticationTimeoutMs(patience, 0, 0), 5000);
  t.is(authenticationTimeoutMs(patience, 0, 1), 7000);
  t.is(authenticationTimeoutMs(patience, 3, 0.5), 13_000);
  t.is(authenticationTimeoutMs(patience, 20, 1), 60_000);
  t.is(authenticationTimeoutMs({ ...patience, maxMs: 1000 }, 0, 1), 1000);
});
