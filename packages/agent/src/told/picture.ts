/** What the agent has at one moment, of things that do not change any more: so that it can be told in turns with everything else. */
import type { FrameworkInfo, Resources, Task, TaskInfo } from '@mesos-ts/protocol';

import type { AgentState } from '../state/agent-state.ts';
import type { ExecutorState } from '../state/executor-state.ts';
import type { FrameworkState } from '../state/framework-state.ts';

/** What is told of an executor besides its tasks; another one when that changes. */
export interface ExecutorFace {
  readonly executor: ExecutorState;
  readonly allocated: Resources;
}

/** A task that waits for its executor. */
export interface QueuedTask {
  readonly info: TaskInfo;
  readonly frameworkId: string;
}

/** An executor with its tasks. */
export interface ExecutorPicture {
  readonly face: ExecutorFace;
  readonly queued: readonly QueuedTask[];
  readonly launched: readonly Task[];
  readonly terminated: readonly Task[];
  readonly completed: readonly Task[];
}

/** A framework with its executors. */
export interface FrameworkPicture {
  readonly info: FrameworkInfo;
  readonly executors: readonly ExecutorPicture[];
  /** These do not change any more, and may be many: a picture is made of each when it is told. */
  readonly completedExecutors: readonly ExecutorState[];
}

/** All that the agent tells of frameworks. */
export interface AgentPicture {
  readonly frameworks: readonly FrameworkPicture[];
  readonly completedFrameworks: readonly FrameworkPicture[];
}

/** Takes pictures. What has not changed since the last one is the same object. */
export class Camera {
  readonly #faces = new WeakMap<ExecutorState, ExecutorFace>();
  readonly #queued = new WeakMap<TaskInfo, QueuedTask>();

  agent({ completedFrameworks, frameworks }: AgentState): AgentPicture {
    const pictures = (list: ReadonlyMap<string, FrameworkState>): FrameworkPicture[] =>
      [...list.values()].map((framework) => this.#framework(framework));
    return { frameworks: pictures(frameworks), completedFrameworks: pictures(completedFrameworks) };
  }

  executor(executor: ExecutorState): ExecutorPicture {
    const { completedTasks, frameworkId, launchedTasks, queuedTasks, terminatedTasks } = executor;
    return {
      face: this.#face(executor),
      queued: [...queuedTasks.values()].map((info) => this.#queuedTask(info, frameworkId)),
      launched: [...launchedTasks.values()],
      terminated: [...terminatedTasks.values()],
      completed: [...completedTasks],
    };
  }

  #framework({ completedExecutors, executors, info }: FrameworkState): FrameworkPicture {
    return {
      info,
      executors: [...executors.values()].map((executor) => this.executor(executor)),
      completedExecutors: [...completedExecutors],
    };
  }

  #face(executor: ExecutorState): ExecutorFace {
    const { allocated } = executor;
    const known = this.#faces.get(executor);
    if (known?.allocated === allocated) return known;
    const face = { executor, allocated };
    this.#faces.set(executor, face);
    return face;
  }

  #queuedTask(info: TaskInfo, frameworkId: string): QueuedTask {
    const known = this.#queued.get(info);
    if (known !== undefined) return known;
    const queued = { info, frameworkId };
    this.#queued.set(info, queued);
    return queued;
  }
}
