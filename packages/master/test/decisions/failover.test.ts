import test from 'ava';
import { createTask, decode, encode, type Task, type TaskState } from '@mesos-ts/protocol';
import { State } from '@mesos-ts/state';
import { MasterError } from '../../src/errors.ts';
import {
  commandTask,
  TestCluster,
  type OnMachine,
  type TestAgent,
  type TestScheduler,
  type TestClusterOptions,
} from '../../src/testing/index.ts';
import { must } from '../must.ts';
import { HeldStorage } from '../registrar/support.ts';

const minuteMs = 60_000;
const patient = { checkpoint: true, failover_timeout: 3600 };

interface Running {
  readonly cluster: TestCluster;
  readonly agent: OnMachine<TestAgent>;
  readonly scheduler: TestScheduler;
  /** The task as its agent tells of it. */
  readonly task: Task;
}

function taskOf(scheduler: TestScheduler, agentId: string, state: TaskState = 'TASK_RUNNING', id = 't1'): Task {
  const info = commandTask(id, agentId);
  const resources = (info.resources ?? []).map((resource) => ({ ...resource, allocation_info: { role: '*' } }));
  return createTask({ ...info, resources }, state, { value: scheduler.frameworkId });
}

/** A cluster where task `t1` runs. */
async function running(options: TestClusterOptions = {}, isAware = true): Promise<Running> {
  const cluster = await TestCluster.start(options);
  const agent = await cluster.agent();
  const capabilities = isAware ? { capabilities: ['PARTITION_AWARE', 'MULTI_ROLE'] as const } : { capabilities: [] };
  const { actor: scheduler } = await cluster.scheduler({ info: patient, ...capabilities });
  scheduler.launch(must(scheduler.offers[0]), [commandTask('t1', 'M-S0')], 3600);
  await cluster.clock.settle();
  agent.actor.update(scheduler.frameworkId, 't1', 'TASK_RUNNING');
  await cluster.clock.settle();
  for (const status of scheduler.statuses) scheduler.acknowledge(status);
  await cluster.clock.settle();
  scheduler.events.length = 0;
  return { cluster, agent, scheduler, task: taskOf(scheduler, 'M-S0') };
}

async function operate(cluster: TestCluster, call: object): Promise<{ status: number; text: string }> {
  const { body, status } = await cluster.runtime.inject({
    url: '/api/v1',
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(call),
  });
  return { status, text: body.toString() };
}

const about = (agent: OnMachine<TestAgent>): object => ({ agent_id: { value: agent.actor.agentId } });
const states = (scheduler: TestScheduler): string[] =>
  scheduler.statuses.map(({ reason, state, task_id }) => `${task_id.value} ${state} ${reason}`);

test('a new master knows the agents of the registry, shows them as recovered and offers nothing of them', async (t) => {
  const { cluster, scheduler } = await running();
  await using _ = cluster;
  await cluster.failover();
  scheduler.subscribe();
  await cluster.clock.advance(5000);
  const shown = [{ id: 'M-S0', hostname: 'test-agent', port: 5051, attributes: { rack: 'r1' } }];
  t.deepEqual(await cluster.get('/slaves'), { slaves: [], recovered_slaves: shown });
  t.like(await cluster.get('/state'), { slaves: [], recovered_slaves: shown });
  for (const type of ['GET_AGENTS', 'GET_STATE']) {
    const { text } = await operate(cluster, { type });
    const { get_agents, get_state } = JSON.parse(text) as Record<string, Record<string, unknown>>;
    t.like(get_agents ?? get_state?.['get_agents'], {
      agents: [],
      recovered_agents: [{ id: { value: 'M-S0' }, hostname: 'test-agent' }],
    });
  }
  t.deepEqual(scheduler.offers, []);
});

