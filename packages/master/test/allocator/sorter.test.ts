import { ResourceQuantities } from '@mesos-ts/protocol';
import test from 'ava';
import fc from 'fast-check';
import { DrfSorter, Totals } from '../../src/index.ts';

function quantities(units: Record<string, number>): ResourceQuantities {
  return ResourceQuantities.fromScalars(units);
}

function sorterOf(
  total: Record<string, number>,
  excluded: readonly string[] = [],
): { cluster: Totals; sorter: DrfSorter<string> } {
  const cluster = new Totals();
  cluster.add(quantities(total));
  return { cluster, sorter: new DrfSorter<string>({ cluster, excluded: new Set(excluded) }) };
}

function join(sorter: DrfSorter<string>, ...clients: readonly string[]): void {
  for (const client of clients) {
    sorter.add(client, client);
    sorter.activate(client);
  }
}

test('the client with the smaller dominant share comes first', (t) => {
  const { sorter } = sorterOf({ cpus: 100, mem: 100 });
  join(sorter, 'a', 'b', 'c');
  sorter.allocated('a', quantities({ cpus: 5, mem: 5 }));
  sorter.allocated('b', quantities({ cpus: 6, mem: 6 }));
  t.deepEqual([...sorter.order()], ['c', 'a', 'b']);
  sorter.allocated('c', quantities({ cpus: 1, mem: 20 }));
  t.deepEqual([...sorter.order()], ['a', 'b', 'c']);
  sorter.unallocated('c', quantities({ mem: 20 }));
  t.deepEqual([...sorter.order()], ['c', 'a', 'b']);
});

test('of equal shares, the client that was allocated to less often comes first, then the one whose name does', (t) => {
  const { sorter } = sorterOf({ cpus: 10 });
  join(sorter, 'b', 'a', 'c');
  t.deepEqual([...sorter.order()], ['a', 'b', 'c']);
  sorter.allocated('a', quantities({ cpus: 1 }));
  sorter.unallocated('a', quantities({ cpus: 1 }));
  t.deepEqual([...sorter.order()], ['b', 'c', 'a']);
});

test('a weight divides the share', (t) => {
  const { sorter } = sorterOf({ cpus: 100 });
  sorter.setWeight('b', 3);
  join(sorter, 'a', 'b');
  sorter.allocated('a', quantities({ cpus: 2 }));
  sorter.allocated('b', quantities({ cpus: 5 }));
  t.deepEqual([...sorter.order()], ['b', 'a']);
  sorter.setWeight('b', 2);
  t.deepEqual([...sorter.order()], ['a', 'b']);
});

test('the shares follow the size of the cluster', (t) => {
  const { cluster, sorter } = sorterOf({ cpus: 100, mem: 10 });
  join(sorter, 'a', 'b');
  sorter.allocated('a', quantities({ cpus: 40 }));
  sorter.allocated('b', quantities({ mem: 5 }));
  t.deepEqual([...sorter.order()], ['a', 'b']);
  cluster.add(quantities({ mem: 90 }));
  t.deepEqual([...sorter.order()], ['b', 'a']);
});

test('resources that are excluded do not count', (t) => {
  const { sorter } = sorterOf({ cpus: 100, gpus: 1 }, ['gpus']);
  join(sorter, 'a', 'b');
  sorter.allocated('a', quantities({ gpus: 1 }));
  sorter.allocated('b', quantities({ cpus: 1 }));
  t.deepEqual([...sorter.order()], ['a', 'b']);
});

test('clients below one parent compete with what they have together', (t) => {
  const { sorter } = sorterOf({ cpus: 100 });
  join(sorter, 'a', 'b/x', 'b/y');
  sorter.allocated('a', quantities({ cpus: 5 }));
  sorter.allocated('b/x', quantities({ cpus: 4 }));
  sorter.allocated('b/y', quantities({ cpus: 3 }));
  t.deepEqual([...sorter.order()], ['a', 'b/y', 'b/x']);
  sorter.remove('b/x');
  t.deepEqual([...sorter.order()], ['b/y', 'a']);
});

test('a client can be an ancestor of clients, and stays itself when they are gone', (t) => {
  const { sorter } = sorterOf({ cpus: 100 });
  join(sorter, 'a', 'b');
  sorter.allocated('a', quantities({ cpus: 2 }));
  join(sorter, 'a/x');
  sorter.allocated('a/x', quantities({ cpus: 1 }));
  sorter.allocated('b', quantities({ cpus: 2 }));
  t.deepEqual([...sorter.order()], ['b', 'a/x', 'a']);
  sorter.deactivate('a');
  t.deepEqual([...sorter.order()], ['b', 'a/x']);
  sorter.remove('a/x');
  t.deepEqual([...sorter.order()], ['b']);
  sorter.activate('a');
  t.is(sorter.share('a'), 0.02);
  t.deepEqual([...sorter.order()], ['a', 'b']);
});

test('an inactive client that becomes an ancestor stays inactive', (t) => {
  const { sorter } = sorterOf({ cpus: 100 });
  sorter.add('a', 'a');
  join(sorter, 'a/x');
  t.deepEqual([...sorter.order()], ['a/x']);
  sorter.activate('a');
  t.deepEqual([...sorter.order()], ['a', 'a/x']);
});

