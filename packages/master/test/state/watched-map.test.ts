import test from 'ava';
import fc from 'fast-check';
import { Changes, WatchedRecord, watched } from '../../src/state/changes.ts';
import { WatchedMap, WatchedSet } from '../../src/state/watched-map.ts';

class Person extends WatchedRecord {
  declare name: string;
  age = 0;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

watched(Person, ['name']);

test('who repeats what a map tells of its changes has the same entries in the same order', (t) => {
  const operation = fc.tuple(fc.constantFrom('set', 'delete', 'touch', 'clear'), fc.nat(6));
  fc.assert(
    fc.property(fc.array(fc.array(operation, { maxLength: 12 }), { maxLength: 8 }), (rounds) => {
      const changes = new Changes();
      changes.watch();
      const map = new WatchedMap<number, { readonly value: number }>({ changes }, 'numbers');
      const copy = new Map<number, unknown>();
      let value = 0;
      for (const round of rounds) {
        for (const [what, key] of round) {
          if (what === 'set') map.set(key, { value: value++ });
          else if (what === 'delete') map.delete(key);
          else if (what === 'touch') map.touch(key);
          else if (key === 0) map.clear();
        }
        const isTold = changes.maps.delete(map);
        const changed = map.takeChanged();
        t.is(isTold, changed.size > 0);
        for (const [key, change] of changed) {
          if (change !== 'set') copy.delete(key);
          if (change !== 'deleted') copy.set(key, map.get(key));
        }
        t.deepEqual([...copy], [...map]);
      }
    }),
    { numRuns: 300 },
  );
});

test('a record tells when a watched property is replaced by another value, once somebody watches', (t) => {
  const changes = new Changes();
  const person = new Person('ann');
  person.name = 'ben';
  person.join(changes);
  person.name = 'cid';
  t.is(person.name, 'cid');
  t.true(changes.isEmpty);
  changes.watch();
  const { revision } = changes;
  person.age = 7;
  person.name = 'cid';
  t.true(changes.isEmpty);
  t.is(changes.revision, revision);
  person.name = 'dan';
  t.deepEqual([...changes.records], [person]);
  t.not(changes.revision, revision);
  changes.unwatch();
  t.true(changes.isEmpty);
});

test('a set tells when a member comes or goes', (t) => {
  let told = 0;
  const set = new WatchedSet<string>(() => {
    told++;
  });
  set.add('a').add('a');
  t.is(told, 1);
  set.delete('b');
  t.is(told, 1);
  set.delete('a');
  t.is(told, 2);
  set.add('c');
  set.clear();
  t.is(told, 4);
});

test('what has changed before somebody watches is not told of', (t) => {
  const changes = new Changes();
  const map = new WatchedMap<string, number>({ changes }, 'numbers');
  map.set('before', 1);
  changes.watch();
  map.set('after', 2);
  t.deepEqual([...map.takeChanged()], [['after', 'added']]);
});
