import { TestCluster, commandTask } from '@mesos-ts/master/testing';
import test from 'ava';

test('an agent that falls silent is given up after 75 seconds, and its tasks are unreachable', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent({ resources: 'cpus:2;mem:512' });
  const { actor: scheduler } = await cluster.scheduler({ info: { checkpoint: true } });
  for (const offer of scheduler.offers) scheduler.launch(offer, [commandTask('t1', agent.agentId)]);
  await cluster.clock.settle();
  agent.answersPings = false;
  await cluster.clock.advance(90_000);
  t.deepEqual(
    scheduler.statuses.map((status) => status.state),
    ['TASK_UNREACHABLE'],
  );
});
