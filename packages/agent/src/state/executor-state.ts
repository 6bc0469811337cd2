/** What the agent knows of one run of an executor, and how it changes. Plain data, no input or output. */
import { Resources, createTask, isTerminalState } from '@mesos-ts/protocol';
import type { ExecutorInfo, Task, TaskInfo, TaskState, TaskStatus, TaskStatus_Reason } from '@mesos-ts/protocol';

import { completedTasksPerExecutorMax, taskStatusesMax } from '../constants.ts';
import type { ExecutorConnection } from './executor-connection.ts';

/**
 * `REGISTERING`: launched, or about to be, and not heard of yet. `RUNNING`: it has subscribed. `TERMINATING`: asked to end, or about
 * to be killed. `TERMINATED`: its container is gone, but some of its tasks' updates are not acknowledged.
 */
export type ExecutorPhase = 'REGISTERING' | 'RUNNING' | 'TERMINATING' | 'TERMINATED';

/** Why the tasks of an executor end with it, when the agent knows better than "Executor terminated". */
export interface PendingTermination {
  readonly state: TaskState;
  readonly reason: TaskStatus_Reason;
  readonly message: string;
}

/** One run of an executor. */
export interface ExecutorState {
  readonly id: string;
  readonly frameworkId: string;
  readonly info: ExecutorInfo;
  readonly containerId: string;
  /** The sandbox. */
  readonly directory: string;
  /** Whose processes the container has; undefined: the agent's own user. */
  readonly user: string | undefined;
  /** Whether the agent made up this executor for a task that has a command and no executor. */
  readonly isGeneratedForCommandTask: boolean;
  /** What the executor and its tasks that have not ended hold: kept up by the functions that move tasks, since updates are many. */
  allocated: Resources;
  phase: ExecutorPhase;
  /** Set while it is connected. */
  connection: ExecutorConnection | undefined;
  /** The key of the actor's connection over which the executor's token was shown. */
  provenKey: string | undefined;
  pendingTermination: PendingTermination | undefined;
  /** Tasks whose end it has told, while that is being handled. */
  readonly endingTasks: Set<string>;
  /** Tasks that the executor has not been sent yet, in order. */
  readonly queuedTasks: Map<string, TaskInfo>;
  /** Tasks that it has been sent and that have not ended. */
  readonly launchedTasks: Map<string, Task>;
  /** Tasks that have ended, with updates that are not acknowledged. */
  readonly terminatedTasks: Map<string, Task>;
  /** Ended tasks whose updates are all acknowledged, the oldest first; bounded. */
  readonly completedTasks: Task[];
}

/** What a new executor is made of. */
export type NewExecutor = Pick<
  ExecutorState,
  'id' | 'frameworkId' | 'info' | 'containerId' | 'directory' | 'user' | 'isGeneratedForCommandTask'
>;

/** An executor about to be launched. */
export function createExecutor(options: NewExecutor): ExecutorState {
  return {
    ...options,
    allocated: Resources.of(options.info.resources ?? []),
    phase: 'REGISTERING',
    connection: undefined,
    provenKey: undefined,
    pendingTermination: undefined,
    endingTasks: new Set(),
    queuedTasks: new Map(),
    launchedTasks: new Map(),
    terminatedTasks: new Map(),
    completedTasks: [],
  };
}

/** Whether some task of it is not finished with: not ended, or not acknowledged. */
export function hasIncompleteTasks(executor: ExecutorState): boolean {
  return executor.queuedTasks.size + executor.launchedTasks.size + executor.terminatedTasks.size > 0;
}

/** Whether it has ever been sent a task. One that has not does not know how to end itself. */
export function wasEverSentTask(executor: ExecutorState): boolean {
  return (
    executor.launchedTasks.size > 0 ||
    [...executor.terminatedTasks.values()].some(cameFromExecutor) ||
    executor.completedTasks.some(cameFromExecutor)
  );
}

function cameFromExecutor(task: Task): boolean {
  return (task.statuses ?? []).some((status) => status.source === 'SOURCE_EXECUTOR');
}

