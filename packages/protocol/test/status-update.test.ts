import test from 'ava';
import { check, createStatusUpdate, wrapStatus } from '../src/index.ts';

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
