import test from 'ava';
import { ResourceQuantities, type FrameworkInfo } from '@mesos-ts/protocol';
import { Allocator } from '../../src/index.ts';
import { HeldBackBook, type HeldBack } from '../../src/allocator/held-back.ts';
import { defaultQuota } from '../../src/quota.ts';
import { heapUsed } from '../heap.ts';
import { must } from '../must.ts';
import { addAgent, allocate, allocatorOf } from './allocator-of.ts';
import { resources } from '../resources.ts';

function addFramework(allocator: Allocator, frameworkId: string, roles = ['web'], nowMs = 0): void {
  const capabilities = [{ type: 'MULTI_ROLE' as const }];
  const info: FrameworkInfo = { user: 'u', name: frameworkId, roles, capabilities };
  allocator.apply({ type: 'add-framework', frameworkId, info, suppressedRoles: [] }, nowMs);
  allocator.apply({ type: 'activate-framework', frameworkId }, nowMs);
}

/** What was held back from a framework in its first role, from a role, or from everybody. */
function told(
  allocator: Allocator,
  whom: { framework?: string; role?: string },
  nowMs: number,
): readonly Partial<HeldBack>[] {
  const { framework, role } = whom;
  const frameworkIds = framework === undefined ? [] : [framework];
  const answer = allocator.explain({ frameworkIds, role, imaginaryRole: undefined, wanted: undefined }, nowMs);
  if (role !== undefined) return answer.role;
  return framework === undefined ? answer.everybody : (answer.frameworks[0]?.heldBack ?? []);
}

test('what was declined is held back: how often, since when, of which agent, and whether it is so still', (t) => {
  const allocator = allocatorOf();
  addAgent(allocator, 'S0', 'cpus:2');
  addFramework(allocator, 'F0');
  const [allocation] = allocate(allocator, 0);
  const { resources: offered } = must(must(allocation).offers[0]);
  const filters = { refuse_seconds: 100 };
  allocator.apply({ type: 'recover', frameworkId: 'F0', agentId: 'S0', resources: offered, filters }, 1000);
  for (const nowMs of [2000, 3000, 4000]) t.deepEqual(allocate(allocator, nowMs), []);
  const agents = [{ agentId: 'S0', lastMs: 2000 }];
  const refused = { reason: 'REFUSED', count: 1, firstMs: 2000, lastMs: 2000, agents, still: true } as const;
  t.like(told(allocator, { framework: 'F0' }, 4000), [{ ...refused, resources: resources('cpus:2') }]);
  allocator.apply({ type: 'revive', frameworkId: 'F0', roles: [] }, 5000);
  t.is(allocate(allocator, 5000).length, 1);
  t.like(told(allocator, { framework: 'F0' }, 5000), [{ ...refused, still: false }]);
});

test('what is too little for an offer, and what is reserved for others, is held back each time that it is looked at', (t) => {
  const allocator = allocatorOf('cpus:1;mem:32');
  addAgent(allocator, 'S0', 'cpus:0.5;mem:64');
  addAgent(allocator, 'S1', 'cpus(ads):4;mem(ads):64');
  addFramework(allocator, 'F0');
  allocate(allocator, 1000);
  addFramework(allocator, 'F1', ['other'], 2000);
  allocate(allocator, 2000);
  const below = { reason: 'BELOW_MINIMUM', count: 2, firstMs: 1000, lastMs: 2000, still: true } as const;
  t.like(told(allocator, { framework: 'F0' }, 2000), [
    { ...below, resources: resources('cpus:0.5;mem:64'), minima: [resources('cpus:1;mem:32').quantities] },
  ]);
  const inRole = told(allocator, { role: 'web' }, 2000).toSorted((left, right) =>
    String(left.reason).localeCompare(String(right.reason)),
  );
  t.like(inRole, [
    { reason: 'BELOW_MINIMUM', count: 2 },
    { reason: 'RESERVED', count: 2, resources: resources('cpus(ads):4;mem(ads):64'), still: true },
  ]);
});

