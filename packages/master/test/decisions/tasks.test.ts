import test from 'ava';
import { parseResources } from '@mesos-ts/protocol';
import { commandTask, TestCluster, type OnMachine, type TestAgent, TestScheduler } from '../../src/testing/index.ts';
import { must } from '../must.ts';

interface Launched {
  readonly cluster: TestCluster;
  readonly agent: OnMachine<TestAgent>;
  readonly machine: OnMachine<TestScheduler>;
  readonly scheduler: TestScheduler;
}

/** Bytes as numbers: which class they come in from the wire is nobody's business. */
function plain(bytes: Uint8Array | undefined): number[] {
  return [...(bytes ?? [])];
}

/** A cluster where task `t1` was launched; the rest of the agent is refused for an hour. */
async function launched(info: { failover_timeout?: number; checkpoint?: boolean } = {}): Promise<Launched> {
  const cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const machine = await cluster.scheduler({ info });
  const { actor: scheduler } = machine;
  const offer = must(scheduler.offers[0]);
  scheduler.launch(offer, [commandTask('t1', 'M-S0')], 3600);
  await cluster.clock.settle();
  return { cluster, agent, machine, scheduler };
}

test('updates go to the scheduler with their uuid, acknowledgements to the agent', async (t) => {
  const { agent, cluster, scheduler } = await launched();
  await using _ = cluster;
  const uuid = agent.actor.update('M-0000', 't1', 'TASK_RUNNING', { data: new Uint8Array([1, 2]) });
  await cluster.clock.settle();
  const [status] = scheduler.statuses;
  t.deepEqual(plain(status?.uuid), plain(uuid));
  t.deepEqual(plain(status?.data), [1, 2]);
  t.is(cluster.metric('master/tasks_running'), 1);
  t.is(cluster.metric('master/tasks_staging'), 0);
  scheduler.acknowledge(must(status));
  await cluster.clock.settle();
  const [acknowledgement] = agent.actor.of('mesos.internal.StatusUpdateAcknowledgementMessage');
  t.like(acknowledgement, { agent_id: { value: 'M-S0' }, framework_id: { value: 'M-0000' }, task_id: { value: 't1' } });
  t.deepEqual(plain(acknowledgement?.uuid), plain(uuid));
  t.is(cluster.metric('master/valid_status_updates'), 1);
  t.is(cluster.metric('master/valid_status_update_acknowledgements'), 1);
});

test('a task that ended frees its resources at once and is remembered as completed when that is acknowledged', async (t) => {
  const { agent, cluster, scheduler } = await launched();
  await using _ = cluster;
  agent.actor.update('M-0000', 't1', 'TASK_FAILED', { reason: 'REASON_COMMAND_EXECUTOR_FAILED', message: 'exit 1' });
  await cluster.clock.settle();
  t.is(cluster.metric('master/cpus_used'), 0);
  t.is(cluster.metric('master/tasks_failed'), 1);
  t.is(cluster.metric('master/task_failed/source_executor/reason_command_executor_failed'), 1);
  t.like(await cluster.get('/frameworks'), { frameworks: [{ tasks: [{ id: 't1' }], completed_tasks: [] }] });
  const status = must(scheduler.statuses[0]);
  scheduler.acknowledge(status);
  await cluster.clock.settle();
  t.like(await cluster.get('/frameworks'), {
    frameworks: [{ tasks: [], completed_tasks: [{ id: 't1', state: 'TASK_FAILED', role: '*' }] }],
  });
  await cluster.clock.advance(1000);
  t.is(scheduler.offers.length, 2, 'more than was refused is free');
});

test('what an agent says of the end of a task is counted as what a slave said, as exporters know it', async (t) => {
  const { agent, cluster } = await launched();
  await using _ = cluster;
  agent.actor.update('M-0000', 't1', 'TASK_LOST', { source: 'SOURCE_AGENT', reason: 'REASON_AGENT_RESTARTED' });
  await cluster.clock.settle();
  t.is(cluster.metric('master/task_lost/source_slave/reason_slave_restarted'), 1);
});

test('the state shows the newest that the agent knows, reconciliation the newest that was forwarded', async (t) => {
  const { agent, cluster, scheduler } = await launched();
  await using _ = cluster;
  agent.actor.update('M-0000', 't1', 'TASK_RUNNING', { latestState: 'TASK_FINISHED' });
  await cluster.clock.settle();
  t.like(await cluster.get('/tasks'), { tasks: [{ state: 'TASK_FINISHED', statuses: [{ state: 'TASK_RUNNING' }] }] });
  t.is(cluster.metric('master/cpus_used'), 0);
  t.is(cluster.metric('master/tasks_finished'), 1, 'it is counted by the state in which it ended');
  t.is(cluster.metric('master/tasks_running'), 0);
  scheduler.call({ type: 'RECONCILE', reconcile: {} });
  await cluster.clock.settle();
  t.like(scheduler.statuses.at(-1), { state: 'TASK_RUNNING', reason: 'REASON_RECONCILIATION' });
  const running = must(scheduler.statuses[0]);
  scheduler.acknowledge(running);
  await cluster.clock.settle();
  t.like(
    await cluster.get('/frameworks'),
    { frameworks: [{ tasks: [{ id: 't1' }] }] },
    'the end is not acknowledged yet',
  );
});

