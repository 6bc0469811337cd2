import test from 'ava';
import type { ExecutorCall, TaskStatus } from '@mesos-ts/protocol';
import { unsupportedContainer, validateExecutorCall } from '../src/validation.ts';

const ids = { executor_id: { value: 'E' }, framework_id: { value: 'F' } };
const update = (status: Partial<TaskStatus>): ExecutorCall => ({
  ...ids,
  type: 'UPDATE',
  update: {
    status: {
      task_id: { value: 'T' },
      state: 'TASK_RUNNING',
      source: 'SOURCE_EXECUTOR',
      uuid: new Uint8Array(16).fill(0x47),
      ...status,
    },
  },
});

test('calls of executors are judged in the words of Mesos', (t) => {
  const cases: [ExecutorCall, string | undefined][] = [
    [ids, "Expecting 'type' to be present"],
    [{ ...ids, type: 'SUBSCRIBE' }, "Expecting 'subscribe' to be present"],
    [{ ...ids, type: 'SUBSCRIBE', subscribe: {} }, undefined],
    [{ ...ids, type: 'UPDATE' }, "Expecting 'update' to be present"],
    [{ ...ids, type: 'MESSAGE' }, "Expecting 'message' to be present"],
    [update({}), undefined],
    [update({ uuid: undefined }), "Expecting 'uuid' to be present"],
    [update({ uuid: new Uint8Array(16) }), 'Not a valid UUID'],
    [
      update({ source: 'SOURCE_MASTER' }),
      "Received Call from executor E of framework F with invalid source, expecting 'SOURCE_EXECUTOR'",
    ],
    [update({ state: 'TASK_STAGING' }), 'Received TASK_STAGING from executor E of framework F which is not allowed'],
    [update({ check_status: { type: 'HTTP', http: {} } }), undefined],
    [update({ check_status: {} }), "CheckStatusInfo must specify 'type'"],
    [update({ check_status: { type: 'UNKNOWN' } }), "'UNKNOWN' is not a valid check's status type"],
    [update({ check_status: { type: 'TCP', http: {} } }), "Expecting 'tcp' to be set for TCP check's status"],
    [update({ executor_id: { value: 'X' } }), 'ExecutorID in Call: E does not match ExecutorID in TaskStatus: X'],
  ];
  for (const [call, expected] of cases) t.is(validateExecutorCall(call), expected);
});

test('wishes for a container that cannot be fulfilled are refused, not ignored', (t) => {
  t.is(unsupportedContainer(undefined), undefined);
  t.is(unsupportedContainer({ type: 'MESOS', mesos: {} }), undefined);
  t.regex(unsupportedContainer({ type: 'DOCKER' }) ?? '', /Docker/);
  t.regex(unsupportedContainer({ type: 'MESOS', mesos: { image: { type: 'DOCKER' } } }) ?? '', /images/);
  t.regex(unsupportedContainer({ type: 'MESOS', tty_info: {} }) ?? '', /terminals/);
});