test('agents that are full or away are held back from everybody', (t) => {
  const allocator = allocatorOf();
  for (const id of ['S0', 'S1', 'S2']) addAgent(allocator, id, 'cpus:2');
  addFramework(allocator, 'F0');
  allocate(allocator, 0);
  allocator.apply({ type: 'deactivate-agent', agentId: 'S2' }, 0);
  allocate(allocator, 1000);
  allocate(allocator, 2000);
  const everybody = told(allocator, {}, 2000).toSorted((left, right) => (left.count ?? 0) - (right.count ?? 0));
  t.like(everybody, [
    { reason: 'AGENT_INACTIVE', count: 2, firstMs: 1000, lastMs: 2000, still: true },
    { reason: 'IN_USE', count: 4, firstMs: 1000, lastMs: 2000, still: true },
  ]);
});

test('since when a framework wants no offers, or is away, is told, and is over when it is', (t) => {
  const allocator = allocatorOf();
  addFramework(allocator, 'F0');
  allocator.apply({ type: 'suppress', frameworkId: 'F0', roles: [] }, 1000);
  allocator.apply({ type: 'suppress', frameworkId: 'F0', roles: [] }, 2000);
  allocator.apply({ type: 'deactivate-framework', frameworkId: 'F0' }, 3000);
  t.like(told(allocator, { framework: 'F0' }, 4000), [
    { reason: 'FRAMEWORK_INACTIVE', count: 1, firstMs: 3000, agents: [], still: true },
    { reason: 'SUPPRESSED', count: 1, firstMs: 1000, lastMs: 1000, agents: [], still: true },
  ]);
  allocator.apply({ type: 'activate-framework', frameworkId: 'F0' }, 5000);
  allocator.apply({ type: 'revive', frameworkId: 'F0', roles: [] }, 5000);
  t.deepEqual(
    told(allocator, { framework: 'F0' }, 6000).map(({ still }) => still),
    [false, false],
  );
});

test('what a limit or a guarantee of others holds back is written down, and is over when it is', (t) => {
  const allocator = allocatorOf('cpus:1');
  for (const id of ['S0', 'S1']) addAgent(allocator, id, 'cpus:2');
  const limits = new Map([['cpus', 2000]]);
  allocator.apply({ type: 'update-quota', role: 'web', quota: { guarantees: ResourceQuantities.empty, limits } }, 0);
  addFramework(allocator, 'F0', ['web/front']);
  t.is(allocate(allocator, 0).length, 1);
  allocate(allocator, 1000);
  t.like(told(allocator, { role: 'web/front' }, 1000), [{ reason: 'QUOTA_LIMIT', lastMs: 1000, still: true }]);
  allocator.apply({ type: 'update-quota', role: 'web', quota: defaultQuota }, 2000);
  allocate(allocator, 2000);
  t.like(told(allocator, { role: 'web/front' }, 2000), [{ reason: 'QUOTA_LIMIT', lastMs: 1000, still: false }]);

  const guarded = allocatorOf('cpus:1');
  addAgent(guarded, 'S0', 'cpus:2');
  const guarantees = ResourceQuantities.fromScalars({ cpus: 2 });
  guarded.apply({ type: 'update-quota', role: 'ads', quota: { guarantees, limits: new Map() } }, 0);
  addFramework(guarded, 'F0');
  t.deepEqual(allocate(guarded, 0), []);
  t.like(told(guarded, {}, 0), [
    {
      reason: 'HEADROOM',
      count: 1,
      agents: [{ agentId: 'S0', lastMs: 0 }],
      resources: resources('cpus:2'),
      still: true,
    },
  ]);
});

test('while a new master awaits agents, that is what holds back', (t) => {
  const allocator = allocatorOf();
  allocator.apply({ type: 'await-agents', count: 2 }, 0);
  addAgent(allocator, 'S0', 'cpus:2');
  addFramework(allocator, 'F0');
  allocate(allocator, 1000);
  t.like(told(allocator, {}, 1000), [{ reason: 'AGENTS_AWAITED', count: 1, still: true }]);
  allocator.apply({ type: 'await-no-more' }, 2000);
  allocate(allocator, 2000);
  t.like(told(allocator, {}, 2000), [{ reason: 'AGENTS_AWAITED', still: false }]);
});

