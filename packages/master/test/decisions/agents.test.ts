import test from 'ava';
import { createTask } from '@mesos-ts/protocol';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import { must } from '../must.ts';

test('when the connection to an agent breaks its offers are rescinded and none are made', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler();
  t.is(scheduler.offers.length, 1);
  await cluster.kill(agent);
  t.deepEqual(
    scheduler.of('RESCIND').map((event) => event.rescind?.offer_id.value),
    ['M-O0'],
  );
  await cluster.clock.advance(5000);
  t.is(scheduler.offers.length, 0);
  t.is(cluster.metric('master/slaves_disconnected'), 1);
  const back = await cluster.restartAgent(agent);
  back.actor.reregister();
  await cluster.clock.settle();
  t.is(scheduler.offers.length, 1);
  t.is(cluster.metric('master/slaves_disconnected'), 0);
});

test('tasks of checkpointing frameworks wait for their agent, others are lost at once', async (t) => {
  await using cluster = await TestCluster.start();
  const first = await cluster.agent();
  const { actor: patient } = await cluster.scheduler({ info: { checkpoint: true } });
  const offer = must(patient.offers[0]);
  patient.launch(offer, [commandTask('kept', 'M-S0')]);
  const { actor: other } = await cluster.scheduler();
  await cluster.clock.advance(1000);
  const rest = must(other.offers[0]);
  other.launch(rest, [commandTask('lost', 'M-S0')]);
  await cluster.clock.settle();
  await cluster.kill(first);
  t.deepEqual(patient.statuses, []);
  t.like(other.statuses[0], {
    state: 'TASK_LOST',
    reason: 'REASON_AGENT_DISCONNECTED',
    message: 'Agent test-agent disconnected',
  });
  t.like(await cluster.get('/slaves'), { slaves: [{ used_resources: { cpus: 1 } }] });
});

test('what was given up while an agent was away is killed when it still runs there', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler();
  const offer = must(scheduler.offers[0]);
  scheduler.launch(offer, [commandTask('t1', 'M-S0')]);
  await cluster.clock.settle();
  const back = await cluster.restartAgent(agent);
  const info = commandTask('t1', 'M-S0');
  const resources = (info.resources ?? []).map((resource) => ({ ...resource, allocation_info: { role: '*' } }));
  const framework_id = { value: scheduler.frameworkId };
  const task = createTask({ ...info, resources }, 'TASK_RUNNING', framework_id);
  const executor = { executor_id: { value: 'e' }, framework_id };
  back.actor.reregister({ tasks: [task], executors: [executor], frameworks: [scheduler.info] });
  await cluster.clock.settle();
  t.deepEqual(back.actor.of('mesos.internal.KillTaskMessage'), [{ framework_id, task_id: { value: 't1' } }]);
  t.deepEqual(back.actor.of('mesos.internal.ShutdownExecutorMessage'), [{ framework_id, executor_id: { value: 'e' } }]);
});

test('an agent that does not come back is unreachable after agent_reregister_timeout though its machine answers', async (t) => {
  await using cluster = await TestCluster.start({ flags: { agent_ping_timeout: 900_000 } });
  const agent = await cluster.agent();
  await cluster.restartAgent(agent);
  await cluster.clock.advance(599_999);
  t.is(cluster.metric('master/slaves_unreachable'), 0);
  await cluster.clock.advance(1);
  t.is(cluster.metric('master/slaves_unreachable'), 1);
  t.true(cluster.log.some((line) => line.includes('agent did not reregister within 10mins after disconnecting')));
});

test('an agent that is back in time is not taken for unreachable later', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const back = await cluster.restartAgent(agent);
  await cluster.clock.advance(30_000);
  t.is(back.actor.pings.at(-1), false, 'the ping says that it is not connected');
  back.actor.reregister();
  await cluster.clock.advance(700_000);
  t.is(back.actor.pings.at(-1), true);
  t.is(cluster.metric('master/slaves_active'), 1);
});

test('an agent that unregisters is gone, its tasks are lost; nobody can do so for another', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const other = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler();
  const offer = must(scheduler.offers.find((one) => one.agent_id.value === 'M-S0'));
  scheduler.launch(offer, [commandTask('t1', 'M-S0')]);
  await cluster.clock.settle();
  const message = { agent_id: { value: 'M-S0' } };
  other.actor.tell('mesos.internal.UnregisterAgentMessage', message);
  await cluster.clock.settle();
  t.is(cluster.metric('master/slaves_active'), 2);
  agent.actor.tell('mesos.internal.UnregisterAgentMessage', message);
  await cluster.clock.settle();
  t.is(cluster.metric('master/slaves_active'), 1);
  t.like(scheduler.statuses.at(-1), { state: 'TASK_LOST', reason: 'REASON_AGENT_REMOVED' });
  t.is(cluster.metric('master/slave_removals/reason_unregistered'), 1);
  t.is(cluster.metric('master/task_lost/source_master/reason_slave_removed'), 1, 'in the words of metrics');
  t.is(cluster.metric('master/cpus_used'), 0);
});
