import test from 'ava';
import { createTask, type Task, type FrameworkInfo_Capability_Type } from '@mesos-ts/protocol';
import {
  commandTask,
  TestCluster,
  type OnMachine,
  type TestAgent,
  type TestScheduler,
} from '../../src/testing/index.ts';
import { must } from '../must.ts';

interface Running {
  readonly cluster: TestCluster;
  readonly agent: OnMachine<TestAgent>;
  readonly scheduler: TestScheduler;
}

/** A cluster where task `t1` runs. */
async function running(capabilities: FrameworkInfo_Capability_Type[]): Promise<Running> {
  const cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler({ capabilities, info: { checkpoint: true } });
  const offer = must(scheduler.offers[0]);
  scheduler.launch(offer, [commandTask('t1', 'M-S0')], 3600);
  await cluster.clock.settle();
  agent.actor.update(scheduler.frameworkId, 't1', 'TASK_RUNNING');
  await cluster.clock.settle();
  for (const status of scheduler.statuses) scheduler.acknowledge(status);
  await cluster.clock.settle();
  return { cluster, agent, scheduler };
}

function restored(scheduler: TestScheduler): Task {
  const info = commandTask('t1', 'M-S0');
  const resources = (info.resources ?? []).map((resource) => ({ ...resource, allocation_info: { role: '*' } }));
  return createTask({ ...info, resources }, 'TASK_RUNNING', { value: scheduler.frameworkId });
}

test('an agent that answers its pings stays, pinged every agent_ping_timeout', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor } = await cluster.agent();
  await cluster.clock.advance(150_000);
  t.is(actor.pings.length, 11);
  t.true(actor.pings.every(Boolean));
  t.is(cluster.metric('master/slaves_active'), 1);
});

test('pings that go unanswered in a row make an agent unreachable, answered ones in between do not', async (t) => {
  await using cluster = await TestCluster.start({ flags: { agent_ping_timeout: 10_000, max_agent_ping_timeouts: 3 } });
  const { actor } = await cluster.agent();
  actor.answersPings = false;
  await cluster.clock.advance(25_000);
  actor.answersPings = true;
  await cluster.clock.advance(20_000);
  actor.answersPings = false;
  await cluster.clock.advance(29_999);
  t.is(cluster.metric('master/slaves_active'), 1);
  await cluster.clock.advance(10_000);
  t.is(cluster.metric('master/slaves_active'), 0);
  t.is(cluster.metric('master/slaves_unreachable'), 1);
  t.is(cluster.metric('master/slave_removals/reason_unhealthy'), 1);
});

test('tasks of a partition-aware framework become unreachable with their agent and come back with it', async (t) => {
  const { agent, cluster, scheduler } = await running(['PARTITION_AWARE', 'MULTI_ROLE']);
  await using _ = cluster;
  agent.actor.answersPings = false;
  await cluster.clock.advance(90_000);
  const lost = scheduler.statuses.at(-1);
  t.like(lost, {
    state: 'TASK_UNREACHABLE',
    source: 'SOURCE_MASTER',
    reason: 'REASON_AGENT_REMOVED',
    message: 'health check timed out',
  });
  t.truthy(lost?.unreachable_time);
  t.is(lost?.uuid, undefined);
  t.is(cluster.metric('master/tasks_unreachable'), 1);
  t.is(cluster.metric('master/task_unreachable/source_master/reason_slave_removed'), 1);
  t.like(scheduler.of('FAILURE').at(-1)?.failure, { agent_id: { value: 'M-S0' } });
  t.like(await cluster.get('/frameworks'), { frameworks: [{ tasks: [], unreachable_tasks: [{ id: 't1' }] }] });

  agent.actor.answersPings = true;
  agent.actor.reregister({ tasks: [restored(scheduler)], frameworks: [scheduler.info] });
  await cluster.clock.settle();
  t.like(scheduler.statuses.at(-1), {
    state: 'TASK_RUNNING',
    reason: 'REASON_AGENT_REREGISTERED',
    message: 'Unreachable agent re-reregistered',
  });
  t.like(await cluster.get('/frameworks'), { frameworks: [{ tasks: [{ id: 't1' }], unreachable_tasks: [] }] });
  t.is(cluster.metric('master/slaves_unreachable'), 0);
  await cluster.clock.advance(90_000);
  t.is(cluster.metric('master/slaves_active'), 1);
});

test('tasks of other frameworks are lost, are listed as unreachable and come back all the same', async (t) => {
  const { agent, cluster, scheduler } = await running([]);
  await using _ = cluster;
  agent.actor.answersPings = false;
  await cluster.clock.advance(90_000);
  t.like(scheduler.statuses.at(-1), { state: 'TASK_LOST', reason: 'REASON_AGENT_REMOVED' });
  t.is(cluster.metric('master/tasks_lost'), 1);
  t.like(await cluster.get('/frameworks'), { frameworks: [{ unreachable_tasks: [{ id: 't1', state: 'TASK_LOST' }] }] });
  agent.actor.answersPings = true;
  agent.actor.reregister({ tasks: [restored(scheduler)], frameworks: [scheduler.info] });
  await cluster.clock.settle();
  t.like(scheduler.statuses.at(-1), { state: 'TASK_RUNNING', reason: 'REASON_AGENT_REREGISTERED' });
});

test('what an unreachable agent says is ignored until it registers again', async (t) => {
  const { agent, cluster, scheduler } = await running(['PARTITION_AWARE', 'MULTI_ROLE']);
  await using _ = cluster;
  agent.actor.answersPings = false;
  await cluster.clock.advance(90_000);
  const before = scheduler.events.length;
  agent.actor.update(scheduler.frameworkId, 't1', 'TASK_FINISHED');
  await cluster.clock.settle();
  t.is(scheduler.events.length, before);
  t.is(cluster.metric('master/invalid_status_updates'), 1);
});
