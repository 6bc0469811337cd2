// Random resources for the properties of their arithmetic.
import fc from 'fast-check';
import { Resources, type Resource, type Resource_ReservationInfo } from '../../src/index.ts';

const milli = fc.integer({ min: 1, max: 100_000 }).map((amount) => amount / 1000);

const scalar = fc.tuple(fc.constantFrom('cpus', 'mem', 'gpus'), milli);

const anyScalar: fc.Arbitrary<Resource> = scalar.map(([name, value]) => ({ name, type: 'SCALAR', scalar: { value } }));

const ranges = fc.array(fc.tuple(fc.nat(40), fc.nat(5)), { minLength: 1, maxLength: 4 });

const anyRanges: fc.Arbitrary<Resource> = ranges.map((list) => ({
  name: 'ports',
  type: 'RANGES',
  ranges: { range: list.map(([begin, length]) => ({ begin, end: begin + length })) },
}));

const items = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });

const anySet: fc.Arbitrary<Resource> = items.map((item) => ({ name: 'disks', type: 'SET', set: { item } }));

const wholeDisk = fc.record({ root: fc.constantFrom('/mnt/a', '/mnt/b'), value: fc.constantFrom(10, 20) });

const anyWholeDisk: fc.Arbitrary<Resource> = wholeDisk.map(({ root, value }) => ({
  name: 'disk',
  type: 'SCALAR',
  scalar: { value },
  disk: { source: { type: 'MOUNT', mount: { root } } },
}));

const volume = fc.record({ id: fc.constantFrom('v1', 'v2'), isShared: fc.boolean() });

const anyVolume: fc.Arbitrary<Resource> = volume.map(({ id, isShared }) => ({
  name: 'disk',
  type: 'SCALAR',
  scalar: { value: 5 },
  disk: { persistence: { id } },
  reservations: [{ type: 'DYNAMIC', role: 'web' }],
  ...(isShared ? { shared: {} } : {}),
}));

const reservations: fc.Arbitrary<Resource_ReservationInfo[]> = fc.constantFrom(
  [],
  [{ type: 'STATIC', role: 'web' }],
  [{ type: 'DYNAMIC', role: 'web', principal: 'p', labels: { labels: [{ key: 'k', value: 'v' }] } }],
  [
    { type: 'STATIC', role: 'web' },
    { type: 'DYNAMIC', role: 'web/eu' },
  ],
);

const details = fc.record({ reservations, role: fc.constantFrom(undefined, 'r1', 'r2'), isRevocable: fc.boolean() });

const anyDetailed: fc.Arbitrary<Resource> = fc
  .tuple(fc.oneof(anyScalar, anyRanges, anySet), details)
  .map(([resource, { isRevocable, reservations: list, role }]) => ({
    ...resource,
    ...(list.length === 0 ? {} : { reservations: list }),
    ...(role === undefined ? {} : { allocation_info: { role } }),
    ...(isRevocable ? { revocable: {} } : {}),
  }));

/** A resource of any kind. */
export const anyResource: fc.Arbitrary<Resource> = fc.oneof(
  anyScalar,
  anyRanges,
  anySet,
  anyWholeDisk,
  anyVolume,
  anyDetailed,
);

const collected = (list: readonly Resource[]): Resources => Resources.of(list);

/** A collection of resources of any kind. */
export const anyResources: fc.Arbitrary<Resources> = fc.array(anyResource, { maxLength: 6 }).map(collected);

/** A collection of scalars and whole disks and volumes: what adds up without overlapping. */
export const anyCountable: fc.Arbitrary<Resources> = anyResources.map((resources) => resources.scalars());

/** A collection that the command line can give. */
export const anyGiven: fc.Arbitrary<Resources> = fc
  .array(fc.tuple(fc.oneof(anyScalar, anyRanges, anySet, anyWholeDisk), fc.constantFrom(undefined, 'web', 'eng/dev')), {
    maxLength: 6,
  })
  .map((list) =>
    Resources.of(
      list.map(([resource, role]) =>
        role === undefined ? resource : { ...resource, reservations: [{ type: 'STATIC' as const, role }] },
      ),
    ),
  );
