import { Resources, type FrameworkInfo } from '@mesos-ts/protocol';
import { SeededRandom } from '@mesos-ts/libprocess';
import test from 'ava';
import fc from 'fast-check';
import { must } from '../must.ts';
import type { Allocator, AllocatorEvent } from '../../src/index.ts';
import { quotaOf } from '../../src/quota.ts';
import { addAgent, allocate, allocatorOf, told } from './allocator-of.ts';
import { resources } from '../resources.ts';

function addAgents(allocator: Allocator, total: string, ...agentIds: string[]): void {
  for (const agentId of agentIds) addAgent(allocator, agentId, total);
}

function addFramework(allocator: Allocator, frameworkId: string, roles: readonly string[], more = {}): void {
  const capabilities = (['MULTI_ROLE', 'RESERVATION_REFINEMENT'] as const).map((type) => ({ type }));
  const info: FrameworkInfo = { user: 'u', name: frameworkId, roles: [...roles], capabilities, ...more };
  allocator.apply({ type: 'add-framework', frameworkId, info, suppressedRoles: [] }, 0);
  allocator.apply({ type: 'activate-framework', frameworkId }, 0);
}

function amounts(text: string): Record<string, { value: number }> {
  const parts = text.split(';').filter((part) => part !== '');
  return Object.fromEntries(
    parts.map((part) => part.split(':')).map(([name = '', value]) => [name, { value: Number(value) }]),
  );
}

function quotaEvent(role: string, guaranteed: string, limit = ''): AllocatorEvent {
  return {
    type: 'update-quota',
    role,
    quota: quotaOf({ role, guarantees: amounts(guaranteed), limits: amounts(limit) }),
  };
}

function setQuota(allocator: Allocator, role: string, guaranteed: string, limit = ''): void {
  allocator.apply(quotaEvent(role, guaranteed, limit), 0);
}

/** What is given out, as `told` tells it. */
function offered(allocator: Allocator, nowMs = 0): string[] {
  return told(allocate(allocator, nowMs));
}

function recover(allocator: Allocator, frameworkId: string, agentId: string, refuseSeconds = 0): void {
  for (const part of allocator.allocated(frameworkId, agentId).allocations().values()) {
    const filters = { refuse_seconds: refuseSeconds };
    allocator.apply({ type: 'recover', frameworkId, agentId, resources: part, filters }, 0);
  }
}

function given(allocator: Allocator, role: string): Record<string, number> {
  const names = ['cpus', 'disk', 'mem'].map((name) => [name, allocator.givenTo(role, name)] as const);
  return Object.fromEntries(names.filter(([, amount]) => amount > 0));
}

test('what a role is guaranteed is kept for it, and the rest goes to others', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['other']);
  setQuota(allocator, 'web', 'cpus:3;mem:32');
  addAgents(allocator, 'cpus:2;mem:64', 'S0', 'S1');
  allocate(allocator);
  t.deepEqual(given(allocator, 'other'), { cpus: 1, mem: 96 });
  addFramework(allocator, 'F1', ['web']);
  allocate(allocator);
  t.deepEqual(given(allocator, 'web'), { cpus: 3, mem: 32 });
});

test('roles that are guaranteed more than they have come before those with lower shares', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['other']);
  addFramework(allocator, 'F1', ['web']);
  addAgents(allocator, 'cpus:2', 'S0');
  allocator.apply({ type: 'suppress', frameworkId: 'F0', roles: [] }, 0);
  allocate(allocator);
  setQuota(allocator, 'web', 'cpus:4');
  allocator.apply({ type: 'revive', frameworkId: 'F0', roles: [] }, 0);
  addAgents(allocator, 'cpus:2', 'S1');
  t.deepEqual(offered(allocator), ['F1 web S1 cpus:2']);
});

test('an offer is cut to what is left of a limit, and what has no limit comes whole', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['web']);
  setQuota(allocator, 'web', '', 'cpus:3;mem:0');
  addAgents(allocator, 'cpus:2;mem:64;disk:10;ports:[1-5];zones:{a}', 'S0');
  t.deepEqual(offered(allocator), ['F0 web S0 cpus:2; disk:10; ports:[1-5]; zones:{a}']);
  addAgents(allocator, 'cpus:2;mem:64', 'S1');
  t.deepEqual(offered(allocator), ['F0 web S1 cpus:1']);
  addAgents(allocator, 'cpus:2;mem:64', 'S2');
  t.deepEqual(offered(allocator), []);
  recover(allocator, 'F0', 'S0');
  allocate(allocator);
  t.is(allocator.givenTo('web', 'cpus'), 3);
});

