import test from 'ava';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import type { TaskInfo } from '@mesos-ts/protocol';
import { must } from '../must.ts';

const acls = {
  permissive: false,
  register_frameworks: [{ principals: { values: ['ann'] }, roles: { values: ['eng', 'eng/%'] } }],
  run_tasks: [{ principals: { values: ['ann'] }, users: { values: ['ann'] } }],
  register_agents: [{ principals: { type: 'ANY' }, agents: { type: 'ANY' } }],
};

test('a framework registers only in roles that its principal may have', async (t) => {
  await using cluster = await TestCluster.start({ flags: { acls } });
  const taken = await cluster.scheduler({ info: { principal: 'ann', roles: ['eng', 'eng/web'] } });
  t.is(taken.actor.of('SUBSCRIBED').length, 1);
  for (const info of [
    { principal: 'ann', roles: ['eng', 'ads'] },
    { principal: 'ben', roles: ['eng'] },
    { roles: ['eng'] },
  ]) {
    const { actor } = await cluster.scheduler({ info });
    t.regex(
      actor.of('ERROR')[0]?.error?.message ?? '',
      /^Not authorized to register framework {2}with roles \{ (?:ads, )?eng \}/,
    );
    t.is(actor.of('SUBSCRIBED').length, 0);
  }
  t.is(cluster.metric('master/frameworks_connected'), 1);
});

test('a framework that may not have its new roles is refused: 403 over HTTP, and nothing changes', async (t) => {
  await using cluster = await TestCluster.start({ flags: { acls } });
  const scheduler = await cluster.httpScheduler({ info: { principal: 'ann', roles: ['eng'] } });
  const update = (roles: string[]) =>
    scheduler.call({ type: 'UPDATE_FRAMEWORK', update_framework: { framework_info: { ...scheduler.info, roles } } });
  const refused = await update(['ads']);
  t.is(refused.status, 403);
  t.regex(refused.text, /Not authorized to register framework M-0000 with roles \{ ads \}/);
  t.is((await update(['eng/web'])).status, 200);
});

function task(id: string, user?: string): TaskInfo {
  const command = { value: 'true', ...(user === undefined ? {} : { user }) };
  return { ...commandTask(id, 'M-S0', 'cpus:0.1;mem:32'), command };
}

test('a task runs only as a user that the framework may run tasks as', async (t) => {
  await using cluster = await TestCluster.start({ flags: { acls } });
  const agent = await cluster.agent();
  const info = { principal: 'ann', user: 'ann', roles: ['eng'] };
  const { actor: scheduler } = await cluster.scheduler({ info });
  scheduler.launch(must(scheduler.offers[0]), [task('own'), task('root', 'root'), task('named', 'ann')]);
  await cluster.clock.settle();
  t.deepEqual(
    scheduler.statuses.map(({ reason, source, state, task_id }) => ({ id: task_id.value, reason, source, state })),
    [{ id: 'root', reason: 'REASON_TASK_UNAUTHORIZED', source: 'SOURCE_MASTER', state: 'TASK_ERROR' }],
  );
  t.deepEqual(
    agent.actor.of('mesos.internal.RunTaskMessage').map(({ task: { task_id } }) => task_id.value),
    ['own', 'named'],
  );
  t.is(cluster.metric('master/task_error/source_master/reason_task_unauthorized'), 1);
});

test('a group of tasks runs only if all of it may', async (t) => {
  await using cluster = await TestCluster.start({ flags: { acls } });
  const agent = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler({ info: { principal: 'ann', user: 'ann', roles: ['eng'] } });
  const small = commandTask('x', 'M-S0', 'cpus:0.1;mem:32;disk:10');
  const group = [
    { ...small, task_id: { value: 'one' } },
    { ...small, task_id: { value: 'two' }, command: { value: 'true', user: 'root' } },
  ];
  const executor = { type: 'DEFAULT' as const, executor_id: { value: 'e' }, resources: must(small.resources) };
  scheduler.accept(must(scheduler.offers[0]), [
    { type: 'LAUNCH_GROUP', launch_group: { executor, task_group: { tasks: group } } },
  ]);
  await cluster.clock.settle();
  t.deepEqual(
    scheduler.statuses.map(({ reason, task_id }) => [task_id.value, reason]),
    [
      ['one', 'REASON_TASK_GROUP_UNAUTHORIZED'],
      ['two', 'REASON_TASK_GROUP_UNAUTHORIZED'],
    ],
  );
  t.is(agent.actor.of('mesos.internal.RunTaskGroupMessage').length, 0);
});
