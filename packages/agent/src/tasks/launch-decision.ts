/** What to do with a task that the master sends, given the executor it is meant for. Pure. */
import type { TaskStatus_Reason } from '@mesos-ts/protocol';

import type { ExecutorPhase } from '../state/executor-state.ts';

/** What the decision depends on. */
export interface LaunchSituation {
  /** The phase of the executor of that id, if there is one. */
  readonly executor: ExecutorPhase | undefined;
  readonly isCommandTask: boolean;
  /** Whether the master expects a new executor; undefined: it does not say. */
  readonly launchExecutor: boolean | undefined;
}

/** Launch an executor for the task, or give it to the one that is there, or drop it. */
export type LaunchDecision =
  | { readonly kind: 'launch' }
  | { readonly kind: 'queue' }
  | {
      readonly kind: 'drop';
      readonly reason: TaskStatus_Reason;
      readonly message: string;
      /** What else the master must learn, or the agent must do, since their views of the executor differ. */
      readonly remedy: 'nothing' | 'send exited' | 'shut down executor';
    };

/** Decides, as Mesos does, so that master and agent keep the same view of which executors there are. */
export function decideLaunch(situation: LaunchSituation): LaunchDecision {
  const { executor, isCommandTask, launchExecutor } = situation;
  if (executor === undefined) {
    if (isCommandTask || launchExecutor !== false) return { kind: 'launch' };
    return drop('REASON_EXECUTOR_TERMINATED', 'No executor is expected to launch and there is none running');
  }
  if (isCommandTask) return drop('REASON_TASK_INVALID', 'Cannot reuse an already existing executor for a command task');
  if (launchExecutor === true) {
    const isGone = executor === 'TERMINATED';
    const message = 'Master wants to launch executor, but one already exists';
    return drop('REASON_EXECUTOR_TERMINATED', message, isGone ? 'send exited' : 'shut down executor');
  }
  if (executor === 'REGISTERING' || executor === 'RUNNING') return { kind: 'queue' };
  return drop('REASON_EXECUTOR_TERMINATED', `Executor ${executor.toLowerCase()}`);
}

function drop(
  reason: TaskStatus_Reason,
  message: string,
  remedy: 'nothing' | 'send exited' | 'shut down executor' = 'nothing',
): LaunchDecision {
  return { kind: 'drop', reason, message, remedy };
}