test('while agents are away after a failover nothing is said of tasks that may run there', async (t) => {
  const { cluster, scheduler } = await running();
  await using _ = cluster;
  await cluster.failover();
  scheduler.subscribe();
  await cluster.clock.settle();
  const ask = async (task: object): Promise<string[]> => {
    scheduler.events.length = 0;
    scheduler.call({ type: 'RECONCILE', reconcile: { tasks: [task as never] } });
    await cluster.clock.settle();
    return states(scheduler);
  };
  const task_id = { value: 't1' };
  t.deepEqual(await ask({ task_id, agent_id: { value: 'M-S0' } }), []);
  t.deepEqual(await ask({ task_id }), []);
  t.deepEqual(await ask({ task_id, agent_id: { value: 'nobody' } }), ['t1 TASK_UNKNOWN REASON_RECONCILIATION']);
  scheduler.call({ type: 'KILL', kill: { task_id, agent_id: { value: 'M-S0' } } });
  await cluster.clock.settle();
  t.is(states(scheduler).length, 1);
  scheduler.call({
    type: 'RECONCILE_OPERATIONS',
    reconcile_operations: { operations: [{ operation_id: { value: 'o' }, agent_id: { value: 'M-S0' } }] },
  });
  await cluster.clock.settle();
  t.is(scheduler.of('UPDATE_OPERATION_STATUS')[0]?.update_operation_status?.status.state, 'OPERATION_RECOVERING');
});

test('an agent that comes back as it was brings its tasks, and nothing is written for it', async (t) => {
  const storage = new HeldStorage();
  const { agent, cluster, scheduler, task } = await running({ registry: storage });
  await using _ = cluster;
  await cluster.failover();
  const { sets } = storage;
  scheduler.subscribe();
  agent.actor.reregister({ tasks: [task], frameworks: [scheduler.info] });
  await cluster.clock.settle();
  t.is(storage.sets, sets);
  t.deepEqual(states(scheduler), [], 'nothing has happened to it');
  scheduler.call({ type: 'RECONCILE', reconcile: {} });
  await cluster.clock.settle();
  t.deepEqual(states(scheduler), ['t1 TASK_RUNNING REASON_RECONCILIATION']);
  t.like(await cluster.get('/slaves'), { slaves: [{ id: 'M-S0', used_resources: { cpus: 1 } }], recovered_slaves: [] });
  t.is(cluster.metric('master/slave_reregistrations'), 1);
  await cluster.clock.advance(20 * minuteMs);
  t.is(cluster.metric('master/recovery_slave_removals'), 0);
  t.is(cluster.metric('master/slaves_active'), 1);
});

test('tasks of a framework that has not come to the new master are kept until it does', async (t) => {
  const { agent, cluster, scheduler, task } = await running();
  await using _ = cluster;
  await cluster.failover();
  const framework = scheduler.info;
  agent.actor.reregister({ tasks: [task], frameworks: [framework] });
  await cluster.clock.advance(minuteMs);
  t.like(await cluster.get('/frameworks'), {
    frameworks: [{ id: scheduler.frameworkId, recovered: true, connected: false, tasks: [{ id: 't1' }] }],
  });
  scheduler.subscribe();
  await cluster.clock.settle();
  scheduler.call({ type: 'RECONCILE', reconcile: {} });
  await cluster.clock.settle();
  t.deepEqual(states(scheduler), ['t1 TASK_RUNNING REASON_RECONCILIATION']);
});

test('an agent that comes back with other resources has them written before it is told so', async (t) => {
  const storage = new HeldStorage();
  const { agent, cluster } = await running({ registry: storage });
  await using _ = cluster;
  await cluster.failover();
  const larger = await cluster.restartAgent(agent, { resources: 'cpus:8;mem:4096' });
  storage.isHolding = true;
  larger.actor.reregister();
  await cluster.clock.settle();
  t.deepEqual(larger.actor.of('mesos.internal.AgentReregisteredMessage'), []);
  larger.actor.reregister();
  await cluster.clock.settle();
  t.is(storage.held.length, 1, 'the second message is dropped');
  storage.held[0]?.go();
  await cluster.clock.settle();
  t.is(larger.actor.of('mesos.internal.AgentReregisteredMessage').length, 1);
  t.like(await cluster.get('/registrar(1)/registry'), {
    slaves: { slaves: [{ info: { resources: [{ name: 'cpus', scalar: { value: 8 } }, { name: 'mem' }] } }] },
  });
});