test('what is not there is a defect', (t) => {
  const { sorter } = sorterOf({ cpus: 1 });
  sorter.add('a', 'a');
  t.throws(() => sorter.add('a', 'a'), { code: 'ALLOCATOR_INVARIANT' });
  t.throws(() => sorter.remove('b'), { code: 'ALLOCATOR_INVARIANT' });
});

const clients = ['a', 'b', 'c', 'a/x', 'a/y', 'a/x/1', 'b/z', 'd/e/f'] as const;

type Step =
  | { readonly type: 'allocated'; readonly client: string; readonly cpus: number; readonly mem: number }
  | { readonly type: 'unallocated'; readonly client: string; readonly cpus: number; readonly mem: number }
  | { readonly type: 'toggle'; readonly client: string }
  | { readonly type: 'join'; readonly client: string }
  | { readonly type: 'weight'; readonly client: string; readonly weight: number }
  | { readonly type: 'grow'; readonly cpus: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant('allocated' as const),
    client: fc.constantFrom(...clients),
    cpus: fc.integer({ min: 0, max: 20 }),
    mem: fc.integer({ min: 0, max: 20 }),
  }),
  fc.record({
    type: fc.constant('unallocated' as const),
    client: fc.constantFrom(...clients),
    cpus: fc.integer({ min: 0, max: 20 }),
    mem: fc.integer({ min: 0, max: 20 }),
  }),
  fc.record({ type: fc.constant('toggle' as const), client: fc.constantFrom(...clients) }),
  fc.record({ type: fc.constant('join' as const), client: fc.constantFrom(...clients) }),
  fc.record({
    type: fc.constant('weight' as const),
    client: fc.constantFrom(...clients, 'a', 'd', 'd/e'),
    weight: fc.constantFrom(0.5, 1, 2, 3),
  }),
  fc.record({ type: fc.constant('grow' as const), cpus: fc.integer({ min: 1, max: 50 }) }),
);

/** A sorter that sorts everything every time. */
class Model {
  readonly held = new Map<string, { cpus: number; mem: number; times: number; active: boolean }>();
  readonly weights = new Map<string, number>();
  cpus = 100;
  readonly mem = 100;

  order(): string[] {
    return this.#below('');
  }

  #below(prefix: string): string[] {
    const names = new Set(
      [...this.held.keys()]
        .filter((client) => client.startsWith(prefix))
        .map((client) => client.slice(prefix.length).split('/')[0] ?? ''),
    );
    const nodes = [...names].map((name) => {
      const path = prefix + name;
      const inside = [...this.held].filter(([client]) => client === path || client.startsWith(`${path}/`));
      return { path, inside, ancestor: inside.some(([client]) => client !== path), sort: path };
    });
    const own = prefix === '' ? undefined : this.held.get(prefix.slice(0, -1));
    const leaf =
      own === undefined
        ? []
        : [
            {
              path: prefix.slice(0, -1),
              inside: [[prefix.slice(0, -1), own] as const],
              ancestor: false,
              sort: `${prefix}.`,
            },
          ];
    return [...nodes, ...leaf]
      .map((node) => ({
        ...node,
        ...this.#key(
          node.sort,
          node.inside.map(([, held]) => held),
        ),
      }))
      .toSorted((l, r) => l.share - r.share || l.times - r.times || (l.sort < r.sort ? -1 : 1))
      .flatMap((node) => {
        if (node.ancestor) return this.#below(`${node.path}/`);
        return this.held.get(node.path)?.active === true ? [node.path] : [];
      });
  }

  #key(path: string, held: readonly { cpus: number; mem: number; times: number }[]): { share: number; times: number } {
    const sum = (of: (one: { cpus: number; mem: number; times: number }) => number): number =>
      held.reduce((total, one) => total + of(one), 0);
    const share = Math.max(sum((one) => one.cpus) / this.cpus, sum((one) => one.mem) / this.mem);
    return { share: share / (this.weights.get(path) ?? 1), times: sum((one) => one.times) };
  }
}

test('after any sequence of changes the order is the one that sorting from scratch gives', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { cluster, sorter } = sorterOf({ cpus: 100, mem: 100 });
      const model = new Model();
      for (const change of steps) {
        if (change.type === 'grow') {
          cluster.add(quantities({ cpus: change.cpus }));
          model.cpus += change.cpus;
        } else if (change.type === 'weight') {
          sorter.setWeight(change.client, change.weight);
          model.weights.set(change.client, change.weight);
        } else if (change.type === 'join') {
          if (!model.held.has(change.client)) {
            sorter.add(change.client, change.client);
            model.held.set(change.client, { cpus: 0, mem: 0, times: 0, active: false });
          }
        } else {
          const held = model.held.get(change.client);
          if (held === undefined) continue;
          if (change.type === 'toggle') {
            held.active = !held.active;
            if (held.active) sorter.activate(change.client);
            else sorter.deactivate(change.client);
          } else if (change.type === 'allocated') {
            sorter.allocated(change.client, quantities({ cpus: change.cpus, mem: change.mem }));
            held.cpus += change.cpus;
            held.mem += change.mem;
            held.times++;
          } else {
            const [cpus, mem] = [Math.min(held.cpus, change.cpus), Math.min(held.mem, change.mem)];
            sorter.unallocated(change.client, quantities({ cpus, mem }));
            held.cpus -= cpus;
            held.mem -= mem;
          }
        }
        t.deepEqual([...sorter.order()], model.order());
      }
    }),
    { numRuns: 150 },
  );
});