test('a role has its limit together with those below it', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['eng/a']);
  addFramework(allocator, 'F1', ['eng/b']);
  addFramework(allocator, 'F2', ['engine']);
  setQuota(allocator, 'eng', '', 'cpus:2');
  addAgents(allocator, 'cpus:1', 'S0', 'S1', 'S2', 'S3', 'S4', 'S5');
  allocate(allocator);
  t.deepEqual(given(allocator, 'eng'), { cpus: 2 });
  t.deepEqual(given(allocator, 'eng/a'), { cpus: 1 });
  t.deepEqual(given(allocator, 'engine'), { cpus: 4 });
});

test('what a role is guaranteed goes to those below it, too', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['eng/a']);
  addFramework(allocator, 'F1', ['other']);
  setQuota(allocator, 'eng', 'cpus:3');
  addAgents(allocator, 'cpus:1', 'S0', 'S1', 'S2');
  allocate(allocator);
  t.deepEqual(given(allocator, 'eng'), { cpus: 3 });
});

test('guarantees that the cluster cannot meet are met as far as it can', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['a']);
  addFramework(allocator, 'F1', ['b']);
  addFramework(allocator, 'F2', ['other']);
  setQuota(allocator, 'a', 'cpus:100');
  setQuota(allocator, 'b', 'cpus:100');
  addAgents(allocator, 'cpus:1', 'S0', 'S1', 'S2', 'S3');
  allocate(allocator);
  t.deepEqual(
    [given(allocator, 'a'), given(allocator, 'b'), given(allocator, 'other')],
    [{ cpus: 2 }, { cpus: 2 }, {}],
  );
});

test('what the frameworks of a role decline stays guaranteed to it', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['web']);
  addFramework(allocator, 'F1', ['other']);
  setQuota(allocator, 'web', 'cpus:2');
  addAgents(allocator, 'cpus:2', 'S0');
  t.deepEqual(offered(allocator), ['F0 web S0 cpus:2']);
  recover(allocator, 'F0', 'S0', 60);
  t.deepEqual(offered(allocator), []);
  t.deepEqual(offered(allocator, 59_999), []);
  t.deepEqual(offered(allocator, 60_000), ['F0 web S0 cpus:2']);
});

test('what a role gets of an agent for its guarantee and beyond comes as one offer', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['web']);
  setQuota(allocator, 'web', 'cpus:1');
  setQuota(allocator, 'idle', 'cpus:1');
  addAgents(allocator, 'cpus:3;mem:64', 'S0');
  t.deepEqual(offered(allocator), ['F0 web S0 cpus:2; mem:64']);
});

test('reservations count towards a quota whether they are used or not', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['web']);
  setQuota(allocator, 'web', '', 'cpus:3');
  addAgents(allocator, 'cpus(web):2;cpus:4', 'S0');
  t.is(allocator.quotas.consumed('web', 'cpus'), 2000);
  t.deepEqual(offered(allocator), ['F0 web S0 cpus(reservations: [(STATIC,web)]):2; cpus:1']);
  t.is(allocator.quotas.consumed('web', 'cpus'), 3000);
  recover(allocator, 'F0', 'S0', 60);
  t.is(allocator.quotas.consumed('web', 'cpus'), 2000);
  allocator.apply({ type: 'remove-agent', agentId: 'S0' }, 0);
  t.is(allocator.quotas.consumed('web', 'cpus'), 0);
});

test('what is reserved for a role reaches it beyond its limit', (t) => {
  const allocator = allocatorOf('cpus:0.01|mem:32');
  addFramework(allocator, 'F0', ['web']);
  setQuota(allocator, 'web', '', 'cpus:1;mem:0');
  addAgents(allocator, 'cpus(web):2;cpus:4', 'S0');
  t.deepEqual(offered(allocator), ['F0 web S0 cpus(reservations: [(STATIC,web)]):2']);
});

test('what is reserved is no headroom', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['other']);
  setQuota(allocator, 'web', 'cpus:1');
  addAgents(allocator, 'cpus(ads):4;cpus:1', 'S0');
  t.deepEqual(offered(allocator), []);
});

