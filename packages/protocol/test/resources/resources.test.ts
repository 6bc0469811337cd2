import test from 'ava';
import fc from 'fast-check';
import {
  check,
  parseResources,
  ResourceQuantities,
  Resources,
  validateResources,
  type Resource,
} from '../../src/index.ts';
import { anyCountable, anyResource, anyResources } from '../support/any-resources.ts';

function read(text: string): Resources {
  const { error, value } = parseResources(text);
  if (value === undefined) throw new Error(error);
  return value;
}

const web: Resource = {
  name: 'cpus',
  type: 'SCALAR',
  scalar: { value: 1 },
  reservations: [{ type: 'STATIC', role: 'web' }],
};

const labelled = (keys: string[]): Resources =>
  Resources.of([
    { ...web, reservations: [{ type: 'DYNAMIC', role: 'web', labels: { labels: keys.map((key) => ({ key })) } }] },
  ]);

const volumeAt = (path: string): Resources =>
  Resources.of([
    {
      name: 'disk',
      type: 'SCALAR',
      scalar: { value: 5 },
      disk: { persistence: { id: 'v' }, volume: { container_path: path, mode: 'RW' } },
    },
  ]);

const wholeDisk = (value: number): Resource => ({
  name: 'disk',
  type: 'SCALAR',
  scalar: { value },
  disk: { source: { type: 'MOUNT', mount: { root: '/mnt/a' } } },
});

const anyUnshared = anyCountable.map((resources) => resources.nonShared());

test('amounts of the same resource are added up, with three exact decimals', (t) => {
  let sum = Resources.empty;
  for (let i = 0; i < 10; i += 1) sum = sum.add(read('cpus:0.1'));
  t.is(sum.cpus, 1);
  t.is(sum.size, 1);
  t.is(read('cpus:0.1').add(read('cpus:0.2')).cpus, 0.3);
  t.is(read('cpus:1.0004').cpus, 1);
});

test('resources that differ in reservation, allocation, revocability or disk are kept apart', (t) => {
  const { reservations: _reservations, ...plain } = web;
  const all = Resources.of([
    plain,
    web,
    { ...plain, revocable: {} },
    { ...plain, allocation_info: { role: 'r' } },
    { ...plain, provider_id: { value: 'p' } },
    { ...plain, reservations: [{ type: 'DYNAMIC', role: 'web' }] },
  ]);
  t.is(all.size, 6);
  t.is(all.cpus, 6);
  t.is(all.add(all).size, 6);
});

test('the order of labels in a reservation means nothing', (t) => {
  t.true(labelled(['a', 'b']).equals(labelled(['b', 'a'])));
  t.false(labelled(['a']).equals(labelled(['b'])));
});

test('how a volume is mounted does not make it another volume', (t) => {
  t.true(volumeAt('a').equals(volumeAt('b')));
});

test('whole disks are not merged into a larger one, and are taken away whole or not at all', (t) => {
  const two = Resources.of([wholeDisk(10), wholeDisk(10)]);
  t.deepEqual(two.toArray(), [wholeDisk(10), wholeDisk(10)]);
  t.is(two.disk, 20);
  t.false(two.contains(Resources.of([wholeDisk(5)])));
  t.true(two.subtract(Resources.of([wholeDisk(5)])).equals(two));
  t.deepEqual(two.subtract(Resources.of([wholeDisk(10)])).toArray(), [wholeDisk(10)]);
});

test('a shared volume is there until it has been taken away as often as it was added, and counts once', (t) => {
  const volume = Resources.of([
    { name: 'disk', type: 'SCALAR', scalar: { value: 5 }, disk: { persistence: { id: 'v' } }, shared: {} },
  ]);
  const twice = volume.add(volume);
  t.is(twice.disk, 5);
  t.is(twice.toArray().length, 1);
  t.true(twice.subtract(volume).equals(volume));
  t.true(twice.subtract(volume).subtract(volume).isEmpty());
});

test('the old way to tell a reservation is understood and answered the new way', (t) => {
  const { reservations: _reservations, ...plain } = web;
  t.deepEqual(Resources.of([{ ...plain, role: 'web' }]).toArray(), [web]);
  t.deepEqual(Resources.of([{ ...plain, role: '*' }]).toArray(), [plain]);
  t.deepEqual(Resources.of([{ ...plain, role: 'web', reservation: { principal: 'p' } }]).toArray(), [
    { ...plain, reservations: [{ type: 'DYNAMIC', role: 'web', principal: 'p' }] },
  ]);
});

