import test from 'ava';
import { check, createStatus, createStatusUpdate, wrapStatus, type StatusOptions } from '../src/index.ts';

const ids = { frameworkId: { value: 'f' }, taskId: { value: 't' } };

test('an update says the same in its status and around it, and nothing that was not said', (t) => {
  const uuid = Uint8Array.from({ length: 16 }, (_, i) => i);
  const update = createStatusUpdate({
    ...ids,
    agentId: { value: 'a' },
    state: 'TASK_FAILED',
    source: 'SOURCE_AGENT',
    reason: 'REASON_EXECUTOR_TERMINATED',
    message: 'Executor terminated',
    nowMs: 1_500,
    uuid,
  });
  t.deepEqual(check('mesos.internal.StatusUpdate', update), {
    framework_id: { value: 'f' },
    agent_id: { value: 'a' },
    status: {
      task_id: { value: 't' },
      state: 'TASK_FAILED',
      source: 'SOURCE_AGENT',
      reason: 'REASON_EXECUTOR_TERMINATED',
      message: 'Executor terminated',
      agent_id: { value: 'a' },
      timestamp: 1.5,
      uuid,
    },
    timestamp: 1.5,
    uuid,
  });
  t.false(Object.hasOwn(update, 'executor_id'));
});

test('a status has each member that was given, and no other', (t) => {
  const given = {
    reason: 'REASON_RECONCILIATION' as const,
    message: 'because',
    data: Uint8Array.of(1),
    agentId: { value: 'a' },
    executorId: { value: 'e' },
    uuid: Uint8Array.of(2),
    healthy: false,
    checkStatus: { type: 'COMMAND' as const, command: { exit_code: 0 } },
    labels: { labels: [{ key: 'k' }] },
    containerStatus: { executor_pid: 3 },
    unreachableTimeMs: 0,
    limitedResources: [],
  } satisfies Partial<StatusOptions>;
  const least = { taskId: ids.taskId, state: 'TASK_LOST', source: 'SOURCE_MASTER', nowMs: 1_000 } as const;
  const names = {
    reason: 'reason',
    message: 'message',
    data: 'data',
    agentId: 'agent_id',
    executorId: 'executor_id',
    uuid: 'uuid',
    healthy: 'healthy',
    checkStatus: 'check_status',
    labels: 'labels',
    containerStatus: 'container_status',
    unreachableTimeMs: 'unreachable_time',
    limitedResources: 'limitation',
  } as const;
  const always = ['task_id', 'state', 'source', 'timestamp'];
  t.deepEqual(Object.keys(createStatus(least)), always);
  for (const [option, name] of Object.entries(names) as [keyof typeof names, string][]) {
    const status = createStatus({ ...least, [option]: given[option] });
    t.deepEqual(Object.keys(status).toSorted(), [...always, name].toSorted(), option);
  }
  t.deepEqual(check('mesos.v1.TaskStatus', createStatus({ ...least, ...given })), {
    task_id: { value: 't' },
    state: 'TASK_LOST',
    source: 'SOURCE_MASTER',
    reason: 'REASON_RECONCILIATION',
    message: 'because',
    data: Uint8Array.of(1),
    agent_id: { value: 'a' },
    executor_id: { value: 'e' },
    timestamp: 1,
    uuid: Uint8Array.of(2),
    healthy: false,
    check_status: { type: 'COMMAND', command: { exit_code: 0 } },
    labels: { labels: [{ key: 'k' }] },
    container_status: { executor_pid: 3 },
    unreachable_time: { nanoseconds: 0 },
    limitation: { resources: [] },
  });
});

test('times are in nanoseconds where the protocol says so', (t) => {
  const update = createStatusUpdate({
    ...ids,
    state: 'TASK_UNREACHABLE',
    source: 'SOURCE_MASTER',
    nowMs: 2,
    unreachableTimeMs: 1_763_692_800_123,
  });
  t.deepEqual(update.status.unreachable_time, { nanoseconds: 1_763_692_800_123_000_000 });
});

test("an agent adds to an executor's status what the executor left out, but not the executor's id", (t) => {
  const status = { task_id: { value: 't' }, state: 'TASK_RUNNING' as const };
  const bare = wrapStatus({ frameworkId: { value: 'f' }, agentId: { value: 'a' }, nowMs: 3_000, status });
  t.deepEqual(bare, {
    framework_id: { value: 'f' },
    agent_id: { value: 'a' },
    status: { ...status, agent_id: { value: 'a' }, timestamp: 3 },
    timestamp: 3,
  });
  const full = wrapStatus({
    frameworkId: { value: 'f' },
    agentId: { value: 'a' },
    nowMs: 3_000,
    status: { ...status, executor_id: { value: 'e' }, timestamp: 1, uuid: Uint8Array.of(1) },
  });
  t.deepEqual(
    [full.timestamp, full.status.timestamp, full.executor_id, full.uuid],
    [1, 1, { value: 'e' }, Uint8Array.of(1)],
  );
});
