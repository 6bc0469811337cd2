import { taskStatusesMax } from '../constants.ts';
import { isTerminalState, Resources } from '@mesos-ts/protocol';
import { equalMessages } from '../validation/equal.ts';
import { WatchedMap } from './watched-map.ts';
import type { StatusUpdate, Task, TaskState, TaskStatus, TaskStatus_Reason } from '@mesos-ts/protocol';

/** A task that the master knows of. */
export class TaskRecord {
  /**
   * The task as the API tells it. Belongs to the master's state: it is never sent as it is. What of it changes is replaced, by the
   * functions below.
   */
  readonly task: Readonly<Task>;
  /** What it uses, allocated to its role. */
  readonly resources: Resources;
  /** Where it is, if anywhere. */
  #list: TaskList | undefined;

  /**
   * The record of a task whose resources were validated.
   * @param task Is the record's own from now on.
   * @param like A record that it shares with what both have in common. Tasks of one framework are alike but for their ids, as a rule.
   * @param sharing Has shared for tasks that came with this one.
   */
  constructor(task: Task, like?: TaskRecord, sharing: Sharing = new Sharing()) {
    if (like !== undefined) sharing.share(task, like.task);
    this.task = task;
    this.resources =
      like !== undefined && this.task.resources === like.task.resources
        ? like.resources
        : Resources.of(task.resources ?? []);
  }

  /** Replaces something of the task. */
  update(changed: Partial<Task>): void {
    Object.assign(this.task, changed);
    this.#list?.taskChanged(this);
  }

  /** It has come to a list that is to hear when something of it is replaced. */
  listedIn(list: TaskList): void {
    this.#list = list;
  }
}

/** A list of tasks that hears when something of one is replaced. */
interface TaskList {
  taskChanged(record: TaskRecord): void;
}

/** A map of tasks, by their ids or by themselves, which tells too when something of a task is replaced. */
export class TaskMap<K extends TaskRecord | string> extends WatchedMap<K, TaskRecord> implements TaskList {
  override set(key: K, record: TaskRecord): this {
    record.listedIn(this);
    return super.set(key, record);
  }

  taskChanged(record: TaskRecord): void {
    this.touch((this.name === 'completedTasks' ? record : record.task.task_id.value) as K);
  }
}

/** Makes a record of a task that is somebody else's. */
export function taskRecord(task: Task, like?: TaskRecord): TaskRecord {
  return new TaskRecord(ownTask(task), like);
}

// All that many tasks may have in common. Labels and resources are four fifths of what a task takes.
const common = [
  'agent_id',
  'container',
  'discovery',
  'executor_id',
  'framework_id',
  'health_check',
  'kill_policy',
  'labels',
  'limits',
  'name',
  'resources',
  'state',
  'user',
] as const satisfies readonly (keyof Task)[];

type Common = (typeof common)[number];

function give<N extends Common>(task: Pick<Task, N>, name: N, value: Task[N]): void {
  task[name] = value;
}

/**
 * Has one task after the other share with tasks that are known: whatever says the same in both is the known one's from then on, and is
 * never changed in place. What one task had that the next has as well is compared once.
 */
export class Sharing {
  // By `common`: what the task before had, and what it was given for that.
  readonly #had: unknown[] = [];
  readonly #given: Task[Common][] = [];

  share(task: Task, other: Task): void {
    for (let index = 0; index < common.length; index++) {
      const name = common[index] as Common;
      const value = task[name];
      if (value === undefined) continue;
      if (value !== this.#had[index]) {
        const known = other[name];
        this.#had[index] = value;
        this.#given[index] = value === known || equalMessages(value, known) ? known : value;
      }
      const given = this.#given[index];
      if (given !== value) give(task, name, given);
    }
  }
}

/** Copies of tasks that are somebody else's. */
export function ownTasks(tasks: readonly Task[]): Task[] {
  return tasks.map(ownTask);
}

function ownTask(task: Task): Task {
  const own = { ...task };
  if (task.statuses !== undefined) own.statuses = task.statuses.map(withOwnBytes);
  if (task.status_update_uuid !== undefined) own.status_update_uuid = ownBytes(task.status_update_uuid);
  return own;
}

/** Bytes that may be kept: those from the wire may be a view of a whole frame, which must not be. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
}

function withOwnBytes(status: TaskStatus): TaskStatus {
  const { data, uuid } = status;
  if (data === undefined && uuid === undefined) return status;
  return {
    ...status,
    ...(data === undefined ? {} : { data: ownBytes(data) }),
    ...(uuid === undefined ? {} : { uuid: ownBytes(uuid) }),
  };
}

/** Whether a task in this state uses its resources no more, as far as the master can know. */
export function isOver(state: TaskState): boolean {
  return isTerminalState(state) || state === 'TASK_UNREACHABLE';
}

/** The state that a reconciliation tells: that of the newest update which the framework was sent, if any. */
export function reportedState(task: Task): TaskState {
  return task.status_update_state ?? task.state;
}

const checkReasons: ReadonlySet<TaskStatus_Reason> = new Set([
  'REASON_TASK_CHECK_STATUS_UPDATED',
  'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED',
]);

/** What an update did to a task. */
export interface TaskTransition {
  readonly from: TaskState;
  readonly to: TaskState;
  /** Whether the task's resources are free from now on. */
  readonly ended: boolean;
  /** Whether the update tells another state than the one before it, or the result of a check. */
  readonly isNews: boolean;
}

/**
 * Brings a task up to date with an update. The state becomes the newest that the agent knows, which may be ahead of the update's
 * own; once it is terminal it stays.
 */
export function applyUpdate(record: TaskRecord, update: StatusUpdate): TaskTransition {
  const { task } = record;
  const from = task.state;
  const latest = update.latest_state ?? update.status.state;
  // Data is for the scheduler, and may be large.
  const { data: _, ...rest } = update.status;
  const status = withOwnBytes(rest);
  const statuses = task.statuses ?? [];
  // Repeated states, such as health changes of a running task, replace one another.
  const isRepeated = statuses.at(-1)?.state === status.state;
  const kept = isRepeated ? statuses.slice(0, -1) : statuses;
  record.update({
    state: isTerminalState(from) ? from : latest,
    statuses: [...kept, status].slice(-taskStatusesMax),
  });
  const isNews = !isRepeated || (status.reason !== undefined && checkReasons.has(status.reason));
  return { from, to: task.state, ended: !isOver(from) && isOver(latest), isNews };
}

/** Remembers which update the framework was sent last, and has to acknowledge. */
export function rememberForwarded(record: TaskRecord, update: StatusUpdate): void {
  if (update.uuid === undefined) return;
  record.update({
    status_update_state: update.status.state,
    status_update_uuid: ownBytes(update.uuid),
  });
}