test('nothing is made of empty and impossible amounts', (t) => {
  const bad: Resource[] = [
    { name: 'cpus', type: 'SCALAR', scalar: { value: 0.0001 } },
    { name: 'cpus', type: 'SCALAR', scalar: { value: -1 } },
    { name: 'cpus', type: 'SCALAR', scalar: { value: Number.NaN } },
    { name: 'cpus', type: 'SCALAR' },
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 2, end: 1 }] } },
    { name: 'disks', type: 'SET', set: {} },
    { name: 'text', type: 'TEXT' },
  ];
  t.true(Resources.of(bad).isEmpty());
});

test('what is in it is told by name', (t) => {
  const all = read('cpus:1;cpus(web):2;mem:64;disk:10;gpus:1;ports:[1-3];ports(web):[4-5];disks:{b,a}');
  t.deepEqual([all.cpus, all.mem, all.disk, all.gpus, all.scalar('nothing')], [3, 64, 10, 1, 0]);
  t.deepEqual(all.ports, [{ begin: 1, end: 5 }]);
  t.deepEqual(all.items('disks'), ['a', 'b']);
  t.deepEqual(all.names(), ['cpus', 'mem', 'disk', 'gpus', 'ports', 'disks']);
  t.true(all.has('gpus'));
  t.false(all.has('tpus'));
  t.is(String(all.named('cpus')), 'cpus:1; cpus(reservations: [(STATIC,web)]):2');
  t.deepEqual(all.scalarQuantities.toObject(), { cpus: 3, disk: 10, gpus: 1, mem: 64 });
  t.deepEqual(all.quantities.toObject(), { cpus: 3, disk: 10, disks: 2, gpus: 1, mem: 64, ports: 5 });
});

test('it is printed in the words of Mesos', (t) => {
  t.is(
    String(read('cpus:4;mem:2048;ports:[31000-31005,31010-31010];disks:{a,b}')),
    'cpus:4; mem:2048; ports:[31000-31005, 31010-31010]; disks:{a, b}',
  );
  t.is(String(Resources.empty), '{}');
  t.is(String(Resources.of([web]).allocate('dev')), 'cpus(allocated: dev)(reservations: [(STATIC,web)]):1');
  const volume: Resource = {
    name: 'disk',
    type: 'SCALAR',
    scalar: { value: 1.5 },
    reservations: [
      { type: 'DYNAMIC', role: 'web', principal: 'p', labels: { labels: [{ key: 'k', value: 'v' }, { key: 'l' }] } },
    ],
    disk: {
      persistence: { id: 'v' },
      source: { type: 'PATH', path: { root: '/d' } },
      volume: { container_path: 'data', host_path: '/h', mode: 'RO' },
    },
    shared: {},
    revocable: {},
  };
  t.is(
    String(Resources.of([volume])),
    'disk(reservations: [(DYNAMIC,web,p,{k: v, l})])[PATH:/d,v:/h:data:ro]{REV}<SHARED>:1.5',
  );
  t.is(
    String(
      Resources.of([
        { name: 'disk', type: 'SCALAR', scalar: { value: 1 }, disk: { source: { type: 'RAW', id: 'i', vendor: 'x' } } },
      ]),
    ),
    'disk[RAW(x,i,)]:1',
  );
});

test('parts are chosen by reservation, allocation and kind', (t) => {
  const all = read('cpus:1;cpus(web):2;cpus(web/eu):3');
  t.is(all.reserved().cpus, 5);
  t.is(all.reserved('web').cpus, 2);
  t.is(all.unreserved().cpus, 1);
  t.is(all.allocatableTo('web').cpus, 3);
  t.is(all.allocatableTo('web/eu').cpus, 6);
  t.is(all.allocatableTo('website').cpus, 1);
  t.deepEqual([...all.reservations().keys()], ['web', 'web/eu']);
  const mixed = all.allocate('a').add(read('mem:1').allocate('b')).add(read('gpus:1'));
  t.deepEqual(
    [...mixed.allocations()].map(([role, part]) => `${role} ${part.cpus} ${part.mem}`),
    ['a 6 0', 'b 0 1'],
  );
  const revocable = Resources.of([{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, revocable: {} }]);
  t.true(all.add(revocable).revocable().equals(revocable));
  t.true(all.add(revocable).nonRevocable().equals(all));
  t.is(all.filter((resource) => resource.scalar?.value === 2).cpus, 2);
});

test('what differed only in allocation is one resource when the allocation is the same', (t) => {
  const mixed = read('cpus:1').allocate('a').add(read('cpus:2').allocate('b'));
  t.is(mixed.size, 2);
  t.is(mixed.allocate('c').size, 1);
  t.is(String(mixed.unallocate()), 'cpus:3');
});

test('reservations are pushed and popped', (t) => {
  const refined = Resources.of([web]).pushReservation({ type: 'DYNAMIC', role: 'web/eu' });
  t.is(refined.reserved('web/eu').cpus, 1);
  t.deepEqual(refined.popReservation().toArray(), [web]);
  t.is(String(refined.toUnreserved()), 'cpus:1');
  t.is(String(read('cpus:1;cpus(web):2').toUnreserved()), 'cpus:3');
});

