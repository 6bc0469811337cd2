import { approveAll, type Approvers } from '@mesos-ts/daemon';
import { BoundedMap } from './bounded-map.ts';
import { OfferLedger } from './offer-ledger.ts';
import { frameworkCapabilities, frameworkRoles, Resources } from '@mesos-ts/protocol';
import type {
  ExecutorInfo,
  FrameworkInfo,
  FrameworkInfo_Capability_Type,
  SchedulerCall_Reconcile_Task,
  SchedulerEvent,
  SchedulerOfferConstraints,
  TaskState,
} from '@mesos-ts/protocol';
import type { PID } from '@mesos-ts/libprocess';
import { WatchedRecord, watched } from './changes.ts';
import { TaskMap, type TaskRecord } from './task.ts';
import { WatchedMap, WatchedSet } from './watched-map.ts';

/** The way to a scheduler: its actor's mailbox, or an HTTP event stream. */
export interface FrameworkConnection {
  /** Equal for equal ways: two connections with the same key reach the same scheduler. */
  readonly key: string;
  /** What the log calls it. Keys do not belong there: who knows the one of an HTTP stream may act for its framework. */
  readonly name: string;
  /** Where the scheduler's actor is; none for one that came over HTTP. */
  readonly pid: PID | undefined;
  /** Who the scheduler has proved to be; undefined where nobody has asked. */
  readonly principal: string | undefined;
  /** Sends an event; silently nothing when the scheduler is gone. */
  send(event: SchedulerEvent): void;
  /** Ends the connection, after what was sent. The master hears nothing of it any more. */
  close(): void;
}

/** Tasks whose states a scheduler has asked for. */
export interface Reconciliation {
  readonly tasks: readonly SchedulerCall_Reconcile_Task[];
  /** Whether it has asked for all that it has. */
  readonly isAll: boolean;
  /** How many of them it has been told of. */
  told: number;
}

/** A framework that is subscribed, or was and may come back. */
export class FrameworkRecord extends WatchedRecord {
  readonly id: string;
  declare info: FrameworkInfo;
  roles: ReadonlySet<string>;
  declare capabilities: ReadonlySet<FrameworkInfo_Capability_Type>;
  /** Which agents it wants to be offered, as it has said. */
  declare offerConstraints: SchedulerOfferConstraints;
  /** Set while the scheduler is connected. */
  declare connection: FrameworkConnection | undefined;
  /** What its principal may do, as of its last subscription. */
  approvers: Approvers = approveAll;
  /** Where the scheduler's actor is or was last; none for HTTP. */
  declare pid: PID | undefined;
  /** Known from its tasks on agents only: it has not subscribed to this master yet. */
  declare recovered: boolean;
  /** Whether it may be offered resources. */
  declare active: boolean;
  declare registeredTimeMs: number;
  declare reregisteredTimeMs: number | undefined;
  declare unregisteredTimeMs: number | undefined;
  /** Grows with every subscription, so that what waits for an older one can tell. */
  subscriptions = 0;
  readonly tasks = new TaskMap<string>(this, 'tasks');
  /** The task that came last, even if it has ended: the next one is probably like it. */
  newestTask: TaskRecord | undefined;
  readonly unreachableTasks: BoundedMap<string, TaskRecord, TaskMap<string>>;
  /** Each under itself: completed tasks may share an id. */
  readonly completedTasks: BoundedMap<TaskRecord, TaskRecord, TaskMap<TaskRecord>>;
  /** By agent. */
  readonly executors = new WatchedMap<string, Map<string, ExecutorInfo>>(this, 'executors');
  /** By agent. */
  readonly usedResources = new WatchedMap<string, Resources>(this, 'usedResources');
  declare offeredResources: Resources;
  readonly offers = new WatchedSet<string>(() => {
    this.changed();
  });
  readonly inverseOffers = new WatchedSet<string>(() => {
    this.changed();
  });
  /** What the scheduler has asked for and has not been told of yet, in the order in which it asked. */
  readonly reconciliations: Reconciliation[] = [];
  /** What it was offered lately, and what it made of it. */
  readonly ledger = new OfferLedger();
  /** How many tasks are in each state that is not over. */
  readonly taskStates = new Map<TaskState, number>();
  /** What it did and was told, by the name of the metric that says how often, for example `calls/accept`. */
  readonly counts = new Map<string, number>();

