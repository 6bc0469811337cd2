import test from 'ava';
import { commandJson, taskJson } from '../../src/index.ts';
import type { Task } from '@mesos-ts/protocol';

const command: Task = {
  name: 'n',
  task_id: { value: 't' },
  framework_id: { value: 'f' },
  agent_id: { value: 'a' },
  state: 'TASK_STAGING',
};

/** What a client reads: without what is undefined. */
function read(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('a task with nothing but its ids has the keys that clients read all the same', (t) => {
  t.deepEqual(read(taskJson(command)), {
    id: 't',
    name: 'n',
    framework_id: 'f',
    executor_id: '',
    slave_id: 'a',
    state: 'TASK_STAGING',
    resources: { cpus: 0, gpus: 0, mem: 0, disk: 0 },
    role: '*',
    statuses: [],
  });
});

test('a task shows all that it has', (t) => {
  const shown = taskJson({
    ...command,
    executor_id: { value: 'e' },
    resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, allocation_info: { role: 'eng' } }],
    limits: { cpus: { value: 2 } },
    user: 'u',
    labels: { labels: [{ key: 'k', value: 'v' }] },
    discovery: { visibility: 'CLUSTER', name: 'd' },
    container: { type: 'MESOS' },
    health_check: { type: 'TCP', tcp: { port: 80 } },
  });
  t.like(read(shown), {
    executor_id: 'e',
    role: 'eng',
    limits: { cpus: 2 },
    user: 'u',
    labels: [{ key: 'k', value: 'v' }],
    discovery: { visibility: 'CLUSTER', name: 'd' },
    container: { type: 'MESOS' },
    health_check: { type: 'TCP', tcp: { port: 80 } },
  });
});

test('a status shows when it was, how well the task is and where its container is reached', (t) => {
  const shown = taskJson({
    ...command,
    statuses: [
      { task_id: { value: 't' }, state: 'TASK_STARTING' },
      {
        task_id: { value: 't' },
        state: 'TASK_RUNNING',
        timestamp: 1.5,
        healthy: false,
        message: 'not shown',
        uuid: Uint8Array.of(1),
        labels: { labels: [{ key: 'k' }] },
        container_status: {
          container_id: { value: 'c' },
          executor_pid: 7,
          network_infos: [
            { labels: { labels: [{ key: 'n' }] }, ip_addresses: [{ protocol: 'IPv4', ip_address: '127.0.0.1' }] },
          ],
        },
      },
    ],
  });
  t.deepEqual(read(shown['statuses']), [
    { state: 'TASK_STARTING', timestamp: 0 },
    {
      state: 'TASK_RUNNING',
      timestamp: 1.5,
      labels: [{ key: 'k' }],
      container_status: {
        container_id: { value: 'c' },
        network_infos: [{ labels: [{ key: 'n' }], ip_addresses: [{ protocol: 'IPv4', ip_address: '127.0.0.1' }] }],
      },
      healthy: false,
    },
  ]);
});

test('a command always shows its arguments and URIs', (t) => {
  t.deepEqual(read(commandJson({ value: 'true' })), { value: 'true', argv: [], uris: [] });
  t.deepEqual(
    read(
      commandJson({
        shell: false,
        value: '/bin/echo',
        arguments: ['echo', 'x'],
        uris: [{ value: 'http://x/y' }, { value: '/z', executable: true, cache: true }],
        environment: { variables: [{ name: 'A', value: 'B', type: 'VALUE' }] },
      }),
    ),
    {
      shell: false,
      value: '/bin/echo',
      argv: ['echo', 'x'],
      environment: { variables: [{ name: 'A', value: 'B', type: 'VALUE' }] },
      uris: [
        { value: 'http://x/y', executable: false },
        { value: '/z', executable: true },
      ],
    },
  );
});