test('a request takes what is reserved for its role first, then what is unreserved, then the rest', (t) => {
  const pool = read('cpus(other):4;cpus:2;cpus(web):1').allocate('web');
  const found = pool.find(read('cpus(web):2'));
  t.is(String(found), 'cpus(allocated: web)(reservations: [(STATIC,web)]):1; cpus(allocated: web):1');
  t.is(
    String(pool.find(read('cpus:3'))),
    'cpus(allocated: web):2; cpus(allocated: web)(reservations: [(STATIC,other)]):1',
  );
  t.is(pool.find(read('cpus:8')), undefined);
  t.is(pool.find(read('mem:1')), undefined);
  t.is(pool.find(read('cpus:1').allocate('elsewhere')), undefined);
  t.is(String(read('ports:[1-9];disks:{a,b}').find(read('ports:[2-3];disks:{b}'))), 'ports:[2-3]; disks:{b}');
});

test('two targets do not find the same amount', (t) => {
  const pool = read('cpus:2;cpus(web):1');
  t.is(pool.find(read('cpus:2;cpus(web):1'))?.cpus, 3);
  t.is(pool.find(read('cpus:2;cpus(web):2')), undefined);
});

test('quantities are contained whatever they are reserved for', (t) => {
  const pool = read('cpus:1;cpus(web):1;ports:[1-3]');
  t.true(pool.containsQuantities(ResourceQuantities.fromScalars({ cpus: 2, ports: 3 })));
  t.false(pool.containsQuantities(ResourceQuantities.fromScalars({ cpus: 2.001 })));
});

test('adding is commutative and associative, and nothing is neutral', (t) => {
  fc.assert(
    fc.property(anyResources, anyResources, anyResources, (a, b, c) => {
      t.true(a.add(b).equals(b.add(a)));
      t.true(
        a
          .add(b)
          .add(c)
          .equals(a.add(b.add(c))),
      );
      t.true(a.add(Resources.empty).equals(a));
    }),
  );
});

test('subtracting undoes adding, of whatever does not overlap', (t) => {
  fc.assert(
    fc.property(anyCountable, anyCountable, (a, b) => {
      t.true(a.add(b).subtract(b).equals(a));
      t.true(a.add(b).contains(a));
      t.true(a.subtract(a).isEmpty());
    }),
  );
});

test('adding back what was taken away restores the whole, of every kind', (t) => {
  fc.assert(
    fc.property(anyResources, anyResources, (a, b) => {
      const all = a.add(b);
      t.true(all.contains(a));
      t.true(all.subtract(a).add(a).equals(all));
    }),
  );
});

test('what is taken away is gone', (t) => {
  fc.assert(
    fc.property(anyResources, anyResources, (a, b) => {
      const rest = a.subtract(b);
      t.true(a.contains(rest));
      t.true(a.subtract(b).subtract(b).contains(Resources.empty));
      if (b.contains(a)) t.true(rest.isEmpty());
    }),
  );
});

test('containing is a partial order', (t) => {
  fc.assert(
    fc.property(anyResources, anyResources, anyResources, (a, b, c) => {
      const [ab, abc] = [a.add(b), a.add(b).add(c)];
      t.true(a.contains(a));
      t.is(a.contains(b) && b.contains(a), a.equals(b));
      t.true(abc.contains(ab) && ab.contains(a) && abc.contains(a));
      if (a.contains(b) && b.contains(c)) t.true(a.contains(c));
    }),
  );
});

test('told as messages and collected again it is the same, and every message is valid', (t) => {
  fc.assert(
    fc.property(fc.array(anyResource, { maxLength: 6 }), (list) => {
      const all = Resources.of(list.filter((resource) => resource.shared === undefined));
      const messages = all.toArray();
      t.is(validateResources(messages), undefined);
      for (const message of messages) check('mesos.v1.Resource', message);
      t.true(Resources.of(messages).equals(all));
    }),
  );
});

test('quantities add up as resources do', (t) => {
  fc.assert(
    fc.property(anyUnshared, anyUnshared, (a, b) => {
      t.true(a.add(b).scalarQuantities.equals(a.scalarQuantities.add(b.scalarQuantities)));
    }),
  );
});

test('what is found is as much as was asked for, and is there', (t) => {
  fc.assert(
    fc.property(anyCountable, anyCountable, (pool, other) => {
      const all = pool.add(other);
      const found = all.find(pool);
      t.true(found !== undefined && all.contains(found));
      t.true(found?.scalarQuantities.equals(pool.scalarQuantities));
    }),
  );
});
