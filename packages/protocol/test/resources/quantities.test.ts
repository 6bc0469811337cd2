import test from 'ava';
import fc from 'fast-check';
import { ResourceQuantities } from '../../src/index.ts';

const anyQuantities = fc
  .array(fc.tuple(fc.constantFrom('cpus', 'mem', 'disk'), fc.integer({ min: -5, max: 1000 })))
  .map((entries) => ResourceQuantities.of(entries));

test('amounts are kept in thousandths, sorted by name, without what is nothing', (t) => {
  const quantities = ResourceQuantities.of([
    ['mem', 64_000],
    ['cpus', 100],
    ['cpus', 200],
    ['gpus', 0],
  ]);
  t.deepEqual(
    [...quantities.entries()],
    [
      ['cpus', 300],
      ['mem', 64_000],
    ],
  );
  t.deepEqual([quantities.get('cpus'), quantities.milli('cpus'), quantities.get('gpus')], [0.3, 300, 0]);
  t.is(String(quantities), 'cpus:0.3; mem:64');
  t.is(String(ResourceQuantities.empty), '{}');
  t.true(ResourceQuantities.fromScalars({ cpus: 0.3, mem: 64, gpus: 0 }).equals(quantities));
});

test('more than there is cannot be taken away', (t) => {
  const rest = ResourceQuantities.fromScalars({ cpus: 1, mem: 1 }).subtract(
    ResourceQuantities.fromScalars({ cpus: 2, gpus: 1 }),
  );
  t.deepEqual(rest.toObject(), { mem: 1 });
});

test('adding is commutative, and subtracting undoes it', (t) => {
  fc.assert(
    fc.property(anyQuantities, anyQuantities, (a, b) => {
      t.true(a.add(b).equals(b.add(a)));
      t.true(a.add(b).subtract(b).equals(a));
      t.true(a.add(b).contains(a));
      t.is(a.contains(b) && b.contains(a), a.equals(b));
      t.is(a.subtract(b).isEmpty(), b.contains(a));
    }),
  );
});
