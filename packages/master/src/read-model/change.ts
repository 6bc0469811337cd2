import type {
  AgentInfo,
  AgentInfo_Capability_Type,
  ExecutorInfo,
  FrameworkInfo,
  InverseOffer,
  Offer,
  QuotaConfig,
  Resource,
  SchedulerOfferConstraints,
  Task,
} from '@mesos-ts/protocol';
import type { EntryChange } from '../state/changes.ts';

/** What is shown of an agent and can change, in data that another thread can be given. Times are milliseconds since the Unix epoch. */
export interface AgentFields {
  readonly id: string;
  readonly pid: string;
  readonly info: AgentInfo;
  readonly version: string;
  readonly capabilities: ReadonlySet<AgentInfo_Capability_Type>;
  readonly registeredTimeMs: number;
  readonly reregisteredTimeMs: number | undefined;
  readonly active: boolean;
  readonly deactivated: boolean;
  readonly totalResources: readonly Resource[];
  readonly offeredResources: readonly Resource[];
}

/** What is shown of a framework itself and can change. Times are milliseconds since the Unix epoch. */
export interface FrameworkFields {
  readonly id: string;
  readonly pid: string | undefined;
  readonly info: FrameworkInfo;
  readonly offerConstraints: SchedulerOfferConstraints;
  readonly connected: boolean;
  readonly recovered: boolean;
  readonly active: boolean;
  readonly registeredTimeMs: number;
  readonly reregisteredTimeMs: number | undefined;
  readonly unregisteredTimeMs: number | undefined;
  readonly offeredResources: readonly Resource[];
  /** By id. */
  readonly offers: readonly string[];
  /** By id. */
  readonly inverseOffers: readonly string[];
}

/** The values of maps, as they go to a copy. Records are known by a number. */
export interface MapValues {
  readonly agents: number;
  readonly frameworks: number;
  readonly completedFrameworks: number;
  readonly offers: Offer;
  readonly inverseOffers: InverseOffer;
  readonly recoveredAgents: AgentInfo;
  readonly weights: number;
  readonly quotas: QuotaConfig;
  readonly tasks: Task;
  readonly unreachableTasks: Task;
  readonly completedTasks: Task;
  readonly executors: readonly ExecutorInfo[];
  readonly usedResources: readonly Resource[];
}

/** A map that is copied. */
export type MapName = keyof MapValues;

/** A key of a map, what became of its entry, and the value unless it was deleted. */
export type Entry<V = MapValues[MapName]> = readonly [key: number | string, change: EntryChange, value?: V];

/** Something that has changed in a cluster, for those who keep a copy of it. */
export type Change =
  /** Fields of an agent: all of one that was not known before, else those that were replaced. */
  | { readonly kind: 'agent'; readonly number: number; readonly fields: Partial<AgentFields> }
  | { readonly kind: 'framework'; readonly number: number; readonly fields: Partial<FrameworkFields> }
  /** Entries of a map, in the order in which they have to be repeated. */
  | {
      readonly kind: 'entries';
      /** The record that the map belongs to, or 0 for the cluster. */
      readonly of: number;
      readonly map: MapName;
      readonly entries: readonly Entry[];
    }
  | { readonly kind: 'unreachable-agents'; readonly count: number };
