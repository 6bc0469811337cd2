import { Resources } from '@mesos-ts/protocol';
import type { AgentInfo, AgentInfo_Capability_Type, ExecutorInfo, Resource } from '@mesos-ts/protocol';
import type { PID } from '@mesos-ts/libprocess';
import { WatchedRecord, watched } from './changes.ts';
import { WatchedMap } from './watched-map.ts';
import type { TaskRecord } from './task.ts';

/** What the master knows of the answers of an agent to its pings. */
export interface AgentHealth {
  /** Pings in a row without an answer. */
  missed: number;
  /** Whether the last ping waits for its answer. */
  waiting: boolean;
}

/** A registered agent. */
export class AgentRecord extends WatchedRecord {
  readonly id: string;
  /** Tells one stay of an agent from the next; see `AllocatorAgent`. */
  readonly incarnation: number;
  declare pid: PID;
  declare info: AgentInfo;
  declare version: string;
  declare capabilities: ReadonlySet<AgentInfo_Capability_Type>;
  /** Milliseconds since the Unix epoch. */
  readonly registeredTimeMs: number;
  declare reregisteredTimeMs: number | undefined;
  /** Whether the connection to it is up. */
  connected = true;
  /** Whether its resources may be offered. */
  declare active: boolean;
  /** Whether an operator wants nothing of it offered, however well it is. */
  declare deactivated: boolean;
  declare totalResources: Resources;
  readonly tasks = new Map<string, Map<string, TaskRecord>>();
  readonly executors = new Map<string, Map<string, ExecutorInfo>>();
  /** What its tasks and executors use, by framework. */
  readonly usedResources = new WatchedMap<string, Resources>(this, 'usedResources');
  declare offeredResources: Resources;
  readonly offers = new Set<string>();
  /** Tasks that were to be killed, by framework: the agent may have missed it. */
  readonly killedTasks = new Map<string, Set<string>>();
  readonly health: AgentHealth = { missed: 0, waiting: false };

  constructor(options: AgentRecordOptions) {
    super();
    this.id = options.id;
    this.incarnation = options.incarnation;
    this.pid = options.pid;
    this.info = options.info;
    this.version = options.version;
    this.capabilities = options.capabilities;
    this.registeredTimeMs = options.registeredTimeMs;
    this.reregisteredTimeMs = options.reregisteredTimeMs;
    this.active = true;
    this.deactivated = false;
    this.totalResources = totalOf(options.info.resources ?? [], options.checkpointedResources);
    this.offeredResources = Resources.empty;
  }
}

/** All that the views show of an agent and that can change; what it uses apart. */
watched(AgentRecord, [
  'pid',
  'info',
  'version',
  'capabilities',
  'reregisteredTimeMs',
  'active',
  'deactivated',
  'totalResources',
  'offeredResources',
]);

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
  return new AgentRecord(options);
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
export function usedOf(agent: { readonly usedResources: ReadonlyMap<string, Resources> }): Resources {
  let used = Resources.empty;
  for (const resources of agent.usedResources.values()) used = used.add(resources);
  return used;
}