for (const [what, isAware, state] of [
  ['aware of partitions', true, 'TASK_UNREACHABLE'],
  ['not aware of them', false, 'TASK_LOST'],
] as const) {
  test(`agents that do not come back in time become unreachable, and frameworks ${what} hear ${state}`, async (t) => {
    const { agent, cluster, scheduler, task } = await running({}, isAware);
    await using _ = cluster;
    await cluster.failover();
    scheduler.subscribe();
    await cluster.clock.advance(10 * minuteMs - 1);
    t.is(cluster.metric('master/slave_unreachable_scheduled'), 0);
    await cluster.clock.advance(1000);
    t.is(cluster.metric('master/slave_unreachable_scheduled'), 1);
    t.is(cluster.metric('master/slave_unreachable_completed'), 1);
    t.is(cluster.metric('master/recovery_slave_removals'), 1);
    t.is(cluster.metric('master/slave_removals/reason_unhealthy'), 1);
    t.is(cluster.metric('master/slaves_unreachable'), 1);
    t.deepEqual(scheduler.of('FAILURE')[0]?.failure, { agent_id: { value: 'M-S0' } });
    const asked = { task_id: { value: 't1' }, agent_id: { value: 'M-S0' } };
    scheduler.call({ type: 'RECONCILE', reconcile: { tasks: [asked] } });
    await cluster.clock.settle();
    t.deepEqual(states(scheduler), [`t1 ${state} REASON_RECONCILIATION`]);
    t.true((scheduler.statuses[0]?.unreachable_time?.nanoseconds ?? 0) > 0);
    t.like(await cluster.get('/registrar(1)/registry'), { unreachable: { slaves: [{ id: { value: 'M-S0' } }] } });
    agent.actor.reregister({ tasks: [task], frameworks: [scheduler.info] });
    await cluster.clock.settle();
    t.deepEqual(states(scheduler).slice(1), ['t1 TASK_RUNNING REASON_AGENT_REREGISTERED']);
    t.is(cluster.metric('master/slaves_unreachable'), 0);
    t.like(await cluster.get('/registrar(1)/registry'), { slaves: { slaves: [{ info: { id: { value: 'M-S0' } } }] } });
  });
}

test('after a failover agents become unreachable no faster than the rate limit, and those that return make room', async (t) => {
  await using cluster = await TestCluster.start({ flags: { agent_removal_rate_limit: '1/2mins' } });
  const agents = [await cluster.agent(), await cluster.agent(), await cluster.agent(), await cluster.agent()];
  await cluster.failover();
  await cluster.clock.advance(10 * minuteMs + 1);
  t.is(cluster.metric('master/slave_unreachable_scheduled'), 4);
  t.is(cluster.metric('master/slaves_unreachable'), 1);
  await cluster.clock.advance(minuteMs);
  agents[1]?.actor.reregister();
  await cluster.clock.settle();
  t.is(cluster.metric('master/slave_unreachable_canceled'), 1);
  await cluster.clock.advance(minuteMs);
  t.is(cluster.metric('master/slaves_unreachable'), 2);
  await cluster.clock.advance(2 * minuteMs);
  t.is(cluster.metric('master/slaves_unreachable'), 3);
  await cluster.clock.advance(10 * minuteMs);
  t.is(cluster.metric('master/slaves_unreachable'), 3);
  t.is(cluster.metric('master/slaves_active'), 1);
});

test('a master that would lose more agents than the recovery limit allows ends instead', async (t) => {
  await using cluster = await TestCluster.start({ flags: { recovery_agent_removal_limit: '50%' } });
  const agents = [await cluster.agent(), await cluster.agent(), await cluster.agent(), await cluster.agent()];
  await cluster.failover();
  agents[0]?.actor.reregister();
  await cluster.clock.advance(10 * minuteMs + 1000);
  t.is(await cluster.master.ended, 'failed');
  t.true(
    cluster.log.some((line) => line.includes('Post-recovery agent removal limit exceeded!') && line.includes('75%')),
  );
  await cluster.failover();
  t.like(await cluster.get('/slaves'), { slaves: [], recovered_slaves: { length: 4 } }, 'nothing was given up');
  agents[1]?.actor.reregister();
  agents[2]?.actor.reregister();
  await cluster.clock.advance(10 * minuteMs + 1000);
  t.is(cluster.metric('master/recovery_slave_removals'), 2, 'half of them is not more than half');
});

