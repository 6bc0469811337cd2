import { type FrameworkInfo, type FrameworkInfo_Capability_Type, type Resources } from '@mesos-ts/protocol';
import { SeededRandom } from '@mesos-ts/libprocess';
import test from 'ava';
import fc from 'fast-check';
import { must } from '../must.ts';
import type { Allocator, AllocatorEvent } from '../../src/index.ts';
import { addAgent, allocate, allocatorOf, told } from './allocator-of.ts';
import { resources } from '../resources.ts';

function addFramework(
  allocator: Allocator,
  frameworkId: string,
  roles: readonly string[] = ['*'],
  capabilities: readonly FrameworkInfo_Capability_Type[] = [],
): FrameworkInfo {
  const info: FrameworkInfo = {
    user: 'u',
    name: frameworkId,
    roles: [...roles],
    capabilities: ['MULTI_ROLE' as const, ...capabilities].map((type) => ({ type })),
  };
  allocator.apply({ type: 'add-framework', frameworkId, info, suppressedRoles: [] }, 0);
  allocator.apply({ type: 'activate-framework', frameworkId }, 0);
  return info;
}

test('a framework is offered all of an agent, once', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:2;mem:64;ports:[1-5]');
  addFramework(allocator, 'F0');
  const [allocation] = allocate(allocator);
  t.is(
    allocation?.offers[0]?.resources.toString(),
    'cpus(allocated: *):2; mem(allocated: *):64; ports(allocated: *):[1-5]',
  );
  t.deepEqual(allocate(allocator), []);
});

test('roles share the agents by dominant share and weight, then the frameworks of a role do', (t) => {
  const allocator = allocatorOf();
  allocator.apply({ type: 'update-weight', role: 'heavy', weight: 2 }, 0);
  addFramework(allocator, 'H', ['heavy']);
  addFramework(allocator, 'L1', ['light']);
  addFramework(allocator, 'L2', ['light']);
  for (let i = 0; i < 12; i++) addAgent(allocator, `S${i}`, 'cpus:1;mem:64');
  const counts = new Map(allocate(allocator).map(({ frameworkId, offers }) => [frameworkId, offers.length]));
  t.deepEqual(Object.fromEntries(counts), { H: 8, L1: 2, L2: 2 });
});

test('declined resources are not offered again in that role until the refusal is over', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:2;mem:64');
  addFramework(allocator, 'F0', ['a', 'b']);
  const offered = must(allocate(allocator)[0]?.offers[0]);
  t.is(offered.role, 'a');
  const recover: AllocatorEvent = {
    type: 'recover',
    frameworkId: 'F0',
    agentId: 'S0',
    resources: offered.resources,
    filters: {},
  };
  allocator.apply(recover, 0);
  t.deepEqual(told(allocate(allocator, 100)), ['F0 b S0 cpus:2; mem:64']);
  const other = allocator.allocated('F0', 'S0');
  allocator.apply({ ...recover, resources: other }, 100);
  t.deepEqual(allocate(allocator, 4999), []);
  t.deepEqual(told(allocate(allocator, 5000)), ['F0 a S0 cpus:2; mem:64']);
});

test('more than was declined is offered at once', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:2;mem:64');
  addFramework(allocator, 'F0');
  allocate(allocator);
  const half = resources('cpus:1;mem:32').allocate('*');
  allocator.apply(
    { type: 'recover', frameworkId: 'F0', agentId: 'S0', resources: half, filters: { refuse_seconds: 100 } },
    0,
  );
  t.deepEqual(allocate(allocator, 1), []);
  allocator.apply({ type: 'recover', frameworkId: 'F0', agentId: 'S0', resources: half }, 1);
  t.deepEqual(told(allocate(allocator, 1)), ['F0 * S0 cpus:2; mem:64']);
});

