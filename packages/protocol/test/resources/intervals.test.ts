import test from 'ava';
import fc from 'fast-check';
import {
  covers,
  intersect,
  intervalsCount,
  intervalsOf,
  rangesOf,
  unite,
  without,
  type Intervals,
} from '../../src/resources/intervals.ts';

const anyIntervals = fc
  .array(fc.tuple(fc.nat(30), fc.nat(6)), { maxLength: 6 })
  .map((list) => intervalsOf(list.map(([begin, length]) => ({ begin, end: begin + length }))));

function members(intervals: Intervals): Set<number> {
  const all = new Set<number>();
  for (const { begin, end } of rangesOf(intervals)) for (let n = begin; n <= end; n += 1) all.add(n);
  return all;
}

function intervalsOfMembers(all: Iterable<number>): Intervals {
  return intervalsOf([...all].map((n) => ({ begin: n, end: n })));
}

test('overlapping and adjacent ranges are joined, inverted ones left out', (t) => {
  const ranges = [
    { begin: 5, end: 7 },
    { begin: 1, end: 2 },
    { begin: 3, end: 3 },
    { begin: 6, end: 9 },
    { begin: 20, end: 19 },
  ];
  t.deepEqual(intervalsOf(ranges), [1, 3, 5, 9]);
});

test('the operations are those of sets', (t) => {
  fc.assert(
    fc.property(anyIntervals, anyIntervals, (a, b) => {
      const [left, right] = [members(a), members(b)];
      t.deepEqual(unite(a, b), intervalsOfMembers([...left, ...right]));
      t.deepEqual(without(a, b), intervalsOfMembers([...left].filter((n) => !right.has(n))));
      t.deepEqual(intersect(a, b), intervalsOfMembers([...left].filter((n) => right.has(n))));
      t.is(
        covers(a, b),
        [...right].every((n) => left.has(n)),
      );
      t.is(intervalsCount(a), left.size);
    }),
    { numRuns: 500 },
  );
});
