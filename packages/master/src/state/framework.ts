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
import type { TaskRecord } from './task.ts';

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
export interface FrameworkRecord {
  readonly id: string;
  info: FrameworkInfo;
  roles: ReadonlySet<string>;
  capabilities: ReadonlySet<FrameworkInfo_Capability_Type>;
  /** Which agents it wants to be offered, as it has said. */
  offerConstraints: SchedulerOfferConstraints;
  /** Set while the scheduler is connected. */
  connection: FrameworkConnection | undefined;
  /** What its principal may do, as of its last subscription. */
  approvers: Approvers;
  /** Where the scheduler's actor is or was last; none for HTTP. */
  pid: PID | undefined;
  /** Known from its tasks on agents only: it has not subscribed to this master yet. */
  recovered: boolean;
  /** Whether it may be offered resources. */
  active: boolean;
  registeredTimeMs: number;
  reregisteredTimeMs: number | undefined;
  unregisteredTimeMs: number | undefined;
  /** Grows with every subscription, so that what waits for an older one can tell. */
  subscriptions: number;
  readonly tasks: Map<string, TaskRecord>;
  readonly unreachableTasks: BoundedMap<string, TaskRecord>;
  /** Each under itself: completed tasks may share an id. */
  readonly completedTasks: BoundedMap<TaskRecord, TaskRecord>;
  /** By agent. */
  readonly executors: Map<string, Map<string, ExecutorInfo>>;
  /** By agent. */
  readonly usedResources: Map<string, Resources>;
  offeredResources: Resources;
  readonly offers: Set<string>;
  /** What the scheduler has asked for and has not been told of yet, in the order in which it asked. */
  readonly reconciliations: Reconciliation[];
  /** What it was offered lately, and what it made of it. */
  readonly ledger: OfferLedger;
  /** How many tasks are in each state that is not over. */
  readonly taskStates: Map<TaskState, number>;
  /** What it did and was told, by the name of the metric that says how often, for example `calls/accept`. */
  readonly counts: Map<string, number>;
}

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
  return {
    id,
    info: { ...info, id: { value: id } },
    roles: new Set(frameworkRoles(info)),
    capabilities: frameworkCapabilities(info),
    offerConstraints: {},
    connection: undefined,
    approvers: approveAll,
    pid: undefined,
    recovered: false,
    active: false,
    registeredTimeMs: nowMs,
    reregisteredTimeMs: undefined,
    unregisteredTimeMs: undefined,
    subscriptions: 0,
    tasks: new Map(),
    unreachableTasks: new BoundedMap(limits.unreachableTasksMax),
    completedTasks: new BoundedMap(limits.completedTasksMax),
    executors: new Map(),
    usedResources: new Map(),
    offeredResources: Resources.empty,
    offers: new Set(),
    reconciliations: [],
    ledger: new OfferLedger(),
    taskStates: new Map(),
    counts: new Map(),
  };
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
export function frameworkUsed(framework: FrameworkRecord): Resources {
  let used = Resources.empty;
  for (const resources of framework.usedResources.values()) used = used.add(resources);
  return used;
}
