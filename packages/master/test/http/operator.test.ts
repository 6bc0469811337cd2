import test from 'ava';
import { approversBy, type Action, type Authorizer } from '@mesos-ts/daemon';
import { decode, encode } from '@mesos-ts/protocol';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import { must } from '../must.ts';
import { call, get } from './operator-support.ts';

/** An authorizer who allows everything but some actions. */
function denying(...actions: Action[]): Authorizer {
  return { approvers: () => approversBy((action) => !actions.includes(action)) };
}

test('an idle master answers what it is asked in the shapes of Mesos', async (t) => {
  await using cluster = await TestCluster.start({ flags: { cluster: 'c' } });
  const answers: readonly (readonly [type: string, answer: object])[] = [
    ['GET_HEALTH', { get_health: { healthy: true } }],
    ['GET_LOGGING_LEVEL', { get_logging_level: { level: 0 } }],
    ['GET_OPERATIONS', { get_operations: {} }],
    ['GET_ROLES', { get_roles: {} }],
    ['GET_WEIGHTS', {}],
    ['GET_QUOTA', { get_quota: { status: {} } }],
    ['GET_MAINTENANCE_STATUS', { get_maintenance_status: { status: {} } }],
    ['GET_MAINTENANCE_SCHEDULE', { get_maintenance_schedule: { schedule: {} } }],
    ['GET_AGENTS', { get_agents: { agents: [], recovered_agents: [] } }],
    ['GET_FRAMEWORKS', { get_frameworks: { frameworks: [], completed_frameworks: [] } }],
    ['GET_EXECUTORS', { get_executors: { executors: [] } }],
    ['GET_TASKS', { get_tasks: { tasks: [], unreachable_tasks: [], completed_tasks: [] } }],
  ];
  for (const [type, answer] of answers) t.deepEqual(await get(cluster, type), { type, ...answer });
  t.like(await get(cluster, 'GET_VERSION'), { get_version: { version_info: { version: '1.12.0', build_user: '' } } });
  t.like(await get(cluster, 'GET_MASTER'), {
    get_master: { master_info: { id: 'M', port: 5050 }, start_time: 1_577_836_800, elected_time: 1_577_836_800 },
  });
  const { get_flags: flags } = (await get(cluster, 'GET_FLAGS')) as { get_flags: { flags: { name: string }[] } };
  t.deepEqual(
    flags.flags.find(({ name }) => name === 'cluster'),
    { name: 'cluster', value: 'c' },
  );
});

test('GET_STATE has what the calls for its parts have', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const { actor } = await cluster.scheduler({ info: { roles: ['eng'] } });
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0')], 3600);
  await cluster.clock.settle();
  const parts: Record<string, unknown> = {};
  for (const [type, field] of [
    ['GET_TASKS', 'get_tasks'],
    ['GET_EXECUTORS', 'get_executors'],
    ['GET_FRAMEWORKS', 'get_frameworks'],
    ['GET_AGENTS', 'get_agents'],
  ] as const) {
    parts[field] = ((await get(cluster, type)) as Record<string, unknown>)[field];
  }
  t.deepEqual(await get(cluster, 'GET_STATE'), { type: 'GET_STATE', get_state: parts });
  t.like(parts, {
    get_tasks: { tasks: [{ task_id: { value: 't' }, state: 'TASK_STAGING' }] },
    get_agents: { agents: [{ active: true, deactivated: false }] },
  });
});

test('answers have the form that is accepted, JSON where both are; calls have either form', async (t) => {
  await using cluster = await TestCluster.start();
  const protobuf = encode('mesos.v1.master.Call', { type: 'GET_HEALTH' });
  const binary = { 'content-type': 'application/x-protobuf' };
  for (const accept of ['application/x-protobuf', 'application/x-protobuf;q=1, text/html']) {
    const answer = await call(cluster, protobuf, { ...binary, accept });
    t.is(answer.contentType, 'application/x-protobuf');
    t.deepEqual(decode('mesos.v1.master.Response', answer.body), { type: 'GET_HEALTH', get_health: { healthy: true } });
  }
  for (const accept of ['*/*', 'application/x-protobuf, application/json', 'application/*']) {
    t.is((await call(cluster, protobuf, { ...binary, accept })).contentType, 'application/json');
  }
  t.is(
    (await call(cluster, { type: 'GET_HEALTH' }, { accept: 'application/x-protobuf' })).body.toString('hex'),
    '080112020801',
  );
});

