/** What the agent knows of one framework. Plain data, no input or output. */
import { Resources } from '@mesos-ts/protocol';
import type { FrameworkInfo } from '@mesos-ts/protocol';

import { ownsTask } from './executor-state.ts';
import type { ExecutorState } from './executor-state.ts';

/** A framework with executors on this agent. */
export interface FrameworkState {
  readonly id: string;
  info: FrameworkInfo;
  phase: 'RUNNING' | 'TERMINATING';
  readonly executors: Map<string, ExecutorState>;
  /** Tasks that never came to an executor, while the framework has not acknowledged so. */
  readonly droppedTasks: Set<string>;
  /** Executors that ended, the oldest first; bounded. */
  readonly completedExecutors: ExecutorState[];
}

/** A framework without executors. */
export function createFramework(id: string, info: FrameworkInfo): FrameworkState {
  return {
    id,
    info: { ...info, id: { value: id } },
    phase: 'RUNNING',
    executors: new Map(),
    droppedTasks: new Set(),
    completedExecutors: [],
  };
}

/** Whether nothing of the framework is left to run or to tell. */
export function isIdle(framework: FrameworkState): boolean {
  return framework.executors.size === 0 && (framework.droppedTasks.size === 0 || framework.phase === 'TERMINATING');
}

/** The executor that has this task, unless the task's updates are all acknowledged. */
export function executorOfTask(framework: FrameworkState, taskId: string): ExecutorState | undefined {
  // The executor of a command task has the task's id, which saves the search in the most usual case.
  const namesake = framework.executors.get(taskId);
  if (namesake !== undefined && ownsTask(namesake, taskId)) return namesake;
  for (const executor of framework.executors.values()) {
    if (!executor.isGeneratedForCommandTask && ownsTask(executor, taskId)) return executor;
  }
  return undefined;
}

/** What the framework's executors and tasks hold on this agent. */
export function frameworkResources(framework: FrameworkState): Resources {
  let total = Resources.empty;
  for (const executor of framework.executors.values()) {
    if (executor.phase !== 'TERMINATED') total = total.add(executor.allocated);
  }
  return total;
}

/** Moves an executor to the completed ones, of which at most `completedMax` are kept. Answers the ones that are forgotten. */
export function completeExecutor(framework: FrameworkState, executorId: string, completedMax: number): ExecutorState[] {
  const executor = framework.executors.get(executorId);
  if (executor === undefined) return [];
  framework.executors.delete(executorId);
  framework.completedExecutors.push(executor);
  return framework.completedExecutors.splice(0, framework.completedExecutors.length - completedMax);
}
