/**
 * What views read of a cluster: the part of the master's books that is shown, or a copy of it. They change nothing of it, and keep
 * nothing.
 */
import type {
  AgentInfo,
  AgentInfo_Capability_Type,
  ExecutorInfo,
  FrameworkInfo,
  FrameworkInfo_Capability_Type,
  InverseOffer,
  MasterInfo,
  Offer,
  QuotaConfig,
  Resources,
  SchedulerOfferConstraints,
  Task,
} from '@mesos-ts/protocol';

/** A task. */
export interface ShownTask {
  readonly task: Readonly<Task>;
}

/** An address, as a text. */
interface Address {
  toString(): string;
}

/** Some of the tasks of a framework. */
export interface ShownTasks {
  readonly size: number;
  values(): Iterable<ShownTask>;
}

/** An agent that is registered. Times are milliseconds since the Unix epoch. */
export interface ShownAgent {
  readonly id: string;
  readonly pid: Address;
  readonly info: AgentInfo;
  readonly version: string;
  readonly capabilities: ReadonlySet<AgentInfo_Capability_Type>;
  readonly registeredTimeMs: number;
  readonly reregisteredTimeMs: number | undefined;
  readonly active: boolean;
  readonly deactivated: boolean;
  readonly totalResources: Resources;
  /** By framework. */
  readonly usedResources: ReadonlyMap<string, Resources>;
  readonly offeredResources: Resources;
}

/** A framework that is there, or was. Times are milliseconds since the Unix epoch. */
export interface ShownFramework {
  readonly id: string;
  readonly pid: Address | undefined;
  readonly info: FrameworkInfo;
  readonly capabilities: ReadonlySet<FrameworkInfo_Capability_Type>;
  readonly offerConstraints: SchedulerOfferConstraints;
  readonly connected: boolean;
  readonly recovered: boolean;
  readonly active: boolean;
  readonly registeredTimeMs: number;
  readonly reregisteredTimeMs: number | undefined;
  readonly unregisteredTimeMs: number | undefined;
  readonly roles: ReadonlySet<string>;
  readonly tasks: ShownTasks;
  readonly unreachableTasks: ShownTasks;
  readonly completedTasks: ShownTasks;
  /** By agent and id. */
  readonly executors: ReadonlyMap<string, ReadonlyMap<string, ExecutorInfo>>;
  /** By agent. */
  readonly usedResources: ReadonlyMap<string, Resources>;
  readonly offeredResources: Resources;
  /** By id. */
  readonly offers: Iterable<string>;
  /** By id. */
  readonly inverseOffers: Iterable<string>;
}

/** A cluster. */
export interface ShownCluster {
  readonly masterInfo: MasterInfo;
  readonly agents: ReadonlyMap<string, ShownAgent>;
  readonly frameworks: ReadonlyMap<string, ShownFramework>;
  readonly completedFrameworks: { values(): Iterable<ShownFramework> };
  readonly offers: { get(id: string): { readonly offer: Offer } | undefined };
  readonly inverseOffers: {
    readonly outstanding: { get(id: string): { readonly offer: InverseOffer } | undefined };
  };
  readonly unreachableAgents: { readonly size: number };
  /** Agents that the registry knows and that have not come to this master yet. */
  readonly recoveredAgents: ReadonlyMap<string, { readonly info: AgentInfo }>;
  /** Weights of roles that were set. */
  readonly weights: ReadonlyMap<string, number>;
  /** Quotas of roles that were set; one that was set back has neither guarantees nor limits. */
  readonly quotas: ReadonlyMap<string, QuotaConfig>;
}
