import test from 'ava';
import { downgradeResource, upgradeResource, type Resource } from '../../src/index.ts';

const cpus: Resource = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } };

const pairs: readonly [string, Resource, Resource][] = [
  ['unreserved', { ...cpus, role: '*' }, cpus],
  ['statically reserved', { ...cpus, role: 'web' }, { ...cpus, reservations: [{ type: 'STATIC', role: 'web' }] }],
  [
    'dynamically reserved',
    { ...cpus, role: 'web', reservation: { principal: 'p' } },
    { ...cpus, reservations: [{ type: 'DYNAMIC', role: 'web', principal: 'p' }] },
  ],
];

for (const [kind, old, now] of pairs) {
  test(`a resource that is ${kind} is told the new way and the old way`, (t) => {
    t.deepEqual(upgradeResource(old), now);
    t.deepEqual(downgradeResource(now), old);
    t.is(upgradeResource(now), now);
  });
}

test('of a resource told both ways the new one stays', (t) => {
  const reservations = [{ type: 'STATIC' as const, role: 'web' }];
  t.deepEqual(upgradeResource({ ...cpus, role: 'web', reservations }), { ...cpus, reservations });
});

test('a refined reservation cannot be told the old way', (t) => {
  const refined: Resource = {
    ...cpus,
    reservations: [
      { type: 'STATIC', role: 'web' },
      { type: 'DYNAMIC', role: 'web/eu' },
    ],
  };
  t.is(downgradeResource(refined), undefined);
});
