import test from 'ava';
import fc from 'fast-check';
import { IntervalSet, positionsOf, sizeOf } from '../src/interval-set.ts';

test('a set of intervals has what a set of numbers has after the same changes, in as few intervals as there can be', (t) => {
  const range = fc.tuple(fc.nat(40), fc.integer({ min: -1, max: 12 }));
  const changes = fc.array(fc.tuple(fc.boolean(), range), { maxLength: 40 });
  fc.assert(
    fc.property(changes, range, (list, [first, length]) => {
      const set = new IntervalSet();
      const plain = new Set<number>();
      for (const [adds, [from, more]] of list) {
        if (adds) set.add(from, from + more);
        else set.remove(from, from + more);
        for (let position = from; position <= from + more; position++) {
          if (adds) plain.add(position);
          else plain.delete(position);
        }
      }
      const intervals = set.within();
      const numbers = intervals.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
      t.deepEqual(
        numbers,
        [...plain].toSorted((one, two) => one - two),
      );
      t.is(set.size, plain.size);
      t.is(set.length, intervals.length);
      for (let position = 0; position < 60; position++) t.is(set.has(position), plain.has(position));
      for (const [index, { from, to }] of intervals.entries()) {
        t.true(from <= to);
        if (index > 0) t.true((intervals[index - 1]?.to ?? 0) + 1 < from, 'intervals do not touch');
        t.deepEqual(set.containing(to), { from, to });
      }
      const cut = set.within(first, first + length);
      const inside = cut.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
      t.deepEqual(
        inside,
        numbers.filter((n) => n >= first && n <= first + length),
      );
      const open = Array.from({ length: length + 1 }, (_, i) => first + i).filter((n) => !plain.has(n));
      t.deepEqual([...positionsOf(set.missing(first, first + length))], open);
      t.deepEqual([...positionsOf(set.missing(first, first + length, 3))], open.slice(0, 3));
      t.is(sizeOf(set.missing(first, first + length)), open.length);
      t.is(set.intersects(first, first + length), inside.length > 0);
      t.deepEqual(set.last, intervals.at(-1));
      t.deepEqual(new IntervalSet(intervals).within(), intervals);
    }),
    { numRuns: 500 },
  );
});
