import test from 'ava';
import { createTask, type ExecutorInfo, type FrameworkInfo, type Task, type TaskState } from '@mesos-ts/protocol';
import { commandTask, TestAgent, TestCluster, TestScheduler } from '../../src/testing/index.ts';
import { must } from '../must.ts';

function runningTask(id: string, agentId: string, frameworkId: string, state: TaskState = 'TASK_RUNNING'): Task {
  const info = commandTask(id, agentId);
  const resources = (info.resources ?? []).map((resource) => ({ ...resource, allocation_info: { role: '*' } }));
  return createTask({ ...info, resources }, state, { value: frameworkId });
}

function infoOf(scheduler: TestScheduler): FrameworkInfo {
  return { ...scheduler.info, id: { value: scheduler.frameworkId } };
}

test('agents get ids of the master with a number and learn how long silence may last', async (t) => {
  await using cluster = await TestCluster.start();
  const first = await cluster.agent();
  const second = await cluster.agent();
  t.deepEqual(first.actor.of('mesos.internal.AgentRegisteredMessage'), [
    { agent_id: { value: 'M-S0' }, connection: { total_ping_timeout_seconds: 75 } },
  ]);
  t.is(second.actor.agentId, 'M-S1');
  t.is(cluster.metric('master/slaves_active'), 2);
  t.is(cluster.metric('master/slave_registrations'), 2);
  t.is(cluster.metric('master/cpus_total'), 8);
});

test('an agent that asks again before it heard the answer gets the same id', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor } = await cluster.agent();
  actor.register();
  await cluster.clock.settle();
  t.deepEqual(
    actor.of('mesos.internal.AgentRegisteredMessage').map((message) => message.agent_id.value),
    ['M-S0', 'M-S0'],
  );
  t.is(cluster.metric('master/slaves_connected'), 1);
});

test('an agent that registers anew where a disconnected one was takes its place, whose tasks are lost', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler({ info: { checkpoint: true } });
  const offer = must(scheduler.offers[0]);
  scheduler.launch(offer, [commandTask('t1', 'M-S0')]);
  await cluster.clock.settle();
  const fresh = await cluster.restartAgent(agent);
  fresh.actor.register();
  await cluster.clock.settle();
  t.is(fresh.actor.agentId, 'M-S1');
  t.like(scheduler.statuses.at(-1), {
    state: 'TASK_LOST',
    reason: 'REASON_AGENT_REMOVED',
    message: 'Agent test-agent removed: a new agent registered at the same address',
  });
  t.like(scheduler.of('FAILURE')[0]?.failure, { agent_id: { value: 'M-S0' } });
  t.is(cluster.metric('master/slave_removals/reason_registered'), 1);
});

test('registrations that say nonsense are dropped', async (t) => {
  await using cluster = await TestCluster.start();
  const runtime = await cluster.machine();
  const actor = new TestAgent({ master: cluster.masterPid });
  runtime.spawn(actor);
  await cluster.clock.settle();
  const name = 'mesos.internal.RegisterAgentMessage';
  const agent = { hostname: 'h', resources: [] };
  actor.tell(name, { agent, version: 'new' });
  actor.tell(name, { agent, version: '0.28.0' });
  actor.tell(name, { agent: { ...agent, id: { value: 'mine' } }, version: '1.12.0' });
  actor.tell(name, {
    agent: { hostname: 'h', resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: -1 } }] },
    version: '1.12.0',
  });
  actor.tell(name, { version: '1.12.0' });
  await cluster.clock.settle();
  t.deepEqual(actor.received, []);
  t.is(cluster.metric('master/slaves_connected'), 0);
  t.is(cluster.metric('libprocess/messages_invalid'), 1);
});

test('an agent nobody knows comes with its tasks and frameworks, which the scheduler then takes over', async (t) => {
  await using cluster = await TestCluster.start();
  const runtime = await cluster.machine();
  const actor = new TestAgent({ master: cluster.masterPid });
  actor.agentId = 'OLD-S7';
  runtime.spawn(actor);
  await cluster.clock.settle();
  const framework: FrameworkInfo = { user: 'u', name: 'f', id: { value: 'OLD-0001' }, checkpoint: true };
  actor.reregister({ tasks: [runningTask('t1', 'OLD-S7', 'OLD-0001')], frameworks: [framework] });
  await cluster.clock.settle();
  t.is(actor.of('mesos.internal.AgentReregisteredMessage')[0]?.agent_id.value, 'OLD-S7');
  t.like(await cluster.get('/state'), {
    slaves: [{ id: 'OLD-S7', used_resources: { cpus: 1, mem: 64 } }],
    frameworks: [{ id: 'OLD-0001', recovered: true, connected: false, tasks: [{ id: 't1', state: 'TASK_RUNNING' }] }],
  });
  const machine = await cluster.machine();
  const scheduler = new TestScheduler({
    master: cluster.masterPid,
    info: { user: 'u', name: 'f', checkpoint: true },
    capabilities: [],
  });
  scheduler.frameworkId = 'OLD-0001';
  machine.spawn(scheduler);
  await cluster.clock.settle();
  scheduler.subscribe();
  await cluster.clock.settle();
  t.is(scheduler.of('SUBSCRIBED')[0]?.subscribed?.framework_id.value, 'OLD-0001');
  t.like(scheduler.offers[0]?.resources?.[0], { name: 'cpus', scalar: { value: 3 } });
  t.like(await cluster.get('/frameworks'), { frameworks: [{ id: 'OLD-0001', recovered: false, connected: true }] });
  const [update] = actor.of('mesos.internal.UpdateFrameworkMessage').slice(-1);
  t.is(update?.pid, scheduler.self.toString());
});