test('an agent of which nothing can be offered is no headroom', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['other']);
  setQuota(allocator, 'web', 'cpus:2');
  addAgents(allocator, 'cpus:2', 'S0', 'S1');
  allocator.apply({ type: 'deactivate-agent', agentId: 'S0' }, 0);
  t.deepEqual(offered(allocator), []);
  allocator.apply({ type: 'activate-agent', agentId: 'S0' }, 0);
  t.is(offered(allocator).length, 1);
});

test('a whole disk is offered within a limit, and never in part', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['web']);
  setQuota(allocator, 'web', '', 'disk:150');
  const mounted = {
    name: 'disk',
    type: 'SCALAR',
    scalar: { value: 100 },
    disk: { source: { type: 'MOUNT' } },
  } as const;
  const total = resources('cpus:1')
    .toArray()
    .concat([mounted, { ...mounted, disk: { source: { type: 'MOUNT', mount: { root: '/b' } } } }]);
  const agent = {
    agentId: 'S0',
    capabilities: new Set(['MULTI_ROLE'] as const),
    total: Resources.of(total),
    used: new Map(),
    incarnation: 0,
  };
  allocator.apply({ type: 'add-agent', agent }, 0);
  allocate(allocator);
  t.deepEqual(given(allocator, 'web'), { cpus: 1, disk: 100 });
});

test('more is offered as soon as a limit is raised, a quota is gone, or another role has less', (t) => {
  const allocator = allocatorOf('cpus:0.01');
  addFramework(allocator, 'F0', ['web']);
  setQuota(allocator, 'web', '', 'cpus:1');
  addAgents(allocator, 'cpus:4', 'S0');
  t.deepEqual(offered(allocator), ['F0 web S0 cpus:1']);
  t.deepEqual(offered(allocator), []);
  setQuota(allocator, 'web', '', 'cpus:2');
  t.deepEqual(offered(allocator), ['F0 web S0 cpus:1']);
  t.deepEqual(offered(allocator), []);
  setQuota(allocator, 'web', '');
  t.deepEqual(offered(allocator), ['F0 web S0 cpus:2']);
  setQuota(allocator, 'idle', 'cpus:4');
  recover(allocator, 'F0', 'S0');
  t.deepEqual(offered(allocator), []);
  addAgents(allocator, 'cpus:1', 'S1');
  t.is(offered(allocator).length, 1);
});

test('what is held back of an agent is offered when another is gone, or free again', (t) => {
  const limited = allocatorOf('cpus:0.01');
  addFramework(limited, 'F0', ['web']);
  setQuota(limited, 'web', '', 'cpus:2');
  addAgents(limited, 'cpus:2', 'S0');
  allocate(limited);
  addAgents(limited, 'cpus:2', 'S1');
  t.deepEqual(offered(limited), []);
  limited.apply({ type: 'remove-agent', agentId: 'S0' }, 0);
  t.deepEqual(offered(limited), ['F0 web S1 cpus:2']);
  const guaranteeing = allocatorOf('cpus:0.01');
  addFramework(guaranteeing, 'F0', ['web']);
  addAgents(guaranteeing, 'cpus:2', 'S0');
  allocate(guaranteeing);
  setQuota(guaranteeing, 'idle', 'cpus:2');
  addAgents(guaranteeing, 'cpus:2', 'S1');
  t.deepEqual(offered(guaranteeing), []);
  recover(guaranteeing, 'F0', 'S0', 60);
  t.deepEqual(offered(guaranteeing), ['F0 web S1 cpus:2']);
});

test('a limit below what a role has takes nothing away, and gives nothing until there is less', (t) => {
  const allocator = allocatorOf('cpus:0.01');
  addFramework(allocator, 'F0', ['web']);
  addAgents(allocator, 'cpus:2', 'S0', 'S1');
  allocate(allocator);
  setQuota(allocator, 'web', '', 'cpus:3');
  t.deepEqual(offered(allocator), []);
  recover(allocator, 'F0', 'S0');
  t.deepEqual(offered(allocator), ['F0 web S0 cpus:1']);
});

