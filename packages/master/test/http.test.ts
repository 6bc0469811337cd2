import test from 'ava';
import { commandTask, TestCluster } from '../src/testing/index.ts';
import { must } from './must.ts';

test('/health answers with nothing, /redirect sends to this master, whatever the method', async (t) => {
  await using cluster = await TestCluster.start();
  const health = await cluster.runtime.inject({ url: '/master/health' });
  t.is(health.status, 200);
  t.is(health.body.length, 0);
  t.false('content-type' in health.headers);
  const redirect = await cluster.runtime.inject({ url: '/redirect', method: 'POST' });
  t.is(redirect.status, 307);
  t.is(redirect.headers['location'], '//test-master:5050');
  t.is((await cluster.runtime.inject({ url: '/redirect/state' })).status, 404);
});

test('/help lists the endpoints of the master, and tells of each', async (t) => {
  await using cluster = await TestCluster.start();
  const { body } = await cluster.runtime.inject({ url: '/help?format=json' });
  const { processes } = JSON.parse(body.toString()) as { processes: { id: string; endpoints: { name: string }[] }[] };
  const names = processes.find(({ id }) => id === 'master')?.endpoints.map(({ name }) => name) ?? [];
  for (const name of ['/flags', '/health', '/roles', '/slaves', '/state', '/tasks']) t.true(names.includes(name), name);
  const page = await cluster.runtime.inject({ url: '/help/master/state', headers: { 'user-agent': 'curl/8' } });
  t.regex(
    page.body.toString(),
    />        \/state\n>        \/master\/state\n\n### TL;DR; ###\nEverything that the master knows/,
  );
});

test('/version has numbers that clients can read, /flags all flags as texts', async (t) => {
  await using cluster = await TestCluster.start({ flags: { cluster: 'c', offer_timeout: 60_000 } });
  t.like(await cluster.get('/version'), { version: '1.12.0' });
  t.like(await cluster.get('/flags'), {
    flags: {
      allocation_interval: '1secs',
      agent_ping_timeout: '15secs',
      cluster: 'c',
      offer_timeout: '1mins',
      port: '5050',
    },
  });
});

test('/state tells who leads, what agents have and what frameworks do', async (t) => {
  await using cluster = await TestCluster.start({ flags: { cluster: 'c' } });
  await cluster.agent({ resources: 'cpus:4;cpus(eng):1;mem:64;disks:{a,b};ports:[31000-31005,31010-31010]' });
  const { actor } = await cluster.scheduler({ info: { roles: ['eng'] } });
  const offer = must(actor.offers[0]);
  actor.launch(offer, [commandTask('t1', 'M-S0', 'cpus:0.1;mem:32')], 3600);
  await cluster.clock.settle();
  const state = (await cluster.get('/master/state')) as Record<string, Record<string, unknown>[]>;
  t.like(state, {
    version: '1.12.0',
    id: 'M',
    pid: 'master@10.0.0.1:5050',
    leader: 'master@10.0.0.1:5050',
    leader_info: { id: 'M', pid: 'master@10.0.0.1:5050', port: 5050, hostname: 'test-master' },
    cluster: 'c',
    activated_slaves: 1,
    start_time: 1_577_836_800,
    orphan_tasks: [],
    recovered_slaves: [],
  });
  t.like(state['slaves']?.[0], {
    id: 'M-S0',
    hostname: 'test-agent',
    port: 5051,
    attributes: { rack: 'r1' },
    resources: { cpus: 5, gpus: 0, mem: 64, disk: 0, disks: '{a, b}', ports: '[31000-31005, 31010-31010]' },
    used_resources: { cpus: 0.1, gpus: 0, mem: 32, disk: 0 },
    reserved_resources: { eng: { cpus: 1, gpus: 0, mem: 0, disk: 0 } },
    unreserved_resources: { cpus: 4, gpus: 0, mem: 64, disk: 0, disks: '{a, b}', ports: '[31000-31005, 31010-31010]' },
    active: true,
    deactivated: false,
    version: '1.12.0',
    capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT'],
  });
  const [framework] = state['frameworks'] ?? [];
  t.like(framework, {
    id: 'M-0000',
    name: 'test',
    roles: ['eng'],
    active: true,
    connected: true,
    recovered: false,
    hostname: '',
    webui_url: '',
    failover_timeout: 0,
    unregistered_time: 0,
    completed_tasks: [],
    executors: [],
  });
  t.false('role' in (framework ?? {}));
  const tasks = framework?.['tasks'] as readonly unknown[] | undefined;
  t.deepEqual(tasks?.[0], {
    id: 't1',
    name: 't1',
    framework_id: 'M-0000',
    executor_id: '',
    slave_id: 'M-S0',
    state: 'TASK_STAGING',
    resources: { cpus: 0.1, gpus: 0, mem: 32, disk: 0 },
    role: 'eng',
    statuses: [],
  });
});

test('/slaves shows resources in full and can be asked for one', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent({ resources: 'cpus(eng):1;cpus:2' });
  await cluster.agent();
  t.like(await cluster.get('/slaves?slave_id=M-S0'), {
    slaves: [
      {
        id: 'M-S0',
        unreserved_resources_full: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 2 }, role: '*' }],
        reserved_resources_full: {
          eng: [{ name: 'cpus', role: 'eng', reservations: [{ role: 'eng', type: 'STATIC' }] }],
        },
        used_resources_full: [],
        offered_resources_full: [],
      },
    ],
  });
  t.like(await cluster.get('/slaves/M-S1'), { slaves: [{ id: 'M-S1' }] });
  t.deepEqual(await cluster.get('/slaves?slave_id=x'), { slaves: [], recovered_slaves: [] });
  t.deepEqual(await cluster.get('/frameworks?framework_id=x'), {
    frameworks: [],
    completed_frameworks: [],
    unregistered_frameworks: [],
  });
});

