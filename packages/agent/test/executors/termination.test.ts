import test from 'ava';
import { taskFate, waitStatusOf } from '../../src/executors/termination.ts';

test('tasks of an executor that just ended have failed with it', (t) => {
  t.deepEqual(taskFate({ termination: { status: 256 } }, undefined), {
    state: 'TASK_FAILED',
    reason: 'REASON_EXECUTOR_TERMINATED',
    message: 'Executor terminated',
  });
});

test('what the agent knows and what the containerizer says are told together; the containerizer decides', (t) => {
  const pending = { state: 'TASK_LOST', reason: 'REASON_CONTAINER_UPDATE_FAILED', message: 'one' } as const;
  t.deepEqual(taskFate({ termination: { state: 'TASK_FAILED', message: 'two' } }, pending), {
    state: 'TASK_FAILED',
    reason: 'REASON_CONTAINER_UPDATE_FAILED',
    message: 'one; two',
  });
  t.is(taskFate({ termination: undefined }, undefined).message, 'Abnormal executor termination: unknown container');
  t.is(taskFate({ error: new Error('stuck') }, undefined).message, 'Abnormal executor termination: stuck');
});

test('the status of an end that nobody saw is -1', (t) => {
  t.is(waitStatusOf({ termination: { status: 768 } }), 768);
  t.is(waitStatusOf({ termination: {} }), -1);
  t.is(waitStatusOf({ error: 1 }), -1);
});