test('a framework that takes less than others is offered what is left of a limit', (t) => {
  const allocator = allocatorOf('cpus:1');
  const few = { min_allocatable_resources: { quantities: [{ quantities: { cpus: { value: 0.1 } } }] } };
  addFramework(allocator, 'F0', ['web'], { offer_filters: { web: few } });
  setQuota(allocator, 'web', '', 'cpus:0.5');
  addAgents(allocator, 'cpus:2', 'S0');
  t.deepEqual(offered(allocator), ['F0 web S0 cpus:0.5']);
  recover(allocator, 'F0', 'S0');
  allocator.apply({ type: 'remove-framework', frameworkId: 'F0' }, 0);
  addFramework(allocator, 'F1', ['web']);
  t.deepEqual(offered(allocator), []);
});

test('nothing is offered before enough agents are there, or nobody waits for them any more', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0', ['web']);
  allocator.apply({ type: 'await-agents', count: 2 }, 0);
  addAgents(allocator, 'cpus:1', 'S0');
  t.true(allocator.isHeld);
  t.deepEqual(offered(allocator), []);
  addAgents(allocator, 'cpus:1', 'S1');
  t.is(offered(allocator).length, 2);
  allocator.apply({ type: 'await-agents', count: 2 }, 0);
  t.false(allocator.isHeld);
  allocator.apply({ type: 'await-agents', count: 9 }, 0);
  addAgents(allocator, 'cpus:1', 'S2');
  t.deepEqual(offered(allocator), []);
  t.is(allocator.apply({ type: 'await-no-more' }, 0), 'all');
  t.is(offered(allocator).length, 1);
});

interface Move {
  readonly kind: number;
  readonly agent: number;
  readonly framework: number;
  readonly amount: number;
}

const move: fc.Arbitrary<Move> = fc.record({
  kind: fc.integer({ min: 0, max: 16 }),
  agent: fc.integer({ min: 0, max: 4 }),
  framework: fc.integer({ min: 0, max: 4 }),
  amount: fc.integer({ min: 0, max: 5 }),
});

const totals = [
  'cpus:4;mem:3',
  'cpus(a):2;cpus:1.5;mem:30',
  'cpus:1;ports:[1-2]',
  'cpus(b/c):3;cpus:2',
  'mem:4;cpus:0.5',
];
const roles = ['a', 'a/x', 'b', 'c', 'b/c'];
const quotaRoles = ['a', 'b', 'c', '*'];
const names = ['cpus', 'mem'];

/** An allocator beside a plain account of the same, from which everything that the allocator keeps can be reckoned anew. */
class Model {
  readonly allocator: Allocator;
  readonly agents = new Map<string, boolean>();
  readonly frameworks = new Map<string, string>();
  readonly quotas = new Map<string, { guaranteed: number; limit: number | undefined }>();
  now = 0;

  constructor(minimum: string) {
    this.allocator = allocatorOf(minimum);
  }

  apply(event: AllocatorEvent): void {
    this.allocator.apply(event, this.now);
  }

  move({ agent, amount, framework, kind }: Move): void {
    const agentId = `S${agent}`;
    const frameworkId = `F${framework}`;
    const isThere = this.frameworks.has(frameworkId);
    const active = this.agents.get(agentId);
    this.now += amount * 100;
    if (kind <= 2 && active === undefined) {
      addAgents(this.allocator, must(totals[agent]), agentId);
      this.agents.set(agentId, true);
    } else if (kind === 3 && active !== undefined) {
      this.apply({ type: 'remove-agent', agentId });
      this.agents.delete(agentId);
    } else if (kind <= 5 && !isThere) {
      addFramework(this.allocator, frameworkId, [must(roles[framework])]);
      this.frameworks.set(frameworkId, must(roles[framework]));
    } else if (kind === 6 && isThere) {
      this.apply({ type: 'remove-framework', frameworkId });
      this.frameworks.delete(frameworkId);
    } else if (kind === 7 && active !== undefined) {
      this.apply({ type: active ? 'deactivate-agent' : 'activate-agent', agentId });
      this.agents.set(agentId, !active);
    } else if (kind === 8 && active !== undefined) {
      const total = resources(`cpus:${amount + 0.5};mem:4${amount > 2 ? ';cpus(a):1' : ''}`);
      // What is in use stays.
      const used = [...this.frameworks.keys()].map((id) => this.allocator.allocated(id, agentId).unallocate());
      if (used.some((held) => !held.isEmpty())) return;
      this.apply({ type: 'update-agent', agentId, capabilities: new Set(['MULTI_ROLE', 'HIERARCHICAL_ROLE']), total });
    } else if (kind <= 11) {
      const limit = amount > 2 ? amount : undefined;
      const guaranteed = kind === 9 ? 0 : Math.min(agent, limit ?? agent);
      const role = must(quotaRoles[framework % quotaRoles.length]);
      this.apply(quotaEvent(role, `cpus:${guaranteed}`, limit === undefined ? '' : `cpus:${limit}`));
      this.quotas.set(role, { guaranteed, limit });
    } else if (kind <= 14 && isThere && active !== undefined) {
      for (const part of this.allocator.allocated(frameworkId, agentId).allocations().values()) {
        const filters = { refuse_seconds: amount > 3 ? 1 : 0 };
        this.apply({ type: 'recover', frameworkId, agentId, resources: part, filters });
      }
    }
  }