/** Whether this run has, or had and remembers, that task and its updates are not all acknowledged. */
export function ownsTask(executor: ExecutorState, taskId: string): boolean {
  return hasLiveTask(executor, taskId) || executor.terminatedTasks.has(taskId);
}

/** Whether a task of that id is here and has not ended. */
export function hasLiveTask(executor: ExecutorState, taskId: string): boolean {
  return executor.queuedTasks.has(taskId) || executor.launchedTasks.has(taskId);
}

/** Adds a task that is to be sent to the executor, which must not have a live one of that id. */
export function queueTask(executor: ExecutorState, task: TaskInfo): void {
  const taskId = task.task_id.value;
  executor.queuedTasks.set(taskId, task);
  executor.allocated = executor.allocated.add(Resources.of(task.resources ?? []));
}

/** Moves a queued task to the launched ones; nothing if it is not queued any more. */
export function launchQueuedTask(executor: ExecutorState, taskId: string): Task | undefined {
  const info = executor.queuedTasks.get(taskId);
  if (info === undefined) return undefined;
  const task = createTask(info, 'TASK_STAGING', { value: executor.frameworkId });
  executor.queuedTasks.delete(taskId);
  executor.launchedTasks.set(taskId, task);
  return task;
}

/** Applies a status to its task. Answers why it cannot be, or nothing. */
export function updateTaskState(executor: ExecutorState, status: TaskStatus): string | undefined {
  const taskId = status.task_id.value;
  const isTerminal = isTerminalState(status.state);
  const queued = executor.queuedTasks.get(taskId);
  let task = executor.launchedTasks.get(taskId);
  if (queued !== undefined) {
    if (!isTerminal) return 'Cannot send non-terminal update for queued task';
    executor.queuedTasks.delete(taskId);
    task = createTask(queued, status.state, { value: executor.frameworkId });
  } else if (task === undefined) {
    const ended = executor.terminatedTasks.get(taskId);
    return ended === undefined ? 'Task is unknown' : `Task is already terminated with state ${ended.state}`;
  }
  const updated = withStatus(task, status);
  if (isTerminal) {
    executor.allocated = executor.allocated.subtract(Resources.of(task.resources ?? []));
    executor.launchedTasks.delete(taskId);
    executor.terminatedTasks.set(taskId, updated);
  } else {
    executor.launchedTasks.set(taskId, updated);
  }
  return undefined;
}

/** The task with one more status; of several in a row with the same state the newest is kept. */
function withStatus(task: Task, status: TaskStatus): Task {
  const before = task.statuses ?? [];
  const kept = before.at(-1)?.state === status.state ? before.slice(0, -1) : before;
  return { ...task, state: status.state, statuses: [...kept, status].slice(-taskStatusesMax) };
}

/** Notes which update of a task is on its way to the master. Answers the task's newest state, if the task is known. */
export function noteForwardedUpdate(
  executor: ExecutorState,
  taskId: string,
  state: TaskState,
  uuid: Uint8Array,
): TaskState | undefined {
  for (const tasks of [executor.launchedTasks, executor.terminatedTasks]) {
    const task = tasks.get(taskId);
    if (task === undefined) continue;
    tasks.set(taskId, { ...task, status_update_state: state, status_update_uuid: uuid });
    return task.state;
  }
  return undefined;
}

/** Puts an ended task, all of whose updates are acknowledged, to the completed ones. */
export function completeTask(executor: ExecutorState, taskId: string): void {
  const task = executor.terminatedTasks.get(taskId);
  if (task === undefined) return;
  executor.terminatedTasks.delete(taskId);
  executor.completedTasks.push(task);
  if (executor.completedTasks.length > completedTasksPerExecutorMax) executor.completedTasks.shift();
}

/** Gives up on acknowledgements of a framework that ends: whatever was launched counts as ended. */
export function abandonTasks(executor: ExecutorState): void {
  for (const [taskId, task] of executor.launchedTasks) executor.terminatedTasks.set(taskId, task);
  executor.launchedTasks.clear();
  executor.queuedTasks.clear();
  executor.allocated = Resources.of(executor.info.resources ?? []);
}