  /** A framework that is not connected and has nothing. */
  constructor(id: string, info: FrameworkInfo, nowMs: number, limits: FrameworkLimits) {
    super();
    this.id = id;
    this.info = { ...info, id: { value: id } };
    this.roles = new Set(frameworkRoles(info));
    this.capabilities = frameworkCapabilities(info);
    this.offerConstraints = {};
    this.connection = undefined;
    this.pid = undefined;
    this.recovered = false;
    this.active = false;
    this.registeredTimeMs = nowMs;
    this.reregisteredTimeMs = undefined;
    this.unregisteredTimeMs = undefined;
    this.unreachableTasks = new BoundedMap(limits.unreachableTasksMax, new TaskMap(this, 'unreachableTasks'));
    this.completedTasks = new BoundedMap(limits.completedTasksMax, new TaskMap(this, 'completedTasks'));
    this.offeredResources = Resources.empty;
  }

  /** Whether its scheduler is there. */
  get connected(): boolean {
    return this.connection !== undefined;
  }
}

/** All that the views show of a framework and that can change; what it has apart. */
watched(FrameworkRecord, [
  'info',
  'capabilities',
  'offerConstraints',
  'connection',
  'pid',
  'recovered',
  'active',
  'registeredTimeMs',
  'reregisteredTimeMs',
  'unregisteredTimeMs',
  'offeredResources',
]);

/** Bounds of what is remembered of a framework. */
export interface FrameworkLimits {
  readonly completedTasksMax: number;
  readonly unreachableTasksMax: number;
}

/** Makes the record of a framework that is not connected and has nothing. */
export function frameworkRecord(
  id: string,
  info: FrameworkInfo,
  nowMs: number,
  limits: FrameworkLimits,
): FrameworkRecord {
  return new FrameworkRecord(id, info, nowMs, limits);
}

/** Takes over new information about a framework. */
export function updateFrameworkInfo(framework: FrameworkRecord, info: FrameworkInfo): void {
  framework.info = { ...info, id: { value: framework.id } };
  framework.roles = new Set(frameworkRoles(info));
  framework.capabilities = frameworkCapabilities(info);
}

/** Counts what a framework did or was told, under `kind` and under `kind/type`. */
export function countFor(framework: FrameworkRecord, kind: 'calls' | 'events' | 'operations', type: string): void {
  increase(framework, kind, 1);
  increase(framework, `${kind}/${type.toLowerCase()}`, 1);
}

/** Counts offers of a framework. */
export function countOffers(
  framework: FrameworkRecord,
  what: 'accepted' | 'declined' | 'rescinded' | 'sent',
  by: number,
): void {
  increase(framework, `offers/${what}`, by);
}

/** Counts a task that has ended. */
export function countEndedTask(framework: FrameworkRecord, state: TaskState): void {
  increase(framework, `tasks/terminal/${state.toLowerCase()}`, 1);
}

function increase({ counts }: FrameworkRecord, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

/** How many tasks are unreachable for the framework. Those that it was told are lost may come back, too, but do not count. */
export function unreachableTasks(framework: FrameworkRecord): number {
  let count = 0;
  for (const { task } of framework.unreachableTasks.values()) if (task.state === 'TASK_UNREACHABLE') count++;
  return count;
}

/** What the framework uses everywhere together. */
export function frameworkUsed(framework: { readonly usedResources: ReadonlyMap<string, Resources> }): Resources {
  let used = Resources.empty;
  for (const resources of framework.usedResources.values()) used = used.add(resources);
  return used;
}