test('repeated states replace one another, and a finished task stays finished', async (t) => {
  const { agent, cluster } = await launched();
  await using _ = cluster;
  for (const state of ['TASK_RUNNING', 'TASK_RUNNING', 'TASK_FINISHED', 'TASK_RUNNING'] as const) {
    agent.actor.update('M-0000', 't1', state);
  }
  await cluster.clock.settle();
  t.like(await cluster.get('/tasks'), {
    tasks: [
      {
        state: 'TASK_FINISHED',
        statuses: [{ state: 'TASK_RUNNING' }, { state: 'TASK_FINISHED' }, { state: 'TASK_RUNNING' }],
      },
    ],
  });
  t.is(cluster.metric('master/tasks_finished'), 1);
  t.is(cluster.metric('master/tasks_running'), 0);
});

test('an acknowledgement of what this master never sent, or for an agent that is away, is not passed on', async (t) => {
  const { agent, cluster, scheduler } = await launched({ checkpoint: true });
  await using _ = cluster;
  const acknowledge = { agent_id: { value: 'M-S0' }, task_id: { value: 't1' }, uuid: new Uint8Array(16).fill(0x40) };
  scheduler.call({ type: 'ACKNOWLEDGE', acknowledge });
  scheduler.call({ type: 'ACKNOWLEDGE', acknowledge: { ...acknowledge, agent_id: { value: 'M-S9' } } });
  await cluster.clock.settle();
  const back = await cluster.restartAgent(agent);
  scheduler.call({ type: 'ACKNOWLEDGE', acknowledge });
  await cluster.clock.settle();
  t.is(cluster.metric('master/invalid_status_update_acknowledgements'), 3);
  for (const { actor } of [agent, back]) {
    t.deepEqual(actor.of('mesos.internal.StatusUpdateAcknowledgementMessage'), []);
  }
});

test('an acknowledgement of an older update does not end a task', async (t) => {
  const { agent, cluster, scheduler } = await launched();
  await using _ = cluster;
  agent.actor.update('M-0000', 't1', 'TASK_RUNNING');
  agent.actor.update('M-0000', 't1', 'TASK_FINISHED');
  await cluster.clock.settle();
  const [running, finished] = scheduler.statuses;
  scheduler.acknowledge(must(running));
  await cluster.clock.settle();
  t.like(await cluster.get('/frameworks'), { frameworks: [{ tasks: [{ id: 't1' }] }] });
  scheduler.acknowledge(must(finished));
  await cluster.clock.settle();
  t.like(await cluster.get('/frameworks'), { frameworks: [{ tasks: [] }] });
});

test('updates for a scheduler that is away change the state, and reach it when the agent sends them again', async (t) => {
  const { agent, cluster, machine } = await launched({ failover_timeout: 100 });
  await using _ = cluster;
  await cluster.kill(machine);
  agent.actor.update('M-0000', 't1', 'TASK_RUNNING');
  await cluster.clock.settle();
  t.like(await cluster.get('/tasks'), { tasks: [{ id: 't1', state: 'TASK_RUNNING' }] });
  t.is(cluster.metric('master/invalid_status_updates'), 1);
  const next = new TestScheduler({ master: cluster.masterPid, info: { failover_timeout: 100 }, id: 'next' });
  next.frameworkId = 'M-0000';
  machine.runtime.spawn(next);
  next.subscribe();
  await cluster.clock.settle();
  t.deepEqual(next.statuses, []);
  agent.actor.update('M-0000', 't1', 'TASK_RUNNING');
  await cluster.clock.settle();
  t.is(next.statuses.length, 1);
});

test('only the agent itself can send updates of its tasks', async (t) => {
  const { cluster, scheduler } = await launched();
  await using _ = cluster;
  const other = await cluster.agent();
  other.actor.agentId = 'M-S0';
  other.actor.update('M-0000', 't1', 'TASK_FAILED');
  other.actor.agentId = 'M-S9';
  other.actor.update('M-0000', 't1', 'TASK_FAILED');
  await cluster.clock.settle();
  t.deepEqual(scheduler.statuses, []);
  t.is(cluster.metric('master/invalid_status_updates'), 2);
});