test('a suppressed role is offered nothing until it is revived, which forgets refusals too', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:2');
  addFramework(allocator, 'F0', ['a', 'b']);
  allocator.apply({ type: 'suppress', frameworkId: 'F0', roles: ['a'] }, 0);
  const [first] = allocate(allocator);
  t.is(first?.offers[0]?.role, 'b');
  const filters = { refuse_seconds: 1000 };
  const all = allocator.allocated('F0', 'S0');
  allocator.apply({ type: 'recover', frameworkId: 'F0', agentId: 'S0', resources: all, filters }, 0);
  t.deepEqual(allocate(allocator, 10), []);
  t.is(allocator.filtersActive('b'), 1);
  t.is(allocator.apply({ type: 'revive', frameworkId: 'F0', roles: [] }, 10), 'all');
  t.deepEqual(told(allocate(allocator, 10)), ['F0 a S0 cpus:2']);
  t.is(allocator.filtersActive('b'), 0);
});

test('reserved resources go to their role and those below it, and to nobody else', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus(eng):2;cpus:1');
  addFramework(allocator, 'F0', ['ads'], ['RESERVATION_REFINEMENT']);
  t.deepEqual(told(allocate(allocator)), ['F0 ads S0 cpus:1']);
  addFramework(allocator, 'F1', ['eng/web'], ['RESERVATION_REFINEMENT']);
  const [allocation] = allocate(allocator);
  t.is(allocation?.frameworkId, 'F1');
  t.is(allocation?.offers[0]?.resources.cpus, 2);
});

test('agents with GPUs are kept for frameworks that ask for GPUs, unless the flag says otherwise', (t) => {
  const strict = allocatorOf();
  addAgent(strict, 'S0', 'cpus:2;gpus:1');
  addFramework(strict, 'F0');
  t.deepEqual(allocate(strict), []);
  addFramework(strict, 'F1', ['*'], ['GPU_RESOURCES']);
  t.deepEqual(told(allocate(strict)), ['F1 * S0 cpus:2; gpus:1']);
  const lax = allocatorOf('', { filterGpuResources: false });
  addAgent(lax, 'S0', 'cpus:2;gpus:1');
  addFramework(lax, 'F0');
  t.is(allocate(lax).length, 1);
});

test('agents without a capability are not offered to who needs it', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:1', { capabilities: [] });
  addAgent(allocator, 'S1', 'cpus:2', { capabilities: ['MULTI_ROLE'] });
  addFramework(allocator, 'F0', ['eng/web']);
  t.deepEqual(allocate(allocator), []);
  addFramework(allocator, 'F1', ['eng']);
  t.deepEqual(told(allocate(allocator)), ['F1 eng S1 cpus:2']);
});

test('less than the minimum is not offered; a framework may set its own', (t) => {
  const allocator = allocatorOf('cpus:1|mem:32');
  addAgent(allocator, 'S0', 'cpus:0.5;mem:31');
  const info = addFramework(allocator, 'F0');
  t.deepEqual(allocate(allocator), []);
  const minima = { quantities: [{ quantities: { cpus: { value: 0.5 } } }] };
  const picky: FrameworkInfo = { ...info, offer_filters: { '*': { min_allocatable_resources: minima } } };
  allocator.apply({ type: 'update-framework', frameworkId: 'F0', info: picky, suppressedRoles: [] }, 0);
  t.deepEqual(told(allocate(allocator)), ['F0 * S0 cpus:0.5; mem:31']);
});

test('inactive agents and frameworks are left out', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:1');
  addFramework(allocator, 'F0');
  allocator.apply({ type: 'deactivate-framework', frameworkId: 'F0' }, 0);
  t.deepEqual(allocate(allocator), []);
  allocator.apply({ type: 'activate-framework', frameworkId: 'F0' }, 0);
  allocator.apply({ type: 'deactivate-agent', agentId: 'S0' }, 0);
  t.deepEqual(allocate(allocator), []);
  t.deepEqual(allocator.apply({ type: 'activate-agent', agentId: 'S0' }, 0), { agentId: 'S0' });
  t.is(allocate(allocator).length, 1);
});

