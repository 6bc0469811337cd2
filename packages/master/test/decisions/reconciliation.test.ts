import test from 'ava';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import type { FrameworkInfo_Capability_Type, TaskState } from '@mesos-ts/protocol';
import { must } from '../must.ts';

const answers: readonly (readonly [capabilities: FrameworkInfo_Capability_Type[], states: TaskState[]])[] = [
  [['PARTITION_AWARE'], ['TASK_GONE', 'TASK_UNREACHABLE', 'TASK_UNKNOWN', 'TASK_UNKNOWN']],
  [[], ['TASK_LOST', 'TASK_LOST', 'TASK_LOST', 'TASK_LOST']],
];

for (const [capabilities, states] of answers) {
  test(`tasks that are not known are ${states.join(', ')} for a framework with [${capabilities.join()}]`, async (t) => {
    await using cluster = await TestCluster.start();
    await cluster.agent();
    const silent = await cluster.agent();
    silent.actor.answersPings = false;
    await cluster.clock.advance(90_000);
    const { actor } = await cluster.scheduler({ capabilities });
    const task_id = { value: 't' };
    const tasks = [
      { task_id, agent_id: { value: 'M-S0' } },
      { task_id, agent_id: { value: 'M-S1' } },
      { task_id, agent_id: { value: 'nowhere' } },
      { task_id },
    ];
    actor.call({ type: 'RECONCILE', reconcile: { tasks } });
    await cluster.clock.settle();
    t.deepEqual(
      actor.statuses.map((status) => status.state),
      states,
    );
    t.deepEqual(
      actor.statuses.map((status) => status.message),
      [
        'Reconciliation: Task is unknown to the agent',
        'Reconciliation: Task is unreachable',
        'Reconciliation: Task is unknown',
        'Reconciliation: Task is unknown',
      ],
    );
    for (const status of actor.statuses) {
      t.like(status, { reason: 'REASON_RECONCILIATION', source: 'SOURCE_MASTER' });
      t.is(status.uuid, undefined, 'nobody is to acknowledge these');
    }
    t.truthy(actor.statuses[1]?.unreachable_time);
  });
}

test('a task that is known is told with its newest state, asked for or not', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const { actor } = await cluster.scheduler();
  const offer = must(actor.offers[0]);
  actor.launch(offer, [commandTask('t1', 'M-S0'), commandTask('t2', 'M-S0')]);
  await cluster.clock.settle();
  agent.update('M-0000', 't1', 'TASK_RUNNING');
  await cluster.clock.settle();
  actor.events.length = 0;
  actor.call({ type: 'RECONCILE', reconcile: { tasks: [{ task_id: { value: 't1' } }] } });
  actor.call({ type: 'RECONCILE', reconcile: { tasks: [] } });
  await cluster.clock.settle();
  t.deepEqual(
    actor.statuses.map(({ agent_id, message, state, task_id }) => [task_id.value, state, agent_id?.value, message]),
    [
      ['t1', 'TASK_RUNNING', 'M-S0', 'Reconciliation: Latest task state'],
      ['t1', 'TASK_RUNNING', 'M-S0', 'Reconciliation: Latest task state'],
      ['t2', 'TASK_STAGING', 'M-S0', 'Reconciliation: Latest task state'],
    ],
  );
  t.is(cluster.metric('master/messages_reconcile_tasks'), 2);
});
