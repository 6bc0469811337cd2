import test from 'ava';
import fc from 'fast-check';
import { bombard, Mutator, type FuzzRequest } from '@mesos-ts/daemon/testing';
import { AgentCall_Type, encodeRecord, type MessageName } from '@mesos-ts/protocol';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { customExecutor } from '../support/executor-info.ts';

// Of nobody: what is damaged must not happen to be a change that is right.
const container_id = { value: 'no-container', parent: { value: 'no-parent' } };
const named = (type: string, more: object = {}): object => ({ type, [type.toLowerCase()]: { container_id, ...more } });
const command = { shell: true, value: 'true', environment: { variables: [{ name: 'A', value: 'b' }] } };
const provider = { type: 'org.example', name: 'p', default_reservations: [{ type: 'STATIC', role: 'eng' }] };

/** A valid call of every type of the operator API of agents. */
const operatorCalls: readonly object[] = [
  ...Object.keys(AgentCall_Type)
    .filter((type) => type.startsWith('GET_') && type !== 'GET_METRICS')
    .map((type) => ({ type })),
  { type: 'GET_METRICS', get_metrics: { timeout: { nanoseconds: 1e6 } } },
  { type: 'SET_LOGGING_LEVEL', set_logging_level: { level: 0, duration: { nanoseconds: 1e6 } } },
  { type: 'LIST_FILES', list_files: { path: '/slave/log' } },
  { type: 'READ_FILE', read_file: { path: '/slave/log', offset: 1, length: 5 } },
  { type: 'GET_CONTAINERS', get_containers: { show_nested: true, show_standalone: true } },
  named('LAUNCH_NESTED_CONTAINER', { command }),
  named('LAUNCH_NESTED_CONTAINER_SESSION', { command }),
  named('WAIT_NESTED_CONTAINER'),
  named('KILL_NESTED_CONTAINER', { signal: 9 }),
  named('REMOVE_NESTED_CONTAINER'),
  named('LAUNCH_CONTAINER', { command, resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } }] }),
  named('WAIT_CONTAINER'),
  named('KILL_CONTAINER', { signal: 9 }),
  named('REMOVE_CONTAINER', { force: true }),
  named('ATTACH_CONTAINER_OUTPUT'),
  { type: 'ATTACH_CONTAINER_INPUT', attach_container_input: { type: 'CONTAINER_ID', container_id } },
  { type: 'ADD_RESOURCE_PROVIDER_CONFIG', add_resource_provider_config: { info: provider } },
  { type: 'UPDATE_RESOURCE_PROVIDER_CONFIG', update_resource_provider_config: { info: provider } },
  { type: 'REMOVE_RESOURCE_PROVIDER_CONFIG', remove_resource_provider_config: { type: 'org.example', name: 'p' } },
  { type: 'MARK_RESOURCE_PROVIDER_GONE', mark_resource_provider_gone: { resource_provider_id: { value: 'p' } } },
  { type: 'PRUNE_IMAGES', prune_images: { excluded_images: [{ type: 'DOCKER', docker: { name: 'busybox' } }] } },
];

const ids = { framework_id: { value: 'no-framework' }, executor_id: { value: 'no-executor' } };
const update = {
  task_id: { value: 't1' },
  state: 'TASK_RUNNING',
  source: 'SOURCE_EXECUTOR',
  uuid: 'QEBAQEBAQEBAQEBAQEBAQA==',
  timestamp: 1.5,
};
const executorCalls: readonly object[] = [
  { ...ids, type: 'SUBSCRIBE', subscribe: { unacknowledged_updates: [{ status: update }] } },
  { ...ids, type: 'UPDATE', update: { status: update } },
  { ...ids, type: 'MESSAGE', message: { data: 'aGk=' } },
  { ...ids, type: 'HEARTBEAT' },
];

const doors = [
  { url: '/api/v1', name: 'mesos.v1.agent.Call', calls: operatorCalls },
  { url: '/api/v1/executor', name: 'mesos.v1.executor.Call', calls: executorCalls },
] as const;

for (const door of doors) {
  test(`10,000 damaged calls of ${door.url} are answered without an error of the agent, and change nothing`, async (t) => {
    t.timeout(300_000);
    await using cluster = await startCluster();
    await cluster.run('t1', { executor: customExecutor() });
    const before = await state(cluster);
    const [seed = 0] = fc.sample(fc.nat(), 1);
    const mutator = new Mutator(seed);
    const outcome = await bombard({
      count: 10_000,
      next: () => {
        const { body, headers } = damaged(mutator, door.name, mutator.pick(door.calls));
        const accept = mutator.pick(['*/*', 'application/x-protobuf', 'application/json', 'application/recordio', '']);
        return { url: door.url, method: 'POST', headers: { ...headers, accept }, body };
      },
      send: (request) => cluster.agent.runtime.inject(request),
      settle: () => cluster.clock.settle(),
    });
    t.deepEqual(await state(cluster), before);
    // 501 is what this agent cannot do yet.
    const { count, unexpected } = await outcome([200, 202, 400, 403, 404, 406, 415, 501]);
    t.deepEqual(unexpected, []);
    t.true(
      count(200) + count(202) > 300 && count(400) > 1000,
      `both happen: ${count(200)}, ${count(202)}, ${count(400)}`,
    );
  });
}

/** A damaged call in any of the forms that agents read. */
function damaged(mutator: Mutator, name: MessageName, call: object): Pick<FuzzRequest, 'body'> & { headers: object } {
  const { body, type } = mutator.call(name, call);
  if (type !== 'application/json' || mutator.below(5) > 0) return { headers: { 'content-type': type }, body };
  const headers = { 'content-type': 'application/recordio', 'message-content-type': type };
  return { headers, body: mutator.bytes(encodeRecord(body)) };
}

async function state(cluster: Cluster): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ type: 'GET_STATE' });
  const answer = await cluster.agent.runtime.inject({ url: '/api/v1', method: 'POST', headers, body });
  return JSON.parse(answer.body.toString());
}