test('GET_METRICS tells all metrics within its timeout', async (t) => {
  await using cluster = await TestCluster.start();
  const asked = { type: 'GET_METRICS', get_metrics: { timeout: { nanoseconds: 5e9 } } };
  const { get_metrics: told } = JSON.parse((await call(cluster, asked)).text) as {
    get_metrics: { metrics: { name: string; value: number }[] };
  };
  const values = new Map(told.metrics.map(({ name, value }) => [name, value]));
  t.is(values.get('master/elected'), 1);
  t.is(values.get('master/operator_event_stream_subscribers'), 0);
  t.is(values.get('master/operator_event_streams_too_slow'), 0);
});

test('SET_LOGGING_LEVEL is answered 501 by a logger whose level cannot change', async (t) => {
  await using cluster = await TestCluster.start();
  const asked = { type: 'SET_LOGGING_LEVEL', set_logging_level: { level: 1, duration: { nanoseconds: 1e9 } } };
  t.is((await call(cluster, asked)).status, 501);
});

test('LIST_FILES and READ_FILE show what /files does, bytes as they are', async (t) => {
  const external_log_file = import.meta.filename;
  await using cluster = await TestCluster.start({ flags: { external_log_file } });
  const read = async (read_file: object): Promise<unknown> =>
    JSON.parse((await call(cluster, { type: 'READ_FILE', read_file })).text);
  const { read_file: whole } = (await read({ path: '/master/log', offset: 0 })) as {
    read_file: { size: number; data: string };
  };
  t.is(Buffer.from(whole.data, 'base64').length, whole.size);
  t.deepEqual(await read({ path: '/master/log', offset: 1e9, length: 5 }), {
    type: 'READ_FILE',
    read_file: { size: whole.size, data: '' },
  });
  t.deepEqual(JSON.parse((await call(cluster, { type: 'LIST_FILES', list_files: { path: '/master/log' } })).text), {
    type: 'LIST_FILES',
    list_files: {},
  });
  const missing = await call(cluster, { type: 'READ_FILE', read_file: { path: '/nobody', offset: 0 } });
  t.deepEqual([missing.status, missing.text, missing.contentType], [404, '', 'text/plain; charset=utf-8']);
});

test('calls are checked in the order of Mesos: type of the body, body, call, and what is accepted', async (t) => {
  await using cluster = await TestCluster.start();
  const html = { accept: 'text/html' };
  const refusals: readonly (readonly [object | string, Readonly<Record<string, string>>, number, string])[] = [
    [
      '{',
      { 'content-type': 'text/plain', ...html },
      415,
      "Expecting 'Content-Type' of application/json or application/x-protobuf",
    ],
    ['{', html, 400, 'Failed to parse body into JSON: syntax error at line 1 near: '],
    ['[]', html, 400, 'Failed to convert JSON into Call protobuf: Expecting a JSON object'],
    [{ type: 'NO_SUCH' }, html, 400, "Failed to validate master::Call: Expecting 'type' to be present"],
    [{ type: 'TEARDOWN' }, html, 400, "Failed to validate master::Call: Expecting 'teardown' to be present"],
    [{ type: 'UNKNOWN' }, html, 406, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'"],
    [{ type: 'UNKNOWN' }, {}, 501, '501 Not Implemented.'],
    [
      {
        type: 'GROW_VOLUME',
        grow_volume: { volume: { name: 'disk', type: 'SCALAR' }, addition: { name: 'disk', type: 'SCALAR' } },
      },
      {},
      400,
      "Failed to validate master::Call: Expecting 'agent_id' to be present; only agent default resources are supported right now",
    ],
    [
      {
        type: 'RESERVE_RESOURCES',
        reserve_resources: { agent_id: { value: 'x' }, resources: [{ name: '', type: 'SCALAR' }] },
      },
      {},
      400,
      "Failed to validate master::Call: Resource ':0' is invalid: Empty resource name",
    ],
  ];
  for (const [body, headers, status, text] of refusals) {
    const answer = await call(cluster, body, headers);
    t.deepEqual([answer.status, answer.text], [status, text]);
  }
  const get405 = await cluster.runtime.inject({ url: '/api/v1' });
  t.deepEqual([get405.status, get405.headers['allow']], [405, 'POST']);
});

test('an agent that is deactivated is not offered, also when it comes back, until it is reactivated', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor } = await cluster.scheduler();
  const agent_id = { value: 'M-S0' };
  const change = async (type: 'DEACTIVATE_AGENT' | 'REACTIVATE_AGENT'): Promise<[number, string]> => {
    const { status, text } = await call(cluster, { type, [type.toLowerCase()]: { agent_id } });
    await cluster.clock.settle();
    return [status, text];
  };
  t.deepEqual(await change('REACTIVATE_AGENT'), [400, 'Agent is not deactivated']);
  t.is(actor.offers.length, 1);
  t.deepEqual(await change('DEACTIVATE_AGENT'), [200, '']);
  t.deepEqual(await change('DEACTIVATE_AGENT'), [200, '']);
  t.is(actor.of('RESCIND').length, 1);
  t.like(await get(cluster, 'GET_AGENTS'), { get_agents: { agents: [{ active: false, deactivated: true }] } });
  t.like(await cluster.get('/slaves'), { slaves: [{ active: false, deactivated: true }] });
  const back = await cluster.restartAgent(agent);
  back.actor.reregister();
  await cluster.clock.advance(5000);
  t.is(actor.offers.length, 0, 'nothing is offered');
  t.deepEqual(await change('REACTIVATE_AGENT'), [200, '']);
  await cluster.clock.advance(5000);
  t.is(actor.offers.length, 1);
});