test('/tasks are the newest first, in pages, of one framework or one id', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const { actor } = await cluster.scheduler();
  const offer = must(actor.offers[0]);
  actor.launch(
    offer,
    ['a', 'b', 'c'].map((id) => commandTask(id, 'M-S0')),
  );
  await cluster.clock.settle();
  for (const id of ['a', 'b', 'c']) {
    agent.update('M-0000', id, 'TASK_RUNNING');
    await cluster.clock.advance(1000);
  }
  const ids = async (query: string): Promise<string> => {
    const { tasks } = (await cluster.get(`/tasks${query}`)) as { tasks: { id: string }[] };
    return tasks.map((task) => task.id).join('');
  };
  t.is(await ids(''), 'cba');
  t.is(await ids('?order=asc'), 'abc');
  t.is(await ids('?limit=2&offset=1'), 'ba');
  t.is(await ids('?limit=0'), '');
  t.is(await ids('?limit=x'), 'cba');
  t.is(await ids('?limit=-1'), 'cba');
  t.is(await ids('?offset=-1'), '');
  t.is(await ids('?task_id=b'), 'b');
  t.is(await ids('?framework_id=x'), '');
});

test('/state-summary counts tasks by state, per agent and per framework', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const { actor } = await cluster.scheduler();
  const offer = must(actor.offers[0]);
  actor.launch(offer, [commandTask('a', 'M-S0'), commandTask('b', 'M-S0')]);
  await cluster.clock.settle();
  agent.update('M-0000', 'a', 'TASK_RUNNING');
  await cluster.clock.settle();
  const counts = { TASK_STAGING: 1, TASK_RUNNING: 1, TASK_FINISHED: 0, TASK_UNREACHABLE: 0 };
  t.like(await cluster.get('/state-summary'), {
    hostname: 'test-master',
    slaves: [{ id: 'M-S0', ...counts, framework_ids: ['M-0000'] }],
    frameworks: [{ id: 'M-0000', ...counts, slave_ids: ['M-S0'] }],
  });
});

test('/roles shows what each role has, those above it included', async (t) => {
  await using cluster = await TestCluster.start({ flags: { weights: 'eng=2' } });
  await cluster.agent({ resources: 'cpus:4;cpus(eng/web):1;ports:[1-3]' });
  const { actor } = await cluster.scheduler({ info: { roles: ['eng/web'] } });
  t.is(actor.offers.length, 1);
  t.deepEqual(await cluster.get('/roles'), {
    roles: [
      {
        name: 'eng',
        weight: 2,
        quota: { role: 'eng', guarantee: {}, limit: {}, consumed: { cpus: 1 } },
        resources: { cpus: 5, ports: 3 },
        allocated: {},
        offered: { cpus: 5, ports: 3 },
        reserved: { cpus: 1 },
        frameworks: [],
      },
      {
        name: 'eng/web',
        weight: 1,
        quota: { role: 'eng/web', guarantee: {}, limit: {}, consumed: { cpus: 1 } },
        resources: { cpus: 5, ports: 3 },
        allocated: {},
        offered: { cpus: 5, ports: 3 },
        reserved: { cpus: 1 },
        frameworks: ['M-0000'],
      },
    ],
  });
});

test('every JSON endpoint is a script when asked with jsonp', async (t) => {
  await using cluster = await TestCluster.start();
  for (const path of [
    '/state',
    '/state-summary',
    '/slaves',
    '/frameworks',
    '/tasks',
    '/roles',
    '/flags',
    '/version',
    '/metrics/snapshot',
  ]) {
    const { body, headers } = await cluster.runtime.inject({ url: `${path}?jsonp=cb` });
    t.is(headers['content-type'], 'text/javascript', path);
    t.true(body.toString().startsWith('cb({'), path);
  }
  const old = await cluster.runtime.inject({ url: '/state.json' });
  t.is(old.status, 404);
});

test('/metrics/snapshot has what exporters read, before anything has happened', async (t) => {
  await using cluster = await TestCluster.start();
  const metrics = (await cluster.get('/metrics/snapshot')) as Record<string, number>;
  for (const name of [
    'elected',
    'uptime_secs',
    'cpus_total',
    'cpus_used',
    'cpus_percent',
    'cpus_revocable_total',
    'mem_total',
    'disk_percent',
    'gpus_used',
    'slaves_active',
    'slaves_connected',
    'slaves_disconnected',
    'slaves_inactive',
    'slaves_unreachable',
    'slave_registrations',
    'frameworks_active',
    'frameworks_connected',
    'frameworks_disconnected',
    'frameworks_inactive',
    'outstanding_offers',
    'tasks_staging',
    'tasks_running',
    'tasks_finished',
    'tasks_lost',
    'tasks_unreachable',
    'messages_register_framework',
    'dropped_messages',
    'valid_status_updates',
  ]) {
    t.is(typeof metrics[`master/${name}`], 'number', name);
  }
  t.is(metrics['master/elected'], 1);
});