test('what removed frameworks and agents had is free or gone, and is ignored when it is recovered later', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:4');
  addFramework(allocator, 'F0', ['a']);
  addFramework(allocator, 'F1', ['b']);
  allocate(allocator);
  allocator.apply({ type: 'remove-framework', frameworkId: 'F0' }, 0);
  allocator.apply(
    { type: 'recover', frameworkId: 'F0', agentId: 'S0', resources: resources('cpus:4').allocate('a') },
    0,
  );
  t.deepEqual(told(allocate(allocator)), ['F1 b S0 cpus:4']);
  allocator.apply({ type: 'remove-agent', agentId: 'S0' }, 0);
  allocator.apply(
    { type: 'recover', frameworkId: 'F1', agentId: 'S0', resources: resources('cpus:4').allocate('b') },
    0,
  );
  t.true(allocator.allocated('F1', 'S0').isEmpty());
  addAgent(allocator, 'S0', 'cpus:4', { incarnation: 1 });
  t.is(allocate(allocator)[0]?.offers[0]?.incarnation, 1);
});

test('an agent that grows is offered again, refusals of it are forgotten', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:4');
  addFramework(allocator, 'F0');
  const [allocation] = allocate(allocator);
  const filters = { refuse_seconds: 1000 };
  const offered = allocation?.offers[0]?.resources ?? resources('');
  allocator.apply({ type: 'recover', frameworkId: 'F0', agentId: 'S0', resources: offered, filters }, 0);
  allocator.apply(
    { type: 'update-agent', agentId: 'S0', capabilities: new Set(['MULTI_ROLE']), total: resources('cpus:5') },
    0,
  );
  t.deepEqual(told(allocate(allocator)), ['F0 * S0 cpus:5']);
});

test('an agent that everybody refused is looked at again when anything changes that could matter', (t) => {
  const changes: readonly (readonly [string, (allocator: Allocator) => void])[] = [
    ['time', () => undefined],
    ['a new framework', (allocator) => void addFramework(allocator, 'F1')],
    [
      'more resources',
      (allocator) => {
        allocator.apply(
          { type: 'update-agent', agentId: 'S0', capabilities: new Set(['MULTI_ROLE']), total: resources('cpus:9') },
          0,
        );
      },
    ],
    ['a revival', (allocator) => void allocator.apply({ type: 'revive', frameworkId: 'F0', roles: [] }, 0)],
    [
      'a reconnection',
      (allocator) => {
        allocator.apply({ type: 'deactivate-framework', frameworkId: 'F0' }, 0);
        allocator.apply({ type: 'activate-framework', frameworkId: 'F0' }, 0);
      },
    ],
  ];
  for (const [name, change] of changes) {
    const allocator = allocatorOf();
    addAgent(allocator, 'S0', 'cpus:4');
    addFramework(allocator, 'F0');
    allocate(allocator);
    const held = allocator.allocated('F0', 'S0');
    const filters = { refuse_seconds: 10 };
    allocator.apply({ type: 'recover', frameworkId: 'F0', agentId: 'S0', resources: held, filters }, 0);
    t.deepEqual(allocate(allocator, 1), [], name);
    t.deepEqual(allocate(allocator, 2), [], name);
    change(allocator);
    t.is(allocate(allocator, name === 'time' ? 10_000 : 3).length, 1, name);
  }
});

test('recovering what was never given is a defect', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:4');
  addFramework(allocator, 'F0');
  t.throws(
    () =>
      allocator.apply(
        { type: 'recover', frameworkId: 'F0', agentId: 'S0', resources: resources('cpus:1').allocate('*') },
        0,
      ),
    { code: 'ALLOCATOR_INVARIANT' },
  );
});

interface Move {
  readonly kind: number;
  readonly agent: number;
  readonly framework: number;
  readonly seconds: number;
}

