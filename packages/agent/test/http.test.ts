import test from 'ava';
import { executorOf, startCluster } from './support/cluster.ts';
import { customExecutor } from './support/executor-info.ts';
import { testFramework } from '../src/testing/index.ts';

test('the state of an idle agent has the keys and values of Mesos', async (t) => {
  await using cluster = await startCluster({
    flags: {
      resources: 'cpus:4;mem:2048;disk:4096;ports:[31000-31999];cpus(eng):1',
      attributes: 'rack:r1;cores:8;slots:[1-4]',
    },
  });
  const state = await cluster.state();
  t.like(state, {
    version: '1.12.0',
    id: 'agent-1',
    pid: 'slave(1)@10.0.0.2:5050',
    hostname: 'agent.example',
    master_hostname: 'master.example',
    capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT'],
    resources: { cpus: 5, gpus: 0, mem: 2048, disk: 4096, ports: '[31000-31999]' },
    reserved_resources: { eng: { cpus: 1, gpus: 0, mem: 0, disk: 0 } },
    unreserved_resources: { cpus: 4, gpus: 0, mem: 2048, disk: 4096, ports: '[31000-31999]' },
    reserved_resources_allocated: {},
    unreserved_resources_allocated: { cpus: 0, gpus: 0, mem: 0, disk: 0 },
    resource_providers: [],
    attributes: { rack: 'r1', cores: 8, slots: '[1-4]' },
    frameworks: [],
    completed_frameworks: [],
  });
  t.deepEqual((state['unreserved_resources_full'] as unknown[])[0], {
    name: 'cpus',
    type: 'SCALAR',
    scalar: { value: 4 },
    role: '*',
  });
  t.is((state['reserved_resources_full'] as { eng: { role: string }[] }).eng[0]?.role, 'eng');
  t.is((state['flags'] as Record<string, string>)['work_dir'], '/work_dir');
});

test('running tasks are told with their executors and what these hold', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('task', { labels: { labels: [{ key: 'k', value: 'v' }] } });
  await cluster.run('other', { executor: customExecutor() }, testFramework('second'));
  const state = await cluster.state();
  const [first, second] = state['frameworks'] as { executors: { tasks: object[] }[] }[];
  t.like(first, { id: 'framework', checkpoint: false, failover_timeout: 0, hostname: '', roles: ['*'] });
  t.like(first?.executors[0], {
    id: 'task',
    source: 'task',
    role: '*',
    resources: { cpus: 1.1, mem: 96, gpus: 0, disk: 0 },
    queued_tasks: [],
    completed_tasks: [],
  });
  t.like(first?.executors[0]?.tasks[0], {
    id: 'task',
    executor_id: '',
    slave_id: 'agent-1',
    state: 'TASK_RUNNING',
    role: '*',
    labels: [{ key: 'k', value: 'v' }],
  });
  t.like(second?.executors[0], { id: 'custom', type: 'CUSTOM' });
  t.like(second?.executors[0]?.tasks[0], { executor_id: 'custom' });
  t.deepEqual(state['unreserved_resources_allocated'], { cpus: 2.1, gpus: 0, mem: 160, disk: 0 });
  t.is(cluster.metric('slave/cpus_used'), 2.1);
  t.is(cluster.metric('slave/tasks_running'), 2);
  await (await executorOf(cluster, 'custom')).update('other', 'TASK_FINISHED');
  const after = (await cluster.state())['frameworks'] as { executors: { completed_tasks: object[] }[] }[];
  t.like(after[1]?.executors[0]?.completed_tasks[0], { id: 'other', state: 'TASK_FINISHED' });
});

test('containers and their statistics are listed', async (t) => {
  await using cluster = await startCluster();
  const get = async (url: string): Promise<unknown> =>
    JSON.parse((await cluster.agent.runtime.inject({ url })).body.toString());
  t.deepEqual(await get('/monitor/statistics'), []);
  t.deepEqual(await get('/containers'), []);
  t.deepEqual(await get('/containerizer/debug'), { pending: [] });
  await cluster.run('task');
  t.like(await get('/monitor/statistics'), {
    0: { executor_id: 'task', framework_id: 'framework', source: 'task' },
  });
  t.like(await get('/containers'), {
    0: { executor_id: 'task', executor_name: "Command Executor (Task: task) (Command: sh -c 'true')" },
  });
  t.deepEqual(Object.keys((await get('/flags')) as object), ['flags']);
  const health = await cluster.agent.runtime.inject({ url: '/health' });
  t.is(health.status, 200);
  t.is(health.body.length, 0);
  t.false('content-type' in health.headers);
  t.is(((await get('/version')) as { version: string }).version, '1.12.0');
  t.is((await cluster.agent.runtime.inject({ url: '/state.json' })).status, 404);
  t.is((await cluster.agent.runtime.inject({ url: '/slave(1)/state', method: 'POST' })).status, 200);
});