test('re-registrations that contradict themselves are dropped', async (t) => {
  await using cluster = await TestCluster.start();
  const runtime = await cluster.machine();
  const actor = new TestAgent({ master: cluster.masterPid });
  actor.agentId = 'OLD-S7';
  runtime.spawn(actor);
  await cluster.clock.settle();
  const claim = async (running?: Parameters<TestAgent['reregister']>[0]): Promise<void> => {
    actor.reregister(running);
    await cluster.clock.settle();
  };
  const framework: FrameworkInfo = { user: 'u', name: 'f', id: { value: 'F' } };
  const executor: ExecutorInfo = { executor_id: { value: 'e' }, framework_id: { value: 'F' } };
  await claim({ tasks: [runningTask('t1', 'OLD-S7', 'F')] });
  await claim({ tasks: [runningTask('t1', 'OTHER', 'F')], frameworks: [framework] });
  await claim({ tasks: [runningTask('t/1', 'OLD-S7', 'F')], frameworks: [framework] });
  await claim({
    tasks: [runningTask('t1', 'OLD-S7', 'F'), runningTask('t1', 'OLD-S7', 'F')],
    frameworks: [framework],
  });
  await claim({
    tasks: [{ ...runningTask('t1', 'OLD-S7', 'F'), executor_id: { value: 'x' } }],
    frameworks: [framework],
  });
  // What two tasks have in common was looked at with the first; what the third has was not.
  const one = runningTask('t1', 'OLD-S7', 'F');
  const three = {
    ...one,
    task_id: { value: 't3' },
    resources: one.resources?.map(({ name, type }) => ({ name, type })),
  };
  await claim({ tasks: [one, { ...one, task_id: { value: 't2' } }, three], frameworks: [framework] });
  await claim({ executors: [executor, executor], frameworks: [framework] });
  await claim({ executors: [executor] });
  await claim({ frameworks: [framework, framework] });
  actor.agentId = '..';
  await claim();
  t.deepEqual(actor.received, []);
  t.is(cluster.log.filter((line) => line.includes('Dropping re-registration')).length, 10);
  t.is(cluster.log.filter((line) => line.includes('Task uses invalid resources')).length, 1);
});

test('an agent that comes back from another machine is told to end', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const runtime = await cluster.machine();
  const thief = new TestAgent({ master: cluster.masterPid });
  thief.agentId = agent.actor.agentId;
  runtime.spawn(thief);
  await cluster.clock.settle();
  thief.reregister();
  await cluster.clock.settle();
  t.deepEqual(thief.of('mesos.internal.ShutdownMessage'), [
    { message: 'Agent attempted to reregister with different IP / hostname' },
  ]);
  t.like(await cluster.get('/slaves'), { slaves: [{ id: 'M-S0', pid: agent.actor.self.toString(), active: true }] });
});

test('an agent that comes back is asked for tasks it does not mention, told to kill what it missed, and offered again', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler({ info: { checkpoint: true } });
  const offer = must(scheduler.offers[0]);
  scheduler.launch(offer, [commandTask('t1', 'M-S0'), commandTask('t2', 'M-S0')], 3600);
  await cluster.clock.settle();
  const back = await cluster.restartAgent(agent);
  t.like(await cluster.get('/slaves'), { slaves: [{ active: false }] });
  scheduler.call({ type: 'KILL', kill: { task_id: { value: 't1' } } });
  await cluster.clock.settle();
  back.actor.reregister({ tasks: [runningTask('t1', 'M-S0', 'M-0000')], frameworks: [infoOf(scheduler)] });
  await cluster.clock.settle();
  const [answer] = back.actor.of('mesos.internal.AgentReregisteredMessage');
  t.deepEqual(
    answer?.reconciliations?.flatMap((one) => one.statuses ?? []).map((status) => status.task_id.value),
    ['t2'],
  );
  t.deepEqual(
    back.actor.of('mesos.internal.KillTaskMessage').map((message) => message.task_id.value),
    ['t1'],
  );
  t.like(await cluster.get('/slaves'), { slaves: [{ id: 'M-S0', active: true }] });
  await cluster.clock.advance(1000);
  t.is(scheduler.offers.length, 1, 'what was refused stays refused');
});

test('an agent that comes back is told which frameworks have ended', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler();
  const back = await cluster.restartAgent(agent);
  scheduler.call({ type: 'TEARDOWN' });
  await cluster.clock.settle();
  back.actor.reregister({ tasks: [runningTask('t1', 'M-S0', 'M-0000')], frameworks: [infoOf(scheduler)] });
  await cluster.clock.settle();
  t.deepEqual(back.actor.of('mesos.internal.ShutdownFrameworkMessage'), [{ framework_id: { value: 'M-0000' } }]);
});

test('an agent that changed its resources is offered as it is now', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const back = await cluster.restartAgent(agent, { resources: 'cpus:9;mem:64' });
  back.actor.reregister();
  await cluster.clock.settle();
  const { actor: scheduler } = await cluster.scheduler();
  t.like(scheduler.offers[0]?.resources?.[0], { name: 'cpus', scalar: { value: 9 } });
});