test('what operators did to agents outlives their master', async (t) => {
  await using cluster = await TestCluster.start();
  const [off, gone, on] = [await cluster.agent(), await cluster.agent(), await cluster.agent()];
  t.is((await operate(cluster, { type: 'DEACTIVATE_AGENT', deactivate_agent: about(off) })).status, 200);
  t.is((await operate(cluster, { type: 'MARK_AGENT_GONE', mark_agent_gone: about(gone) })).status, 200);
  await cluster.failover();
  t.is((await operate(cluster, { type: 'DEACTIVATE_AGENT', deactivate_agent: about(on) })).status, 200);
  t.is((await operate(cluster, { type: 'DEACTIVATE_AGENT', deactivate_agent: about(gone) })).status, 400);
  for (const each of [off, gone, on]) each.actor.reregister();
  await cluster.clock.settle();
  t.deepEqual(gone.actor.of('mesos.internal.ShutdownMessage').at(-1), { message: 'Agent has been marked gone' });
  t.like(await cluster.get('/slaves'), {
    slaves: [
      { id: 'M-S0', active: false, deactivated: true },
      { id: 'M-S2', active: false, deactivated: true },
    ],
  });
  t.is((await operate(cluster, { type: 'REACTIVATE_AGENT', reactivate_agent: about(off) })).status, 200);
  await cluster.failover();
  off.actor.reregister();
  await cluster.clock.settle();
  t.like(await cluster.get('/slaves'), { slaves: [{ id: 'M-S0', active: true, deactivated: false }] });
});

test('an agent that has not come back after a failover can be given up, and is then not waited for', async (t) => {
  const { cluster, scheduler } = await running();
  await using _ = cluster;
  await cluster.failover();
  scheduler.subscribe();
  const agent_id = { value: 'M-S0' };
  t.is((await operate(cluster, { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id } })).status, 200);
  scheduler.call({ type: 'RECONCILE', reconcile: { tasks: [{ task_id: { value: 't1' }, agent_id }] } });
  await cluster.clock.advance(11 * minuteMs);
  t.deepEqual(states(scheduler), ['t1 TASK_GONE_BY_OPERATOR REASON_RECONCILIATION']);
  t.is(cluster.metric('master/recovery_slave_removals'), 0);
  t.is(cluster.metric('master/slaves_unreachable'), 0);
});

test('weights that were set outlive their master and count more than the flag', async (t) => {
  await using cluster = await TestCluster.start({ flags: { weights: 'eng=2,ads=3' } });
  const weight_infos = [{ role: 'eng', weight: 5 }];
  t.is((await operate(cluster, { type: 'UPDATE_WEIGHTS', update_weights: { weight_infos } })).status, 200);
  await cluster.failover({ weights: 'eng=7,ops=1' });
  t.deepEqual(await cluster.get('/weights'), [
    { role: 'eng', weight: 5 },
    { role: 'ads', weight: 3 },
  ]);
  t.true(cluster.log.some((line) => line.includes('Ignoring --weights')));
});

test('the update of a task that ended while no master led reaches its framework, which may acknowledge it', async (t) => {
  const { agent, cluster, scheduler } = await running();
  await using _ = cluster;
  await cluster.failover();
  const ended = taskOf(scheduler, 'M-S0', 'TASK_FINISHED');
  agent.actor.reregister({ tasks: [ended], frameworks: [scheduler.info] });
  await cluster.clock.settle();
  agent.actor.update(scheduler.frameworkId, 't1', 'TASK_FINISHED');
  await cluster.clock.settle();
  t.deepEqual(states(scheduler), [], 'nobody is there to hear it: the agent will send it again');
  scheduler.subscribe();
  await cluster.clock.settle();
  agent.actor.update(scheduler.frameworkId, 't1', 'TASK_FINISHED');
  await cluster.clock.settle();
  t.is(scheduler.statuses[0]?.state, 'TASK_FINISHED');
  agent.actor.received.length = 0;
  scheduler.acknowledge(must(scheduler.statuses[0]));
  await cluster.clock.settle();
  t.is(agent.actor.of('mesos.internal.StatusUpdateAcknowledgementMessage').length, 1);
  t.like(await cluster.get('/frameworks'), { frameworks: [{ tasks: [], completed_tasks: [{ id: 't1' }] }] });
});

test('a master that cannot do what the registry demands does not lead', async (t) => {
  await using cluster = await TestCluster.start();
  const state = new State(cluster.registry, cluster.runtime.random);
  const variable = await state.fetch('registry');
  const registry = decode('mesos.internal.Registry', variable.value);
  const minimum_capabilities = [{ capability: 'AGENT_DRAINING' }, { capability: 'TELEPORTATION' }];
  await state.store(variable.mutate(encode('mesos.internal.Registry', { ...registry, minimum_capabilities })));
  const error = await t.throwsAsync(cluster.failover(), { instanceOf: MasterError });
  t.is(error.code, 'REGISTRY_NEWER');
  t.regex(error.message, /: TELEPORTATION\./);
});
