import test from 'ava';
import { approveAll, approversBy, type Approvers } from '@mesos-ts/daemon';
import { PID } from '@mesos-ts/libprocess';
import { decode, encode, fromJson, parseResources, Resources, toJson, type Resource } from '@mesos-ts/protocol';
import { canPlace, explain, type ExplainContext } from '../../src/explain/explain.ts';
import { Allocator } from '../../src/index.ts';
import { quotaOf } from '../../src/quota.ts';
import { agentRecord } from '../../src/state/agent.ts';
import { Cluster } from '../../src/state/cluster.ts';
import { frameworkRecord } from '../../src/state/framework.ts';
import { must } from '../must.ts';

function list(text: string): Resource[] {
  const parsed = parseResources(text);
  if (parsed.error !== undefined) throw new TypeError(parsed.error);
  return parsed.value.toArray();
}

/** A master's books and an allocator's, with agents of 1 and 4 cpus and a framework in two roles. */
function example(approvers: Approvers = approveAll): ExplainContext & { allocator: Allocator } {
  const cluster = new Cluster({ id: 'M', ip: 0, port: 5050 }, { completedFrameworksMax: 10 });
  const allocator = new Allocator({ allocationIntervalMs: 1000, filterGpuResources: true, minAllocatable: [] });
  for (const cpus of [1, 4]) {
    const capabilities = new Set(['MULTI_ROLE' as const]);
    const agent = agentRecord({
      id: `S${cpus}`,
      incarnation: 0,
      pid: new PID('slave(1)', `10.0.0.${cpus}:5051`),
      info: { hostname: `host-${cpus}`, id: { value: `S${cpus}` }, resources: list(`cpus:${cpus};mem:64`) },
      version: '1.12.0',
      capabilities,
      registeredTimeMs: 0,
      checkpointedResources: [],
    });
    cluster.addAgent(agent);
    const { id: agentId, totalResources: total } = agent;
    allocator.apply({ type: 'add-agent', agent: { agentId, capabilities, total, used: new Map(), incarnation: 0 } }, 0);
  }
  const info = { user: 'u', name: 'web shop', roles: ['web', 'ads'], capabilities: [{ type: 'MULTI_ROLE' as const }] };
  const framework = frameworkRecord('F', info, 0, { completedTasksMax: 1, unreachableTasksMax: 1 });
  framework.active = true;
  cluster.addFramework(framework);
  allocator.apply({ type: 'add-framework', frameworkId: 'F', info, suppressedRoles: ['ads'] }, 0);
  allocator.apply({ type: 'activate-framework', frameworkId: 'F' }, 0);
  return {
    allocator,
    cluster,
    approvers,
    nowMs: 60_000,
    ask: askAt(allocator, 0),
  };
}

function askAt(allocator: Allocator, nowMs: number): ExplainContext['ask'] {
  return (question) => Promise.resolve(allocator.explain(question, nowMs));
}

async function valueOf<T>(explained: Promise<{ value: T } | { error: string }>): Promise<T> {
  const answer = await explained;
  if ('error' in answer) throw new Error(answer.error);
  return answer.value;
}

/** Two offers, one of which was declined after 10 seconds. */
function offerTwo({ allocator, cluster }: ReturnType<typeof example>): void {
  const { ledger } = must(cluster.frameworks.get('F'));
  for (const [offerId, agentId, offeredMs] of [
    ['O1', 'S1', 30_000],
    ['O2', 'S4', 50_000],
  ] as const) {
    const resources = allocator.available(agentId);
    cluster.offerBook.offered(ledger, { offerId, frameworkId: 'F', agentId, role: 'web', resources, offeredMs });
  }
  cluster.offerBook.ended(ledger, 'web', 'O1', { type: 'DECLINED', refuseSeconds: 5 }, 40_000);
}

