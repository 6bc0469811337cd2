import test from 'ava';
import fc from 'fast-check';
import { linearization, logModel } from '../../src/testing/index.ts';
import type { LogOperation, LogOutcome, Operation } from '../../src/testing/index.ts';

type LogHistory = Operation<LogOperation, LogOutcome>[];

function append(value: string, calledAt: number, returnedAt?: number, position?: number): LogHistory[number] {
  const input = { type: 'append', value } as const;
  if (returnedAt === undefined || position === undefined) return { input, calledAt };
  return { input, calledAt, returnedAt, output: position };
}

function read(values: readonly string[], calledAt: number, returnedAt: number): LogHistory[number] {
  return { input: { type: 'read' }, calledAt, returnedAt, output: values };
}

test('one after the other, and at the same time in any order, appends and reads are linearizable', (t) => {
  t.truthy(linearization([append('a', 0, 1, 1), read(['a'], 2, 3), append('b', 4, 5, 2)], logModel));
  t.truthy(linearization([append('a', 0, 5, 2), append('b', 1, 4, 1), read(['b'], 2, 3)], logModel));
});

test('a read that misses what was acknowledged before it is found', (t) => {
  t.is(linearization([append('a', 0, 1, 1), read([], 2, 3)], logModel), undefined);
});

test('positions against the order of time are found', (t) => {
  t.is(linearization([append('a', 0, 1, 2), append('b', 2, 3, 1)], logModel), undefined);
});

test('two reads that see different orders are found', (t) => {
  const history = [append('a', 0, 9, 1), append('b', 0, 9, 2), read(['a'], 1, 2), read(['b'], 3, 4)];
  t.is(linearization(history, logModel), undefined);
});

test('an append without an answer may be there, early or late, or not; but it is there for all who come after one that has seen it', (t) => {
  t.truthy(linearization([append('a', 0), read([], 1, 2)], logModel));
  t.truthy(linearization([append('a', 0), read([], 1, 2), read(['a'], 3, 4)], logModel));
  t.is(linearization([append('a', 0), read(['a'], 1, 2), read([], 3, 4)], logModel), undefined);
});

/** The same by trying every order. */
function byBruteForce(history: LogHistory): boolean {
  const go = (left: LogHistory, state: typeof logModel.initial): boolean => {
    if (left.every(({ returnedAt }) => returnedAt === undefined)) return true;
    return left.some((operation) => {
      const others = left.filter((other) => other !== operation);
      if (others.some(({ returnedAt = Infinity }) => returnedAt < operation.calledAt)) return false;
      const next = logModel.apply(state, operation.input, operation.output);
      return next !== undefined && go(others, next);
    });
  };
  return go(history, logModel.initial);
}

test('it answers what trying every order answers', (t) => {
  const time = fc.tuple(fc.nat(12), fc.nat(4)).map(([at, more]) => [2 * at, 2 * (at + more) + 1] as const);
  const value = fc.constantFrom('a', 'b');
  const operation = fc.oneof(
    fc.tuple(value, time, fc.nat(3)).map(([v, [from, to], position]) => append(v, from, to, position)),
    fc.tuple(value, time).map(([v, [from]]) => append(v, from)),
    fc.tuple(fc.array(value, { maxLength: 3 }), time).map(([values, [from, to]]) => read(values, from, to)),
  );
  let linearizable = 0;
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 5 }), (history) => {
      const expected = byBruteForce(history);
      if (expected) linearizable++;
      t.is(linearization(history, logModel) !== undefined, expected);
    }),
    { numRuns: 2_000 },
  );
  t.true(linearizable > 100);
});