test('metrics have the names that exporters of Mesos read', async (t) => {
  await using cluster = await startCluster();
  const names = new Set(Object.keys(cluster.agent.runtime.metrics.snapshot()));
  for (const name of [
    'container_launch_errors cpus_percent cpus_revocable_total cpus_total cpus_used disk_percent disk_used',
    'executors_preempted executors_registering executors_running executors_terminated executors_terminating',
    'frameworks_active invalid_framework_messages invalid_status_updates mem_revocable_used recovery_errors registered',
    'tasks_failed tasks_finished tasks_gone tasks_killed tasks_killing tasks_lost tasks_running tasks_staging',
    'tasks_starting uptime_secs valid_framework_messages valid_status_updates',
  ].flatMap((line) => line.split(' '))) {
    t.true(names.has(`slave/${name}`), name);
  }
});

test('what somebody may not see is left out of /state and /containers, and /flags are refused', async (t) => {
  await using cluster = await startCluster({
    flags: {
      resources: 'cpus:4;mem:2048;disk:4096;cpus(eng):1;cpus(ops):1',
      acls: {
        permissive: false,
        run_tasks: [{ principals: { type: 'ANY' }, users: { type: 'ANY' } }],
        view_frameworks: [{ principals: { type: 'ANY' }, users: { values: ['ann'] } }],
        view_executors: [{ principals: { type: 'ANY' }, users: { type: 'ANY' } }],
        view_roles: [{ principals: { type: 'ANY' }, roles: { values: ['ops'] } }],
        get_endpoints: [{ principals: { type: 'ANY' }, paths: { values: ['/containers'] } }],
      },
    },
  });
  await cluster.run('task', {}, testFramework('seen', { user: 'ann' }));
  await cluster.run('other', {}, testFramework('unseen', { user: 'ben' }));
  const state = await cluster.state();
  t.false('flags' in state);
  t.deepEqual(Object.keys(state['reserved_resources'] as object), ['ops']);
  const frameworks = state['frameworks'] as { id: string; executors: { id: string; tasks: unknown[] }[] }[];
  t.deepEqual(
    frameworks.map(({ id }) => id),
    ['seen'],
  );
  t.like(frameworks[0]?.executors, { 0: { id: 'task', tasks: [] } });
  const get = (url: string, method = 'GET'): ReturnType<typeof cluster.agent.runtime.inject> =>
    cluster.agent.runtime.inject({ url, method });
  t.is((await get('/flags')).status, 403);
  t.is((await get('/containers')).body.toString(), '[]');
  t.is((await get('/containers', 'POST')).status, 405);
  const statistics = await get('/monitor/statistics');
  t.is(statistics.status, 403);
  t.is(statistics.body.toString(), '403 Forbidden.');
});

test('/containers can be asked for one container, framework or executor', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('a');
  await cluster.run('b', {}, testFramework('second'));
  const get = async (query: string): Promise<[number, string[]]> => {
    const { body, status } = await cluster.agent.runtime.inject({ url: `/containers?${query}` });
    if (status !== 200) return [status, []];
    const list = JSON.parse(body.toString()) as { executor_id: string; container_id: string }[];
    return [status, list.map((entry) => entry.executor_id)];
  };
  t.deepEqual(await get(''), [200, ['a', 'b']]);
  t.deepEqual(await get('framework_id=second'), [200, ['b']]);
  t.deepEqual(await get('framework_id=second&executor_id=a'), [200, []]);
  t.deepEqual(await get('container_id=x'), [200, []]);
  t.deepEqual(await get('executor_id=a'), [400, []]);
  t.deepEqual(await get('container_id=x&framework_id=second'), [400, []]);
});