test('EXPLAIN tells of each role of a framework, the nearest agents first, and of its offers, the newest first', async (t) => {
  const context = example();
  offerTwo(context);
  const { frameworks } = await valueOf(explain({ framework_id: { value: 'F' }, agents_max: 1 }, context));
  const [framework] = must(frameworks);
  t.like(framework, { name: 'web shop', active: true, offers_made: 2, offers_declined: 1 });
  const [web, ads] = must(must(framework).roles);
  t.like(web, { role: 'web', suppressed: false, fits: 2, framework_turn: { place: 1, of: 1, share: 0 } });
  t.is(must(web).agents?.length, 1);
  t.is(must(web).agents_left_out, 1);
  t.like(ads, { role: 'ads', suppressed: true });
  const [newest, oldest] = must(must(framework).offers);
  t.like(newest, { offer_id: { value: 'O2' }, age_seconds: 10, end: undefined });
  t.like(oldest, { end: 'DECLINED', refuse_seconds: 5, ended_seconds_ago: 20, resources: list('cpus:1;mem:64') });
});

test('EXPLAIN of a role tells what was offered and held back in it, with ages, and from everybody', async (t) => {
  const context = example();
  offerTwo(context);
  const { allocator } = context;
  allocator.apply({ type: 'suppress', frameworkId: 'F', roles: ['web'] }, 1000);
  const info = { user: 'u', name: 'late', roles: ['web'], capabilities: [{ type: 'MULTI_ROLE' as const }] };
  const late = frameworkRecord('L', info, 0, { completedTasksMax: 1, unreachableTasksMax: 1 });
  context.cluster.addFramework(late);
  allocator.apply({ type: 'add-framework', frameworkId: 'L', info, suppressedRoles: [] }, 1000);
  allocator.apply({ type: 'activate-framework', frameworkId: 'L' }, 1000);
  const offers = allocator.allocate('all', 2000, () => 0).flatMap((allocation) => allocation.offers);
  for (const { agentId, resources } of offers) {
    const filters = { refuse_seconds: 100 };
    allocator.apply({ type: 'recover', frameworkId: 'L', agentId, resources, filters }, 3000);
  }
  allocator.apply({ type: 'deactivate-agent', agentId: 'S4' }, 3000);
  allocator.allocate('all', 4000, () => 0);
  const answer = await valueOf(explain({ role: 'web' }, { ...context, ask: askAt(allocator, 10_000) }));
  const { held_back, offers: told, ...counts } = must(answer.role);
  t.like(counts, { role: 'web', offers_made: 2, offers_declined: 1, offers_left_out: 0 });
  t.like(held_back, [
    {
      type: 'REFUSED',
      times: 1,
      first_seconds_ago: 6,
      last_seconds_ago: 6,
      still: true,
      agents: [{ agent_id: { value: 'S1' }, hostname: 'host-1', seconds_ago: 6 }],
      resources: list('cpus:1;mem:64'),
    },
    { type: 'SUPPRESSED', times: 1, last_seconds_ago: 9, still: true, agents: [] },
  ]);
  t.like(told, [
    { offer_id: { value: 'O2' }, framework_id: { value: 'F' }, age_seconds: 10 },
    { offer_id: { value: 'O1' }, framework_id: { value: 'F' }, end: 'DECLINED' },
  ]);
  t.like(answer.everybody, [{ type: 'AGENT_INACTIVE', times: 1, last_seconds_ago: 6, still: true }]);
  t.is(answer.held_back_forgotten, 0);
});

test('what was missing to the least that is worth an offer is told by dimension', async (t) => {
  const context = example();
  const allocator = new Allocator({
    allocationIntervalMs: 1000,
    filterGpuResources: true,
    minAllocatable: [Resources.of(list('cpus:2;mem:100')).quantities],
  });
  const { capabilities, totalResources: total } = must(context.cluster.agents.get('S1'));
  allocator.apply(
    { type: 'add-agent', agent: { agentId: 'S1', capabilities, total, used: new Map(), incarnation: 0 } },
    0,
  );
  const { info } = must(context.cluster.frameworks.get('F'));
  allocator.apply({ type: 'add-framework', frameworkId: 'F', info, suppressedRoles: [] }, 0);
  allocator.apply({ type: 'activate-framework', frameworkId: 'F' }, 0);
  allocator.allocate('all', 0, () => 0);
  const { frameworks } = await valueOf(
    explain({ framework_id: { value: 'F' } }, { ...context, ask: askAt(allocator, 0) }),
  );
  const [held] = must(must(must(must(frameworks)[0]).roles)[0]).held_back ?? [];
  t.like(held, { type: 'BELOW_MINIMUM', times: 1, still: true });
  t.deepEqual(must(held).dimensions, [
    { name: 'cpus', free: 1, missing: 1 },
    { name: 'mem', free: 64, missing: 36 },
  ]);
});

