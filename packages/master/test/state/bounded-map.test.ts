import test from 'ava';
import { BoundedMap } from '../../src/state/bounded-map.ts';

test('a full map forgets the entry that was set first', (t) => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  t.deepEqual(
    [...map],
    [
      ['a', 3],
      ['c', 4],
    ],
  );
  t.false(map.has('b'));
  t.is(map.size, 2);
});

test('a map of no entries keeps none', (t) => {
  const map = new BoundedMap<string, number>(0);
  map.set('a', 1);
  t.is(map.size, 0);
});
