/** What becomes of the tasks of an executor that has ended. Pure. */
import { errorText } from '@mesos-ts/libprocess';
import type { TaskState, TaskStatus_Reason } from '@mesos-ts/protocol';

import type { ContainerTermination } from '../containerizer/containerizer.ts';
import type { PendingTermination } from '../state/executor-state.ts';

/** How the wait for a container ended: with its termination, with nothing since it was not known, or with an error. */
export type WaitOutcome = { readonly termination: ContainerTermination | undefined } | { readonly error: unknown };

/** The fate of an executor's remaining tasks. */
export interface TaskFate {
  readonly state: TaskState;
  readonly reason: TaskStatus_Reason;
  readonly message: string;
}

/** The status that is reported for an executor whose end nobody saw. */
export const unknownWaitStatus = -1;

/** The raw wait status to report for an executor. */
export function waitStatusOf(outcome: WaitOutcome): number {
  return 'error' in outcome ? unknownWaitStatus : (outcome.termination?.status ?? unknownWaitStatus);
}

/** Joins what the containerizer says about the end of an executor with what the agent knows of it. */
export function taskFate(outcome: WaitOutcome, pending: PendingTermination | undefined): TaskFate {
  const termination = 'error' in outcome ? undefined : outcome.termination;
  const messages = [pending?.message, abnormality(outcome), termination?.message].filter((text) => text !== undefined);
  return {
    state: termination?.state ?? pending?.state ?? 'TASK_FAILED',
    reason: termination?.reason ?? pending?.reason ?? 'REASON_EXECUTOR_TERMINATED',
    message: messages.length === 0 ? 'Executor terminated' : messages.join('; '),
  };
}

function abnormality(outcome: WaitOutcome): string | undefined {
  if ('error' in outcome) return `Abnormal executor termination: ${errorText(outcome.error)}`;
  return outcome.termination === undefined ? 'Abnormal executor termination: unknown container' : undefined;
}