test('an answer says of how many frameworks of a role it does not tell', async (t) => {
  const context = example();
  for (let index = 0; index < 14; index++) {
    const info = { user: 'u', name: `f${index}`, roles: ['crowd'], capabilities: [{ type: 'MULTI_ROLE' as const }] };
    const limits = { completedTasksMax: 1, unreachableTasksMax: 1 };
    context.cluster.addFramework(frameworkRecord(`F${index}`, info, 0, limits));
  }
  const explained = await valueOf(explain({ role: 'crowd' }, context));
  t.like(explained, { frameworks_left_out: 4 });
  t.is(explained.frameworks?.length, 10);
  t.like(await valueOf(canPlace({ role: 'crowd', resources: list('cpus:1') }, context)), { frameworks_left_out: 4 });
  t.like(await valueOf(explain({ role: 'web' }, context)), { frameworks_left_out: 0 });
});

test('a framework that has ended is explained as long as it is remembered, and nothing can be placed by it', async (t) => {
  const context = example();
  offerTwo(context);
  const framework = must(context.cluster.frameworks.get('F'));
  context.allocator.apply({ type: 'suppress', frameworkId: 'F', roles: ['web'] }, 0);
  context.allocator.apply({ type: 'remove-framework', frameworkId: 'F' }, 0);
  framework.active = false;
  framework.unregisteredTimeMs = 60_000;
  context.cluster.completeFramework(framework);
  const { frameworks } = await valueOf(explain({ framework_id: { value: 'F' } }, context));
  t.like(must(frameworks)[0], { completed: true, active: false, offers_made: 2 });
  const [web] = must(must(frameworks)[0]).roles ?? [];
  t.like(web, { role: 'web', agents: [], held_back: [{ type: 'SUPPRESSED', still: false }] });
  t.like(await canPlace({ framework_id: { value: 'F' }, resources: list('cpus:1') }, context), { status: 404 });
});

test('offers to a framework that may not be seen are counted in the ledger of its role, and not told', async (t) => {
  const context = example();
  offerTwo(context);
  const approvers = approversBy((action) => action !== 'VIEW_FRAMEWORK');
  const { role } = await valueOf(explain({ role: 'web' }, { ...context, approvers }));
  t.like(role, { offers_made: 2, offers_left_out: 2, offers: [] });
});

test('CAN_PLACE says how much is missing on each agent', async (t) => {
  const context = example();
  context.allocator.allocate('all', 0, () => 0);
  const wanted = { framework_id: { value: 'F' }, role: 'web', resources: list('cpus:2;mem:32') };
  const { now, ever, frameworks } = await valueOf(canPlace(wanted, context));
  t.deepEqual([now, ever], [false, true]);
  const [web] = must(must(must(frameworks)[0]).roles);
  t.like(web, { fits: 0, busy: 1, too_small: 1 });
  const [busy, small] = must(must(web).agents);
  t.like(busy, { agent_id: { value: 'S4' }, hostname: 'host-4', fit: 'BUSY' });
  t.deepEqual(must(busy).dimensions, [
    { name: 'cpus', free: 0, total: 4, missing: 2, missing_ever: undefined },
    { name: 'mem', free: 0, total: 64, missing: 32, missing_ever: undefined },
  ]);
  t.like(must(small).dimensions?.[0], { name: 'cpus', missing: 2, missing_ever: 1 });
});

