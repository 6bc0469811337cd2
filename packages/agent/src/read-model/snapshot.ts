/** What the agent has at one moment, of things that do not change any more: so that it can be told in turns with everything else. */
import type { FrameworkInfo, Resources, Task, TaskInfo } from '@mesos-ts/protocol';

import type { AgentState } from '../state/agent-state.ts';
import type { ExecutorState } from '../state/executor-state.ts';
import type { FrameworkState } from '../state/framework-state.ts';

/** What is told of an executor besides its tasks; another one when that changes. */
export interface ExecutorSummary {
  readonly executor: ExecutorState;
  readonly allocated: Resources;
}

/** A task that waits for its executor. */
export interface QueuedTask {
  readonly info: TaskInfo;
  readonly frameworkId: string;
}

/** An executor with its tasks. */
export interface ExecutorSnapshot {
  readonly summary: ExecutorSummary;
  readonly queued: readonly QueuedTask[];
  readonly launched: readonly Task[];
  readonly terminated: readonly Task[];
  readonly completed: readonly Task[];
}

/** A framework with its executors. */
export interface FrameworkSnapshot {
  readonly info: FrameworkInfo;
  readonly executors: readonly ExecutorSnapshot[];
  /** These do not change any more, and may be many: a snapshot is made of each when it is told. */
  readonly completedExecutors: readonly ExecutorState[];
}

/** All that the agent tells of frameworks. */
export interface AgentSnapshot {
  readonly frameworks: readonly FrameworkSnapshot[];
  readonly completedFrameworks: readonly FrameworkSnapshot[];
}

/** Takes snapshots. What has not changed since the last one is the same object. */
export class Snapshotter {
  readonly #summaries = new WeakMap<ExecutorState, ExecutorSummary>();
  readonly #queued = new WeakMap<TaskInfo, QueuedTask>();

  agent({ completedFrameworks, frameworks }: AgentState): AgentSnapshot {
    const snapshots = (list: ReadonlyMap<string, FrameworkState>): FrameworkSnapshot[] =>
      [...list.values()].map((framework) => this.#framework(framework));
    return { frameworks: snapshots(frameworks), completedFrameworks: snapshots(completedFrameworks) };
  }

  executor(executor: ExecutorState): ExecutorSnapshot {
    const { completedTasks, frameworkId, launchedTasks, queuedTasks, terminatedTasks } = executor;
    return {
      summary: this.#summary(executor),
      queued: [...queuedTasks.values()].map((info) => this.#queuedTask(info, frameworkId)),
      launched: [...launchedTasks.values()],
      terminated: [...terminatedTasks.values()],
      completed: [...completedTasks],
    };
  }

  #framework({ completedExecutors, executors, info }: FrameworkState): FrameworkSnapshot {
    return {
      info,
      executors: [...executors.values()].map((executor) => this.executor(executor)),
      completedExecutors: [...completedExecutors],
    };
  }

  #summary(executor: ExecutorState): ExecutorSummary {
    const { allocated } = executor;
    const known = this.#summaries.get(executor);
    if (known?.allocated === allocated) return known;
    const summary = { executor, allocated };
    this.#summaries.set(executor, summary);
    return summary;
  }

  #queuedTask(info: TaskInfo, frameworkId: string): QueuedTask {
    const known = this.#queued.get(info);
    if (known !== undefined) return known;
    const queued = { info, frameworkId };
    this.#queued.set(info, queued);
    return queued;
  }
}