test('an agent that is deactivated while it is unreachable comes back that way', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  agent.actor.answersPings = false;
  await cluster.clock.advance(100_000);
  const agent_id = { value: 'M-S0' };
  t.is((await call(cluster, { type: 'DEACTIVATE_AGENT', deactivate_agent: { agent_id } })).status, 200);
  const back = await cluster.restartAgent(agent);
  back.actor.reregister();
  await cluster.clock.settle();
  t.like(await get(cluster, 'GET_AGENTS'), { get_agents: { agents: [{ active: false, deactivated: true }] } });
  t.is((await call(cluster, { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id } })).status, 200);
  t.like(await get(cluster, 'GET_AGENTS'), { get_agents: { agents: [{ active: true, deactivated: false }] } });
});

test('an agent that is marked gone is told to end, its tasks are gone, and it is not let in again', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor } = await cluster.scheduler();
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0')]);
  const { actor: old } = await cluster.scheduler({ capabilities: ['MULTI_ROLE'] });
  await cluster.clock.advance(1000);
  old.launch(must(old.offers[0]), [commandTask('u', 'M-S0')]);
  await cluster.clock.settle();
  const mark = { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id: { value: 'M-S0' } } };
  t.is((await call(cluster, mark)).status, 200);
  t.is((await call(cluster, mark)).status, 200, 'again');
  await cluster.clock.settle();
  t.deepEqual(agent.actor.of('mesos.internal.ShutdownMessage'), [{ message: 'Agent has been marked gone' }]);
  t.like(actor.statuses.at(-1), {
    state: 'TASK_GONE_BY_OPERATOR',
    reason: 'REASON_AGENT_REMOVED_BY_OPERATOR',
    message: 'Agent has been marked gone',
  });
  t.like(old.statuses.at(-1), { state: 'TASK_LOST', reason: 'REASON_AGENT_REMOVED' });
  t.is(actor.of('FAILURE').length, 1);
  t.like(await get(cluster, 'GET_TASKS'), {
    get_tasks: { tasks: [], completed_tasks: [{ state: 'TASK_GONE_BY_OPERATOR' }, { state: 'TASK_LOST' }] },
  });
  actor.call({ type: 'RECONCILE', reconcile: { tasks: [{ task_id: { value: 'x' }, agent_id: { value: 'M-S0' } }] } });
  await cluster.clock.settle();
  t.like(actor.statuses.at(-1), { state: 'TASK_GONE_BY_OPERATOR', message: 'Reconciliation: Task is gone' });
  const back = await cluster.restartAgent(agent);
  back.actor.reregister();
  await cluster.clock.settle();
  t.is(back.actor.of('mesos.internal.ShutdownMessage').length, 1);
  t.deepEqual(await get(cluster, 'GET_AGENTS'), {
    type: 'GET_AGENTS',
    get_agents: { agents: [], recovered_agents: [] },
  });
});

test('the tasks of an unreachable agent are completed when it is marked gone', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor } = await cluster.scheduler();
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0')]);
  await cluster.clock.settle();
  agent.actor.answersPings = false;
  await cluster.clock.advance(100_000);
  t.is(actor.statuses.at(-1)?.state, 'TASK_UNREACHABLE');
  const agent_id = { value: 'M-S0' };
  t.is((await call(cluster, { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id } })).status, 200);
  await cluster.clock.settle();
  t.is(actor.statuses.at(-1)?.state, 'TASK_GONE_BY_OPERATOR');
  actor.call({
    type: 'RECONCILE_OPERATIONS',
    reconcile_operations: { operations: [{ operation_id: { value: 'o' }, agent_id }] },
  });
  await cluster.clock.settle();
  t.like(actor.of('UPDATE_OPERATION_STATUS')[0]?.update_operation_status?.status, {
    state: 'OPERATION_GONE_BY_OPERATOR',
    message: 'Reconciliation: Agent marked gone by operator',
  });
  t.like(await get(cluster, 'GET_TASKS'), {
    get_tasks: { unreachable_tasks: [], completed_tasks: [{ state: 'TASK_GONE_BY_OPERATOR' }] },
  });
  t.is((await call(cluster, { type: 'DEACTIVATE_AGENT', deactivate_agent: { agent_id } })).text, 'Unknown agent');
});