test('CAN_PLACE without a framework asks for one that could come', async (t) => {
  const context = example();
  const fits = await valueOf(canPlace({ resources: list('cpus:4') }, context));
  t.like(fits, { now: true, ever: true, frameworks: [], role: { role: '*', fits: 1, too_small: 1 } });
  const never = await valueOf(canPlace({ role: 'web', resources: list('cpus:5') }, context));
  t.like(never, { now: false, ever: false });
  t.is(never.frameworks?.length, 1);
});

test('what fits a suppressed role does not fit now', async (t) => {
  const wanted = { framework_id: { value: 'F' }, role: 'ads', resources: list('cpus:1') };
  t.like(await valueOf(canPlace(wanted, example())), { now: false, ever: true });
});

test('calls that ask for nothing, for nobody or for nonsense are refused', async (t) => {
  const context = example();
  t.like(await explain({}, context), { status: 400 });
  t.like(await explain({ framework_id: { value: 'F' }, role: 'web' }, context), { status: 400 });
  t.like(await explain({ framework_id: { value: 'G' } }, context), { status: 404 });
  t.like(await explain({ role: '/' }, context), { status: 400 });
  t.like(await canPlace({}, context), { status: 400 });
  t.like(await canPlace({ framework_id: { value: 'F' }, role: 'x', resources: list('cpus:1') }, context), {
    status: 404,
  });
  const negative = [{ name: 'cpus', type: 'SCALAR' as const, scalar: { value: -1 } }];
  t.like(await canPlace({ resources: negative }, context), { status: 400 });
});

test('whoever may not see a framework or a role learns nothing of it', async (t) => {
  const context = example(approversBy((action) => action !== 'VIEW_FRAMEWORK'));
  t.like(await explain({ framework_id: { value: 'F' } }, context), { status: 404, error: "No framework 'F'" });
  t.like(await valueOf(explain({ role: 'web' }, context)), { frameworks: [], frameworks_left_out: 0 });
  const blind = example(approversBy((action) => action !== 'VIEW_ROLE'));
  t.like(await explain({ role: 'web' }, blind), { status: 404 });
});

test('an explanation is the same in protobuf and in JSON', async (t) => {
  const context = example();
  context.allocator.allocate(['S4'], 0, () => 0);
  const explained = await valueOf(canPlace({ framework_id: { value: 'F' }, resources: list('cpus:4') }, context));
  const response = { type: 'CAN_PLACE' as const, can_place: explained };
  const name = 'mesos.v1.master.Response';
  t.deepEqual(toJson(name, decode(name, encode(name, response))), toJson(name, response));
  t.deepEqual(toJson(name, fromJson(name, toJson(name, response))), toJson(name, response));
});

test('what a role gets at most by its quota decides what can be placed now, and what could be ever', async (t) => {
  const context = example();
  const { allocator, cluster } = context;
  const place = async (cpus: number): Promise<[boolean | undefined, boolean | undefined]> => {
    const { ever, now } = await valueOf(canPlace({ role: 'web/front', resources: list(`cpus:${cpus}`) }, context));
    return [now, ever];
  };
  const limit = (cpus: number): void => {
    const config = { role: 'web', limits: { cpus: { value: cpus } } };
    cluster.quotas.set('web', config);
    allocator.apply({ type: 'update-quota', role: 'web', quota: quotaOf(config) }, 0);
  };
  const agent = {
    capabilities: new Set(['MULTI_ROLE', 'HIERARCHICAL_ROLE'] as const),
    used: new Map(),
    incarnation: 0,
  };
  allocator.apply({ type: 'add-agent', agent: { ...agent, agentId: 'S9', total: Resources.of(list('cpus:4')) } }, 0);
  t.deepEqual(await place(4), [true, true]);
  limit(2);
  t.deepEqual(await place(2), [true, true]);
  t.deepEqual(await place(3), [false, false], 'never within the limit');
  allocator.allocate('all', 0, () => 0);
  t.deepEqual(await place(2), [false, true], 'another of the role has it now');
});