  /** What is offered, used or reserved of a resource for a role and those below it. */
  consumed(root: string, name: string): number {
    const isBelow = (role: string): boolean => role === root || role.startsWith(`${root}/`);
    let sum = 0;
    for (const agentId of this.agents.keys()) {
      for (const frameworkId of this.frameworks.keys()) {
        for (const [role, part] of this.allocator.allocated(frameworkId, agentId).allocations()) {
          if (isBelow(role)) sum += part.unreserved().scalarQuantities.milli(name);
        }
      }
      const total = this.#total(agentId);
      for (const [role, part] of total.reservations()) if (isBelow(role)) sum += part.scalarQuantities.milli(name);
    }
    return sum;
  }

  #total(agentId: string): Resources {
    return [...this.frameworks.keys()].reduce(
      (sum, frameworkId) => sum.add(this.allocator.allocated(frameworkId, agentId).unallocate()),
      this.allocator.available(agentId),
    );
  }

  free(name: string): number {
    const active = [...this.agents].filter(([, isActive]) => isActive);
    return active.reduce(
      (sum, [id]) => sum + this.allocator.available(id).unreserved().scalarQuantities.milli(name),
      0,
    );
  }

  missing(role: string, name: string): number {
    const { guaranteed } = this.quotas.get(role) ?? { guaranteed: 0 };
    return name === 'cpus' ? Math.max(0, guaranteed * 1000 - this.consumed(role, name)) : 0;
  }

  required(name: string): number {
    return quotaRoles.reduce((sum, role) => sum + this.missing(role, name), 0);
  }
}

for (const minimum of ['', 'cpus:0.5|mem:2']) {
  const about = minimum === '' ? 'whatever is worth an offer' : 'with a minimum for offers';
  test(`limits are kept, headroom is, guarantees are met, and sums are right, whatever happens (${about})`, (t) => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 80 }), (moves) => {
        const model = new Model(minimum);
        const random = new SeededRandom(5);
        for (const each of moves) {
          model.move(each);
          if (each.kind < 12) continue;
          const before = new Map(quotaRoles.map((role) => [role, model.consumed(role, 'cpus')]));
          const surplus = names.map((name) => model.free(name) - model.required(name));
          model.allocator.allocate('all', model.now, () => random.next());
          for (const role of quotaRoles) {
            const { limit = Infinity } = model.quotas.get(role) ?? {};
            const consumed = model.consumed(role, 'cpus');
            t.true(consumed <= Math.max(limit * 1000, before.get(role) ?? 0), `${role} is beyond its limit`);
            t.is(model.allocator.quotas.consumed(role, 'cpus'), consumed);
          }
          for (const [i, name] of names.entries()) {
            const [free, required] = [model.free(name), model.required(name)];
            t.deepEqual(model.allocator.quotas.headroom(name), { free, required });
            if (required > 0)
              t.true(free - required >= Math.min(0, surplus[i] ?? 0), `headroom of ${name} was given away`);
          }
          if (each.kind < 16) continue;
          // Everything was offered that can be: to look at all of it anew changes nothing.
          for (const frameworkId of model.frameworks.keys()) model.apply({ type: 'activate-framework', frameworkId });
          t.deepEqual(
            model.allocator.allocate('all', model.now, () => random.next()),
            [],
          );
          // So it is long after, when nothing is refused any more.
          model.now += 10_000;
          model.allocator.allocate('all', model.now, () => random.next());
          // Who is guaranteed something has all there is of it.
          if (minimum !== '') continue;
          for (const role of model.frameworks.values()) {
            const [root = ''] = role.split('/');
            t.true(model.missing(root, 'cpus') === 0 || model.free('cpus') === 0, `${role} waits for what is free`);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
}
