import test from 'ava';
import { isTerminalOperationState, isTerminalState, OperationState, TaskState } from '../src/index.ts';

test('a task may still run exactly in the states that are not terminal', (t) => {
  const open = Object.values(TaskState).filter((state) => !isTerminalState(state));
  t.deepEqual(open.toSorted(), [
    'TASK_KILLING',
    'TASK_RUNNING',
    'TASK_STAGING',
    'TASK_STARTING',
    'TASK_UNKNOWN',
    'TASK_UNREACHABLE',
  ]);
});

test('an operation may still go on exactly in the states that are not terminal', (t) => {
  const open = Object.values(OperationState).filter((state) => !isTerminalOperationState(state));
  t.deepEqual(open.toSorted(), [
    'OPERATION_PENDING',
    'OPERATION_RECOVERING',
    'OPERATION_UNKNOWN',
    'OPERATION_UNREACHABLE',
    'OPERATION_UNSUPPORTED',
  ]);
});
