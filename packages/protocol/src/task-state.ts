// The states of a task, grouped as the rest of the system asks about them.
import type { OperationState, TaskState } from './generated/mesos-v1.ts';

/** The states that a task does not leave any more; its resources are free again. */
export const terminalStates: ReadonlySet<TaskState> = new Set<TaskState>([
  'TASK_DROPPED',
  'TASK_ERROR',
  'TASK_FAILED',
  'TASK_FINISHED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
  'TASK_KILLED',
  'TASK_LOST',
]);

const terminalOperationStates: ReadonlySet<OperationState> = new Set<OperationState>([
  'OPERATION_DROPPED',
  'OPERATION_ERROR',
  'OPERATION_FAILED',
  'OPERATION_FINISHED',
  'OPERATION_GONE_BY_OPERATOR',
]);

/** Whether a task in this state has ended for good. TASK_UNREACHABLE and TASK_UNKNOWN may still turn out to run. */
export function isTerminalState(state: TaskState): boolean {
  return terminalStates.has(state);
}

/** Whether an operation in this state has ended for good. */
export function isTerminalOperationState(state: OperationState): boolean {
  return terminalOperationStates.has(state);
}