test('reactivating an agent that is unreachable holds for when it is back, and is told as a conflict', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent({ capabilities: ['MULTI_ROLE', 'AGENT_DRAINING'] });
  const agent_id = { value: 'M-S0' };
  const drained = await call(cluster, { type: 'DRAIN_AGENT', drain_agent: { agent_id } });
  t.deepEqual([drained.status, drained.text], [501, 'Draining agents is not supported yet']);
  t.is((await call(cluster, { type: 'DEACTIVATE_AGENT', deactivate_agent: { agent_id } })).status, 200);
  agent.actor.answersPings = false;
  await cluster.clock.advance(100_000);
  const answer = await call(cluster, { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id } });
  t.deepEqual([answer.status, answer.text], [409, 'Agent removed while processing the call']);
  const back = await cluster.restartAgent(agent);
  back.actor.reregister();
  await cluster.clock.settle();
  t.like(await get(cluster, 'GET_AGENTS'), { get_agents: { agents: [{ active: true, deactivated: false }] } });
});

test('what this master cannot do yet is refused after it was checked', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const agent_id = { value: 'M-S0' };
  const disk = { name: 'disk', type: 'SCALAR', scalar: { value: 1 } };
  const refusals: readonly (readonly [object, number, string])[] = [
    [{ type: 'DRAIN_AGENT', drain_agent: { agent_id } }, 501, 'Draining agents is not supported yet'],
    [{ type: 'DRAIN_AGENT', drain_agent: { agent_id: { value: 'x' } } }, 400, 'Unknown agent'],
    [{ type: 'REMOVE_QUOTA', remove_quota: { role: 'a' } }, 400, "Failed to remove quota: Role 'a' has no quota set"],
    [
      { type: 'START_MAINTENANCE', start_maintenance: { machines: [{ hostname: 'h' }] } },
      400,
      `Machine '{"hostname":"h"}' is not part of a maintenance schedule`,
    ],
    [{ type: 'STOP_MAINTENANCE', stop_maintenance: {} }, 400, 'List of machines is empty'],
    [
      { type: 'GROW_VOLUME', grow_volume: { agent_id, volume: disk, addition: disk } },
      501,
      'Growing volumes is not supported yet',
    ],
    [
      { type: 'SHRINK_VOLUME', shrink_volume: { agent_id, volume: disk, subtract: { value: 1 } } },
      501,
      'Shrinking volumes is not supported yet',
    ],
    [
      { type: 'SHRINK_VOLUME', shrink_volume: { agent_id: { value: 'x' }, volume: disk, subtract: { value: 1 } } },
      400,
      'No agent found with specified ID',
    ],
  ];
  for (const [body, status, text] of refusals) {
    const answer = await call(cluster, body);
    t.deepEqual([answer.status, answer.text], [status, text]);
  }
});

test('who may not is told so, of agents before it is told whether they are there', async (t) => {
  const actions = [
    'VIEW_FLAGS',
    'SET_LOG_LEVEL',
    'MARK_AGENT_GONE',
    'DRAIN_AGENT',
    'DEACTIVATE_AGENT',
    'REACTIVATE_AGENT',
  ] as const;
  await using cluster = await TestCluster.start({ authorizer: denying(...actions, 'ACCESS_MESOS_LOG') });
  const agent_id = { value: 'x' };
  const calls = [
    { type: 'GET_FLAGS' },
    { type: 'SET_LOGGING_LEVEL', set_logging_level: { level: 1, duration: { nanoseconds: 1 } } },
    { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id } },
    { type: 'DRAIN_AGENT', drain_agent: { agent_id } },
    { type: 'DEACTIVATE_AGENT', deactivate_agent: { agent_id } },
    { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id } },
  ];
  for (const asked of calls) {
    const answer = await call(cluster, asked);
    t.deepEqual([answer.status, answer.text], [403, '403 Forbidden.'], asked.type);
  }
});

test('EXPLAIN and CAN_PLACE are asked like all other calls', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  await cluster.scheduler();
  const explained = await call(cluster, { type: 'EXPLAIN', explain: { framework_id: { value: 'M-0000' } } });
  t.like(JSON.parse(explained.text), { type: 'EXPLAIN', explain: { frameworks: [{ name: 'test', offers_made: 1 }] } });
  const resources = [{ name: 'cpus', type: 'SCALAR', scalar: { value: 64 } }];
  const placed = await call(cluster, { type: 'CAN_PLACE', can_place: { resources } });
  t.like(JSON.parse(placed.text), { type: 'CAN_PLACE', can_place: { now: false, ever: false } });
  t.is((await call(cluster, { type: 'EXPLAIN', explain: { framework_id: { value: 'x' } } })).status, 404);
});
