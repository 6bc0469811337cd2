import { completeFlags } from '@mesos-ts/daemon';
import test from 'ava';
import { reconcile } from '../../src/decisions/reconciliation.ts';
import { Turn } from '../../src/decisions/turn.ts';
import { masterFlags, settingsOf } from '../../src/flags.ts';
import { Cluster } from '../../src/state/cluster.ts';
import { frameworkRecord } from '../../src/state/framework.ts';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import type { FrameworkInfo_Capability_Type, TaskState } from '@mesos-ts/protocol';
import { must } from '../must.ts';

const nothing = (): undefined => undefined;

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

test('many tasks are told of in many turns, and a scheduler that comes back hears of what it asks for then', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const scheduler = await cluster.httpScheduler({ info: { failover_timeout: 60 } });
  const task_infos = [commandTask('t1', agent.agentId, 'cpus:0.1;mem:32')];
  const offer_ids = [must(scheduler.offers[0]).id];
  await scheduler.call({
    type: 'ACCEPT',
    accept: { offer_ids, operations: [{ type: 'LAUNCH', launch: { task_infos } }] },
  });
  const tasks = Array.from({ length: 2_000 }, (_, index) => ({ task_id: { value: `unknown-${index}` } }));
  await scheduler.call({ type: 'RECONCILE', reconcile: { tasks } });
  await scheduler.leave();
  await scheduler.subscribe();
  await cluster.clock.advance(1_000);
  const before = scheduler.statuses.length;
  t.true(before < 1_000, String(before));
  await scheduler.call({ type: 'RECONCILE', reconcile: {} });
  await cluster.clock.advance(1_000);
  t.deepEqual(
    scheduler.statuses.slice(before).map(({ state, task_id }) => [task_id.value, state]),
    [['t1', 'TASK_STAGING']],
  );
});

test('no more than a million tasks of a framework wait to be told of', (t) => {
  const settings = settingsOf(completeFlags(masterFlags, {}));
  const turn = new Turn(new Cluster({ id: 'M', ip: 0, port: 1 }, settings), settings, 0, false);
  const framework = frameworkRecord('F', { user: 'u', name: 'f' }, 0, settings);
  framework.connection = { key: 'k', name: 'k', pid: undefined, principal: undefined, send: nothing, close: nothing };
  const asked = Array.from({ length: 600_000 }, () => ({ task_id: { value: 't' } }));
  t.is(reconcile(turn, framework, asked), undefined);
  t.is(reconcile(turn, framework, asked), '599500 tasks wait to be reconciled already');
  t.is(reconcile(turn, framework, asked.slice(0, 400_000)), undefined);
});
