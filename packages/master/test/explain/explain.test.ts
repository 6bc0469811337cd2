import test from 'ava';
import { approveAll, approversBy, type Approvers } from '@mesos-ts/daemon';
import { PID } from '@mesos-ts/libprocess';
import { decode, encode, fromJson, parseResources, toJson, type Resource } from '@mesos-ts/protocol';
import { canPlace, explain, type ExplainContext } from '../../src/explain/explain.ts';
import { Allocator } from '../../src/index.ts';
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
    ask: (question) => Promise.resolve(allocator.explain(question, 0)),
  };
}

async function valueOf<T>(explained: Promise<{ value: T } | { error: string }>): Promise<T> {
  const answer = await explained;
  if ('error' in answer) throw new Error(answer.error);
  return answer.value;
}

test('EXPLAIN tells of each role of a framework, the nearest agents first, and of its offers, the newest first', async (t) => {
  const context = example();
  const { ledger } = must(context.cluster.frameworks.get('F'));
  const role = 'web';
  ledger.offered({
    offerId: 'O1',
    agentId: 'S1',
    role,
    resources: context.allocator.available('S1'),
    offeredMs: 30_000,
  });
  ledger.offered({
    offerId: 'O2',
    agentId: 'S4',
    role,
    resources: context.allocator.available('S4'),
    offeredMs: 50_000,
  });
  ledger.ended('O1', { type: 'DECLINED', refuseSeconds: 5 }, 40_000);
  const { frameworks } = await valueOf(explain({ framework_id: { value: 'F' }, agents_max: 1 }, context));
  const [framework] = must(frameworks);
  t.like(framework, { name: 'web shop', active: true, offers_made: 2, offers_declined: 1 });
  const [web, ads] = must(must(framework).roles);
  t.like(web, { role: 'web', suppressed: false, fits: 2, framework_turn: { place: 1, of: 1, share: 0 } });
  t.is(must(web).agents?.length, 1);
  t.like(ads, { role: 'ads', suppressed: true });
  const [newest, oldest] = must(must(framework).offers);
  t.like(newest, { offer_id: { value: 'O2' }, age_seconds: 10, end: undefined });
  t.like(oldest, { end: 'DECLINED', refuse_seconds: 5, ended_seconds_ago: 20, resources: list('cpus:1;mem:64') });
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
  t.deepEqual(await valueOf(explain({ role: 'web' }, context)), { frameworks: [] });
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
