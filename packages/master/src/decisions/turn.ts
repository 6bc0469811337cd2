import { approversOf } from '@mesos-ts/daemon';
import { countFor } from '../state/framework.ts';
import { timerName } from './effects.ts';
import type { Approvers, Authorizer } from '@mesos-ts/daemon';
import type {
  MessageName,
  MessageOf,
  Resources,
  SchedulerEvent,
  StatusUpdate,
  Filters,
  TaskState,
  TaskStatus,
} from '@mesos-ts/protocol';
import type { PID } from '@mesos-ts/libprocess';
import type { AllocatorEvent } from '../allocator/events.ts';
import type { MasterSettings } from '../options.ts';
import type { AgentRecord } from '../state/agent.ts';
import type { Cluster } from '../state/cluster.ts';
import type { FrameworkConnection, FrameworkRecord } from '../state/framework.ts';
import type { Deadline, Effect } from './effects.ts';
import type { RegistryOperation } from '../registrar/operations.ts';
import type { OperatorEvent } from './operator-events.ts';

/** What the master's actor has to do after an event, and then has to have decided by another turn. */
export type LaterEffect =
  /** Change the registry. When that is durable, `next` is told whether the change could be made; a registry that fails ends the master. */
  | {
      readonly type: 'registry';
      readonly operation: RegistryOperation;
      readonly next: (turn: Turn, isMade: boolean) => void;
    }
  /** Wait until one more agent may be marked unreachable. */
  | { readonly type: 'await-unreachable'; readonly agentId: string; readonly next: (turn: Turn) => void };

/**
 * One event's worth of deciding: the state to look at and to change, the time, and what the actor has to do about it. Decisions
 * are functions of a turn; they do no input or output of their own, so that a test can look at everything they did.
 */
export class Turn {
  readonly cluster: Cluster;
  readonly settings: MasterSettings;
  /** Wall-clock time in milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** In the order in which they are to be done. */
  readonly effects: (Effect | LaterEffect)[] = [];
  readonly #isHeard: boolean;
  readonly #authorizer: Authorizer | undefined;

  /**
   * @param isHeard Whether an operator has subscribed; otherwise no events are made for them.
   * @param authorizer Who decides what frameworks and agents may do; without one, everybody may do everything.
   */
  constructor(cluster: Cluster, settings: MasterSettings, nowMs: number, isHeard: boolean, authorizer?: Authorizer) {
    this.#authorizer = authorizer;
    this.cluster = cluster;
    this.settings = settings;
    this.nowMs = nowMs;
    this.#isHeard = isHeard;
  }

  /** What a principal may do. */
  approvers(principal: string | undefined): Approvers {
    return approversOf(this.#authorizer, principal === undefined ? undefined : { value: principal });
  }

  /** Sends a message to an agent or a would-be agent. */
  send<N extends MessageName>(to: PID, name: N, body: MessageOf<N>): void {
    this.effects.push({ type: 'send', to, name, body });
  }

  /** Sends an event to a framework's scheduler; nothing if it is not connected. */
  event(framework: FrameworkRecord, event: SchedulerEvent): void {
    if (framework.connection === undefined) return;
    countFor(framework, 'events', event.type ?? 'UNKNOWN');
    this.eventTo(framework.connection, event);
  }

  /** Sends an event over a connection that may not be a framework's. */
  eventTo(to: FrameworkConnection, event: SchedulerEvent): void {
    this.effects.push({ type: 'event', to, event });
  }

  close(connection: FrameworkConnection): void {
    this.effects.push({ type: 'close', connection });
  }

  link(pid: PID): void {
    this.effects.push({ type: 'link', pid });
  }

  unlink(pid: PID): void {
    this.effects.push({ type: 'unlink', pid });
  }

  startTimer(delayMs: number, deadline: Deadline): void {
    this.effects.push({ type: 'start-timer', name: timerName(deadline), delayMs, deadline });
  }

  stopTimer(deadline: Deadline): void {
    this.effects.push({ type: 'stop-timer', name: timerName(deadline) });
  }

  allocator(event: AllocatorEvent): void {
    this.effects.push({ type: 'allocator', event });
  }

  /** Changes the registry, and decides on when that is durable. Nobody is to be told of it before. */
  registry(operation: RegistryOperation, next: (turn: Turn, isMade: boolean) => void): void {
    this.effects.push({ type: 'registry', operation, next });
  }

  /** Decides on when one more agent may be marked unreachable. */
  awaitUnreachable(agentId: string, next: (turn: Turn) => void): void {
    this.effects.push({ type: 'await-unreachable', agentId, next });
  }

  cancelUnreachable(agentId: string): void {
    this.effects.push({ type: 'cancel-unreachable', agentId });
  }

  /** Ends the master, with a word why. */
  end(text: string): void {
    this.effects.push({ type: 'end', text });
  }

  /** Tells the operators who subscribed of something. It is described at once: what it is about may change in the same turn. */
  publish(describe: () => OperatorEvent): void {
    if (this.#isHeard) this.effects.push({ type: 'publish', event: describe() });
  }

  /** Tells the allocator that resources are free again, role by role. */
  recover(frameworkId: string, agentId: string, resources: Resources, filters?: Filters): void {
    for (const part of resources.allocations().values()) {
      this.allocator({ type: 'recover', frameworkId, agentId, resources: part, filters });
    }
  }

  /** Counts something under `master/<name>`. */
  count(name: string): void {
    this.effects.push({ type: 'count', name });
  }

  /**
   * Counts the end of a task as Mesos names it, by state and, if there is a reason, by source and reason.
   * @param ended The state in which it ended. The status that told so may be of an earlier one.
   */
  countEnd(ended: TaskState, status: TaskStatus): void {
    const state = lowerState(ended);
    // Unreachable tasks are a gauge: they may come back.
    if (ended !== 'TASK_UNREACHABLE') this.count(`tasks_${state}`);
    const { reason, source } = status;
    if (status.state === ended && reason !== undefined && source !== undefined) {
      this.count(`task_${state}/${inMetrics(source)}/${inMetrics(reason)}`);
    }
  }

  info(text: string): void {
    this.effects.push({ type: 'log', level: 'info', text });
  }

  warn(text: string): void {
    this.effects.push({ type: 'log', level: 'warn', text });
  }
}

/** Metrics have kept the names from before agents were called so: `source_slave`, `reason_slave_removed`. */
function inMetrics(name: string): string {
  return name.toLowerCase().replace('agent', 'slave');
}

function lowerState(state: TaskState): string {
  return state.replace('TASK_', '').toLowerCase();
}

/** How a framework is called in the log. */
export function nameOf(framework: FrameworkRecord): string {
  const where = framework.pid === undefined ? '' : ` at ${framework.pid.toString()}`;
  return `framework ${framework.id} (${framework.info.name})${where}`;
}

/** How an agent is called in the log. */
export function agentName(agent: AgentRecord): string {
  return `agent ${agent.id} at ${agent.pid.toString()} (${agent.info.hostname})`;
}

/** How an update is called in the log. */
export function updateName(update: StatusUpdate): string {
  const { status } = update;
  const message = status.message === undefined ? '' : ` '${status.message}'`;
  return `${status.state}${message} of task '${status.task_id.value}' of framework ${update.framework_id.value}`;
}