const move: fc.Arbitrary<Move> = fc.record({
  kind: fc.integer({ min: 0, max: 14 }),
  agent: fc.integer({ min: 0, max: 3 }),
  framework: fc.integer({ min: 0, max: 3 }),
  seconds: fc.integer({ min: 0, max: 10 }),
});

const totals = [
  'cpus:4;mem:100;ports:[1-10]',
  'cpus(a):2;cpus:1.5;mem:30',
  'cpus:1;disks:{x,y}',
  'cpus(a/b):3;mem(a):9;cpus:0.1',
];
const roleSets = [['*'], ['a', 'a/b'], ['b'], ['a', 'b', 'a/b/c']];

test('nothing is offered twice or lost, whatever happens', (t) => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const allocator = allocatorOf();
      const agents = new Map<string, Resources>();
      const frameworks = new Map<string, FrameworkInfo>();
      const random = new SeededRandom(3);
      let now = 0;
      for (const { agent, framework, kind, seconds } of moves) {
        const agentId = `S${agent}`;
        const frameworkId = `F${framework}`;
        const hasAgent = agents.has(agentId);
        const info = frameworks.get(frameworkId);
        const held = allocator.allocated(frameworkId, agentId);
        now += seconds * 500;
        const apply = (event: AllocatorEvent): void => void allocator.apply(event, now);
        if (kind === 0 && !hasAgent) {
          const total = totals[agent] ?? '';
          addAgent(allocator, agentId, total);
          agents.set(agentId, resources(total));
        } else if (kind === 1 && hasAgent) {
          apply({ type: 'remove-agent', agentId });
          agents.delete(agentId);
        } else if (kind === 2 && info === undefined) {
          frameworks.set(
            frameworkId,
            addFramework(allocator, frameworkId, roleSets[framework], ['RESERVATION_REFINEMENT']),
          );
        } else if (kind === 3 && info !== undefined) {
          apply({ type: 'remove-framework', frameworkId });
          frameworks.delete(frameworkId);
        } else if (kind === 4 && info !== undefined) {
          apply({
            type: 'update-framework',
            frameworkId,
            info: { ...info, roles: roleSets[seconds % 4] ?? [] },
            suppressedRoles: [],
          });
        } else if (kind === 5 && info !== undefined) apply({ type: 'deactivate-framework', frameworkId });
        else if (kind === 6 && info !== undefined) apply({ type: 'activate-framework', frameworkId });
        else if (kind === 14 && hasAgent) {
          const total = resources(`cpus:${seconds + 1}`).add(agents.get(agentId) ?? resources(''));
          apply({ type: 'update-agent', agentId, capabilities: new Set(['MULTI_ROLE']), total });
          agents.set(agentId, total);
        } else if (kind === 7 && hasAgent) apply({ type: 'deactivate-agent', agentId });
        else if (kind === 8 && hasAgent) apply({ type: 'activate-agent', agentId });
        else if (kind === 9 && info !== undefined) apply({ type: 'revive', frameworkId, roles: [] });
        else if (kind === 10 && hasAgent && info !== undefined) {
          for (const part of held.allocations().values()) {
            apply({ type: 'recover', frameworkId, agentId, resources: part, filters: { refuse_seconds: seconds } });
          }
        } else if (kind > 10) allocator.allocate('all', now, () => random.next());

        for (const [id, total] of agents) {
          let sum = allocator.available(id);
          for (const holder of frameworks.keys()) {
            const given = allocator.allocated(holder, id);
            sum = sum.add(given.unallocate());
            for (const [role, part] of given.allocations()) {
              t.true(part.unallocate().allocatableTo(role).equals(part.unallocate()), 'reserved for another role');
            }
          }
          t.true(sum.equals(total), `${id}: ${sum.toString()} is not ${total.toString()}`);
        }
      }
    }),
    { numRuns: 200 },
  );
});
