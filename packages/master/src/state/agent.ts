import { Resources } from '@mesos-ts/protocol';
import type { AgentInfo, AgentInfo_Capability_Type, ExecutorInfo, Resource } from '@mesos-ts/protocol';
import type { PID } from '@mesos-ts/libprocess';
import type { TaskRecord } from './task.ts';

/** What the master knows of the answers of an agent to its pings. */
export interface AgentHealth {
  /** Pings in a row without an answer. */
  missed: number;
  /** Whether the last ping waits for its answer. */
  waiting: boolean;
}

/** A registered agent. */
export interface AgentRecord {
  readonly id: string;
  /** Tells one stay of an agent from the next; see `AllocatorAgent`. */
  readonly incarnation: number;
  pid: PID;
  info: AgentInfo;
  version: string;
  capabilities: ReadonlySet<AgentInfo_Capability_Type>;
  /** Milliseconds since the Unix epoch. */
  readonly registeredTimeMs: number;
  reregisteredTimeMs: number | undefined;
  /** Whether the connection to it is up. */
  connected: boolean;
  /** Whether its resources may be offered. */
  active: boolean;
  /** Whether an operator wants nothing of it offered, however well it is. */
  deactivated: boolean;
  totalResources: Resources;
  readonly tasks: Map<string, Map<string, TaskRecord>>;
  readonly executors: Map<string, Map<string, ExecutorInfo>>;
  /** What its tasks and executors use, by framework. */
  readonly usedResources: Map<string, Resources>;
  offeredResources: Resources;
  readonly offers: Set<string>;
  /** Tasks that were to be killed, by framework: the agent may have missed it. */
  readonly killedTasks: Map<string, Set<string>>;
  readonly health: AgentHealth;
}

/** What a new agent record is made of. */
export interface AgentRecordOptions {
  readonly id: string;
  readonly incarnation: number;
  readonly pid: PID;
  readonly info: AgentInfo;
  readonly version: string;
  readonly capabilities: ReadonlySet<AgentInfo_Capability_Type>;
  readonly registeredTimeMs: number;
  readonly reregisteredTimeMs?: number;
  /** Reservations and volumes that the agent has on disk; they replace what its total says of the same resources. */
  readonly checkpointedResources: readonly Resource[];
}

/** Makes the record of an agent that is connected and active and runs nothing. */
export function agentRecord(options: AgentRecordOptions): AgentRecord {
  return {
    id: options.id,
    incarnation: options.incarnation,
    pid: options.pid,
    info: options.info,
    version: options.version,
    capabilities: options.capabilities,
    registeredTimeMs: options.registeredTimeMs,
    reregisteredTimeMs: options.reregisteredTimeMs,
    connected: true,
    active: true,
    deactivated: false,
    totalResources: totalOf(options.info.resources ?? [], options.checkpointedResources),
    tasks: new Map(),
    executors: new Map(),
    usedResources: new Map(),
    offeredResources: Resources.empty,
    offers: new Set(),
    killedTasks: new Map(),
    health: { missed: 0, waiting: false },
  };
}

/** What an agent has: the resources it was started with, with the reservations and volumes made since. */
export function totalOf(resources: readonly Resource[], checkpointed: readonly Resource[]): Resources {
  const total = Resources.of(resources);
  const reserved = Resources.of(checkpointed);
  if (reserved.isEmpty()) return total;
  // What was reserved since was taken from what was not: it must not count twice.
  return total.subtract(reserved.toUnreserved()).add(reserved);
}

/** The executor of that name, unless the agent runs none. */
export function executorOf(agent: AgentRecord, frameworkId: string, executorId: string): ExecutorInfo | undefined {
  return agent.executors.get(frameworkId)?.get(executorId);
}

/** The task of that name, unless the agent runs none. */
export function taskOf(agent: AgentRecord, frameworkId: string, taskId: string): TaskRecord | undefined {
  return agent.tasks.get(frameworkId)?.get(taskId);
}

/** What everything on the agent uses together. */
export function usedOf(agent: AgentRecord): Resources {
  let used = Resources.empty;
  for (const resources of agent.usedResources.values()) used = used.add(resources);
  return used;
}