test('a role remembers what was held back from frameworks that have gone, and when it comes back itself', (t) => {
  const allocator = allocatorOf('cpus:1');
  addAgent(allocator, 'S0', 'mem:64');
  addFramework(allocator, 'F0');
  addFramework(allocator, 'F1');
  allocate(allocator, 1000);
  allocator.apply({ type: 'remove-framework', frameworkId: 'F0' }, 2000);
  t.like(told(allocator, { role: 'web' }, 2000), [{ reason: 'BELOW_MINIMUM', count: 2 }]);
  t.like(told(allocator, { framework: 'F0' }, 2000), [{ reason: 'BELOW_MINIMUM', count: 1, still: false }]);
  allocator.apply({ type: 'remove-framework', frameworkId: 'F1' }, 2000);
  t.like(told(allocator, { role: 'web' }, 2000), [{ count: 2, firstMs: 1000 }]);
  addFramework(allocator, 'F2', ['web'], 3000);
  allocate(allocator, 4000);
  t.like(told(allocator, { role: 'web' }, 4000), [{ count: 3, firstMs: 1000, lastMs: 4000, still: true }]);
});

test('of removed frameworks as many are remembered as the master remembers', (t) => {
  const options = { allocationIntervalMs: 1000, filterGpuResources: true, completedFrameworksMax: 1 };
  const allocator = new Allocator({ ...options, minAllocatable: [resources('cpus:1').quantities] });
  addAgent(allocator, 'S0', 'mem:64');
  for (const id of ['F0', 'F1']) addFramework(allocator, id);
  allocate(allocator, 0);
  for (const frameworkId of ['F0', 'F1']) allocator.apply({ type: 'remove-framework', frameworkId }, 0);
  t.deepEqual(told(allocator, { framework: 'F0' }, 0), []);
  t.is(told(allocator, { framework: 'F1' }, 0).length, 1);
});

test('all ledgers together are bounded: what was written to longest ago is forgotten, and that is counted', (t) => {
  const book = new HeldBackBook({ entriesMax: 100 });
  const ledgers = Array.from({ length: 1000 }, () => book.ledger());
  for (const [index, ledger] of ledgers.entries()) {
    ledger.note('REFUSED', 'S0', undefined, index);
    // One that is in use all the time.
    must(ledgers[0]).note('RESERVED', 'S0', undefined, index);
  }
  t.is(book.size, 100);
  t.is(book.forgotten, 901);
  t.deepEqual(
    must(ledgers[0])
      .told()
      .map(({ count, reason }) => [reason, count]),
    [['RESERVED', 1000]],
  );
  t.deepEqual(must(ledgers[1]).told(), []);
  t.is(must(ledgers[999]).told().length, 1);
  for (const ledger of ledgers) ledger.clear();
  t.is(book.size, 0);
});

test('a ledger remembers a few of the last agents, each once', (t) => {
  const ledger = new HeldBackBook().ledger();
  for (let index = 0; index < 100; index++) ledger.note('RESERVED', `S${index % 6}`, undefined, index);
  const [held] = ledger.told();
  t.deepEqual(
    must(held).agents.map(({ agentId }) => agentId),
    ['S3', 'S2', 'S1', 'S0'],
  );
  t.is(must(held).count, 100);
});

test('with 10,000 agents, 10,000 frameworks and 1,000 roles the ledgers take less than 60 MB, and are full at 50,000 reasons', (t) => {
  const book = new HeldBackBook();
  const reasons = [
    'REFUSED',
    'BELOW_MINIMUM',
    'AGENT_EXCLUDED',
    'NOT_UNDERSTOOD',
    'AGENT_HAS_GPUS',
    'SUPPRESSED',
  ] as const;
  const ledgers = Array.from({ length: 11_000 }, () => book.ledger());
  const before = heapUsed();
  for (let agent = 0; agent < 10_000; agent++) {
    // Each agent is passed over by some of all, for one reason; after all of them every ledger has seen every reason.
    const left = resources(`cpus:2;mem:${agent + 1}`);
    const reason = must(reasons[Math.floor(agent / 100) % reasons.length]);
    for (let index = agent % 100; index < ledgers.length; index += 100) {
      must(ledgers[index]).note(reason, `S${agent}`, left, agent);
    }
  }
  const used = heapUsed() - before;
  t.is(book.size, 50_000);
  t.true(book.forgotten > 0);
  t.true(used < 60 * 1024 * 1024, `${(used / 1024 / 1024).toFixed(1)} MB`);
  t.is(ledgers.flatMap((ledger) => ledger.told()).length, 50_000);
});
