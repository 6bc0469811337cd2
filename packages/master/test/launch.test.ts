import test from 'ava';
import { commandTask, TestCluster } from '../src/testing/index.ts';

test('a framework is offered an agent, launches a task on it and hears how it goes', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  t.is(agent.actor.agentId, 'M-S0');
  const { actor: scheduler } = await cluster.scheduler();
  t.is(scheduler.frameworkId, 'M-0000');
  const [offer] = scheduler.offers;
  t.is(offer?.id.value, 'M-O0');
  if (offer === undefined) return;
  scheduler.launch(offer, [commandTask('t1', 'M-S0')]);
  await cluster.clock.settle();
  const [run] = agent.actor.of('mesos.internal.RunTaskMessage');
  t.is(run?.task.task_id.value, 't1');
  agent.actor.update('M-0000', 't1', 'TASK_RUNNING');
  await cluster.clock.settle();
  t.deepEqual(
    scheduler.statuses.map((status) => status.state),
    ['TASK_RUNNING'],
  );
  t.like(await cluster.get('/state'), { frameworks: [{ tasks: [{ id: 't1', state: 'TASK_RUNNING' }] }] });
});