test('KILL goes to the agent, with a policy if there is one', async (t) => {
  const { agent, cluster, scheduler } = await launched();
  await using _ = cluster;
  const task_id = { value: 't1' };
  scheduler.call({ type: 'KILL', kill: { task_id } });
  scheduler.call({
    type: 'KILL',
    kill: { task_id, agent_id: { value: 'M-S0' }, kill_policy: { grace_period: { nanoseconds: 5 } } },
  });
  scheduler.call({ type: 'KILL', kill: { task_id, agent_id: { value: 'M-S9' } } });
  await cluster.clock.settle();
  const framework_id = { value: 'M-0000' };
  t.deepEqual(agent.actor.of('mesos.internal.KillTaskMessage'), [
    { framework_id, task_id },
    { framework_id, task_id, kill_policy: { grace_period: { nanoseconds: 5 } } },
  ]);
  t.is(cluster.metric('master/messages_kill_task'), 3);
});

test('KILL of a task that nobody knows is answered as its reconciliation', async (t) => {
  const { agent, cluster, scheduler } = await launched();
  await using _ = cluster;
  scheduler.call({ type: 'KILL', kill: { task_id: { value: 'x' } } });
  scheduler.call({ type: 'KILL', kill: { task_id: { value: 'y' }, agent_id: { value: 'M-S0' } } });
  await cluster.clock.settle();
  t.deepEqual(
    scheduler.statuses.map(({ reason, state }) => [state, reason]),
    [
      ['TASK_UNKNOWN', 'REASON_RECONCILIATION'],
      ['TASK_GONE', 'REASON_RECONCILIATION'],
    ],
  );
  t.deepEqual(agent.actor.of('mesos.internal.KillTaskMessage'), []);
});

test('SHUTDOWN and MESSAGE reach the agent, messages of executors the scheduler', async (t) => {
  const { agent, cluster, scheduler } = await launched();
  await using _ = cluster;
  const ids = { agent_id: { value: 'M-S0' }, executor_id: { value: 'e' } };
  const data = new Uint8Array([1, 0, 255]);
  scheduler.call({ type: 'SHUTDOWN', shutdown: ids });
  scheduler.call({ type: 'MESSAGE', message: { ...ids, data } });
  scheduler.call({ type: 'SHUTDOWN', shutdown: { ...ids, agent_id: { value: 'M-S9' } } });
  scheduler.call({ type: 'MESSAGE', message: { ...ids, agent_id: { value: 'M-S9' }, data } });
  const framework_id = { value: 'M-0000' };
  agent.actor.tell('mesos.internal.ExecutorToFrameworkMessage', { ...ids, framework_id, data });
  agent.actor.tell('mesos.internal.ExecutorToFrameworkMessage', { ...ids, framework_id: { value: 'X' }, data });
  agent.actor.tell('mesos.internal.ExecutorToFrameworkMessage', {
    ...ids,
    agent_id: { value: 'X' },
    framework_id,
    data,
  });
  await cluster.clock.settle();
  t.deepEqual(agent.actor.of('mesos.internal.ShutdownExecutorMessage'), [
    { framework_id, executor_id: ids.executor_id },
  ]);
  const toExecutor = agent.actor.of('mesos.internal.FrameworkToExecutorMessage');
  t.deepEqual(
    toExecutor.map((message) => ({ ...message, data: plain(message.data) })),
    [{ ...ids, framework_id, data: [1, 0, 255] }],
  );
  const toScheduler = scheduler.of('MESSAGE').map((event) => event.message);
  t.deepEqual(
    toScheduler.map((message) => ({ ...message, data: plain(message?.data) })),
    [{ ...ids, data: [1, 0, 255] }],
  );
  t.is(cluster.metric('master/invalid_framework_to_executor_messages'), 1);
  t.is(cluster.metric('master/valid_executor_to_framework_messages'), 1);
  t.is(cluster.metric('master/invalid_executor_to_framework_messages'), 2);
});

test('an executor that ended frees its resources and is a FAILURE with its wait status', async (t) => {
  const { agent, cluster, scheduler } = await launched();
  await using _ = cluster;
  scheduler.call({ type: 'REVIVE' });
  await cluster.clock.settle();
  const offer = must(scheduler.offers.at(-1));
  const parsed = parseResources('cpus:0.5;mem:32');
  if (parsed.error !== undefined) throw new TypeError(parsed.error);
  const { command: __, ...task } = commandTask('t2', 'M-S0');
  const executor = { executor_id: { value: 'e' }, command: { value: 'run' }, resources: parsed.value.toArray() };
  scheduler.launch(offer, [{ ...task, executor }]);
  await cluster.clock.settle();
  t.is(cluster.metric('master/cpus_used'), 2.5);
  const message = {
    agent_id: { value: 'M-S0' },
    framework_id: { value: 'M-0000' },
    executor_id: { value: 'e' },
    status: 256,
  };
  agent.actor.tell('mesos.internal.ExitedExecutorMessage', message);
  agent.actor.tell('mesos.internal.ExitedExecutorMessage', message);
  await cluster.clock.settle();
  t.is(cluster.metric('master/cpus_used'), 2);
  t.deepEqual(
    scheduler.of('FAILURE').map((event) => event.failure),
    [{ agent_id: { value: 'M-S0' }, executor_id: { value: 'e' }, status: 256 }],
  );
  t.is(cluster.metric('master/messages_exited_executor'), 2);
});
