import test from 'ava';
import { decode, encode, encodeRecord, type AgentCall } from '@mesos-ts/protocol';
import { customExecutor } from '../support/executor-info.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';

const json = { 'content-type': 'application/json' };

async function post(
  cluster: Cluster,
  body: string | Uint8Array,
  headers: Record<string, string> = json,
): Promise<[status: number, text: string]> {
  const { body: text, status } = await cluster.agent.runtime.inject({ method: 'POST', url: '/api/v1', headers, body });
  return [status, text.toString()];
}

async function ask(cluster: Cluster, call: AgentCall): Promise<Record<string, unknown>> {
  const [status, text] = await post(cluster, JSON.stringify(call));
  if (status !== 200) throw new Error(`${status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

test('the operator API shows frameworks, executors, tasks and containers of the agent', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('command');
  await cluster.run('t1', { executor: customExecutor('custom', { name: 'a custom one' }) });
  const { get_state } = await ask(cluster, { type: 'GET_STATE' });
  t.like(get_state, {
    get_frameworks: { frameworks: [{ framework_info: { name: 'framework' } }] },
    get_executors: { executors: [{ executor_info: { executor_id: { value: 'command' } } }] },
    get_tasks: { launched_tasks: [{ task_id: { value: 'command' }, state: 'TASK_RUNNING' }] },
  });
  const state = get_state as Record<string, unknown>;
  for (const type of ['GET_FRAMEWORKS', 'GET_EXECUTORS', 'GET_TASKS'] as const) {
    const field = type.toLowerCase();
    t.deepEqual((await ask(cluster, { type }))[field], state[field]);
  }
  const { get_containers } = await ask(cluster, { type: 'GET_CONTAINERS' });
  const { containers } = get_containers as { containers: Record<string, unknown>[] };
  t.is(containers.length, 2);
  t.like(containers[1], { executor_id: { value: 'custom' }, executor_name: 'a custom one' });
  t.truthy(containers[1]?.['container_status']);
});

test('an idle agent leaves out what it has nothing of, and tells of itself', async (t) => {
  await using cluster = await startCluster();
  t.deepEqual(await ask(cluster, { type: 'GET_CONTAINERS' }), { type: 'GET_CONTAINERS' });
  t.deepEqual(await ask(cluster, { type: 'GET_OPERATIONS' }), { type: 'GET_OPERATIONS', get_operations: {} });
  t.deepEqual(await ask(cluster, { type: 'GET_RESOURCE_PROVIDERS' }), {
    type: 'GET_RESOURCE_PROVIDERS',
    get_resource_providers: {},
  });
  t.like(await ask(cluster, { type: 'GET_AGENT' }), {
    get_agent: { agent_info: { hostname: 'agent.example', id: { value: 'agent-1' } } },
  });
  t.deepEqual(await ask(cluster, { type: 'GET_HEALTH' }), { type: 'GET_HEALTH', get_health: { healthy: true } });
  t.like(await ask(cluster, { type: 'GET_VERSION' }), { get_version: { version_info: { version: '1.12.0' } } });
  const { get_flags } = await ask(cluster, { type: 'GET_FLAGS' });
  t.true((get_flags as { flags: { name: string }[] }).flags.some(({ name }) => name === 'work_dir'));
  const { get_metrics } = await ask(cluster, { type: 'GET_METRICS', get_metrics: {} });
  t.true((get_metrics as { metrics: { name: string }[] }).metrics.some(({ name }) => name === 'slave/registered'));
  t.deepEqual(await post(cluster, '{"type":"PRUNE_IMAGES"}'), [200, '']);
});

test('a call in protobuf is answered in protobuf where that is asked for', async (t) => {
  await using cluster = await startCluster();
  const type = 'application/x-protobuf';
  const { body, headers } = await cluster.agent.runtime.inject({
    method: 'POST',
    url: '/slave(1)/api/v1/',
    headers: { 'content-type': type, accept: type },
    body: encode('mesos.v1.agent.Call', { type: 'GET_HEALTH' }),
  });
  t.is(headers['content-type'], type);
  t.deepEqual(decode('mesos.v1.agent.Response', body), { type: 'GET_HEALTH', get_health: { healthy: true } });
});

test('calls of operators to an agent are refused in the order and the words of Mesos', async (t) => {
  await using cluster = await startCluster();
  const call = '{"type":"GET_HEALTH"}';
  const either = 'application/json or application/x-protobuf';
  const recordio = { 'content-type': 'application/recordio', 'message-content-type': 'application/json' };
  const cases: [body: string | Uint8Array, headers: Record<string, string>, status: number, text: string][] = [
    [call, {}, 400, "Expecting 'Content-Type' to be present"],
    [call, { 'content-type': 'a/b' }, 415, `Expecting 'Content-Type' of ${either} or application/recordio`],
    [
      call,
      { ...json, 'message-content-type': 'application/json' },
      415,
      "Expecting 'Message-Content-Type' to be not set for non-streaming requests",
    ],
    [
      call,
      { 'content-type': 'application/recordio' },
      400,
      "Expecting 'Message-Content-Type' to be set for streaming requests",
    ],
    [call, { ...recordio, 'message-content-type': 'a/b' }, 415, `Expecting 'Message-Content-Type' of ${either}`],
    ['{', { ...json, accept: 'a/b' }, 406, `Expecting 'Accept' to allow ${either} or application/recordio`],
    [
      '{',
      { ...json, 'message-accept': 'application/json' },
      406,
      "Expecting 'Message-Accept' to be not set for non-streaming responses",
    ],
    [
      '{',
      { ...json, accept: 'application/recordio', 'message-accept': 'a/b' },
      406,
      `Expecting 'Message-Accept' to allow ${either}`,
    ],
    ['{', json, 400, 'Failed to parse body into JSON: syntax error at line 1 near: '],
    [
      new Uint8Array([255]),
      { 'content-type': 'application/x-protobuf' },
      400,
      'Failed to parse body into a protobuf object',
    ],
    ['{}', json, 400, "Failed to validate agent::Call: Expecting 'type' to be present"],
    ['', recordio, 400, 'Received EOF while reading request body'],
    [
      'five\nhello',
      recordio,
      400,
      "Decoder failure: Failed to decode length 'five': Failed to convert 'five' to number",
    ],
    [
      encodeRecord(Buffer.from(call)),
      recordio,
      415,
      "Streaming 'Content-Type' application/recordio is not supported for GET_HEALTH call",
    ],
    [
      '{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":{"type":"PROCESS_IO"}}',
      json,
      415,
      "Expecting 'Content-Type' to be application/recordio for ATTACH_CONTAINER_INPUT call",
    ],
    [call, { ...json, accept: 'application/recordio' }, 406, 'Streaming response is not supported for GET_HEALTH call'],
    ['{"type":"UNKNOWN"}', json, 501, '501 Not Implemented.'],
  ];
  for (const [body, headers, status, text] of cases) t.deepEqual(await post(cluster, body, headers), [status, text]);
  const { status } = await cluster.agent.runtime.inject({ url: '/api/v1' });
  t.is(status, 405);
});

function wait(container_id: object): string {
  return JSON.stringify({ type: 'WAIT_NESTED_CONTAINER', wait_nested_container: { container_id } });
}

test('calls about containers are checked before they are refused as not supported', async (t) => {
  await using cluster = await startCluster();
  const invalid = 'Failed to validate agent::Call: ';
  t.deepEqual(await post(cluster, '{"type":"WAIT_NESTED_CONTAINER"}'), [
    400,
    `${invalid}Expecting 'wait_nested_container' to be present`,
  ]);
  t.deepEqual(await post(cluster, wait({ value: 'a.b' })), [
    400,
    `${invalid}'wait_nested_container.container_id' is invalid: 'ContainerID.value' 'a.b' contains invalid characters`,
  ]);
  t.deepEqual(await post(cluster, wait({ value: 'a' })), [
    400,
    `${invalid}Expecting 'wait_nested_container.container_id.parent' to be present`,
  ]);
  t.deepEqual(await post(cluster, wait({ value: 'a', parent: { value: 'p' } })), [
    501,
    'WAIT_NESTED_CONTAINER is not supported yet: this agent has no nested containers',
  ]);
  const resources = [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, role: 'eng' }];
  const launch = { type: 'LAUNCH_CONTAINER', launch_container: { container_id: { value: 'c' }, resources } };
  t.deepEqual(await post(cluster, JSON.stringify(launch)), [
    400,
    `${invalid}'launch_container.resources' must be unreserved`,
  ]);
});
