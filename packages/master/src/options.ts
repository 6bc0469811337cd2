import { unreservedRole, type MasterInfo, type RateLimits, type ResourceQuantities } from '@mesos-ts/protocol';
import type { RegexLimits } from './allocator/regex.ts';

/** What a master can be told; the names and defaults are those of Mesos's flags. */
export interface MasterSettings {
  /** A name of the cluster for people. */
  readonly cluster: string | undefined;
  /** Times between allocations of all agents' resources, in milliseconds. */
  readonly allocationIntervalMs: number;
  /** How long an agent may take to answer a ping, in milliseconds. */
  readonly agentPingTimeoutMs: number;
  /** After how many unanswered pings an agent is unreachable. */
  readonly agentPingTimeoutsMax: number;
  /** How long an agent may stay away after its connection broke, or after another master has taken over, in milliseconds. */
  readonly agentReregisterTimeoutMs: number;
  /** How many agents may be marked unreachable in how long; undefined: as many as there are. */
  readonly agentRemovalRate: RemovalRate | undefined;
  /** Which part of the agents of the registry may be marked unreachable because they did not come to a new master, from 0 to 1. */
  readonly recoveryAgentRemovalLimit: number;
  /** Where there are quotas: which part of the agents of the registry a new master waits for before it offers anything, from 0 to 1. */
  readonly allocatorAgentRecoveryFactor: number;
  /** How long it waits for them, in milliseconds. */
  readonly allocatorRecoveryTimeoutMs: number;
  /** How often agents that were unreachable or gone for long are removed from the registry, in milliseconds. */
  readonly registryGcIntervalMs: number;
  /** How long such agents are kept in the registry, in milliseconds, and how many of each kind. */
  readonly registryAgentAgeMaxMs: number;
  readonly registryAgentsMax: number;
  /** How long a framework may keep an offer, in milliseconds; undefined: for ever. */
  readonly offerTimeoutMs: number | undefined;
  /** The roles that frameworks may be in; undefined: any. */
  readonly roles: ReadonlySet<string> | undefined;
  /** Weights of roles, which are 1 otherwise. */
  readonly weights: ReadonlyMap<string, number>;
  /** Whether frameworks may run tasks as `root`. */
  readonly rootSubmissions: boolean;
  /** How many removed frameworks, and how many ended and unreachable tasks of each framework, are remembered. */
  readonly completedFrameworksMax: number;
  readonly completedTasksMax: number;
  readonly unreachableTasksMax: number;
  /** Whether only frameworks that ask for GPUs are offered agents that have some. */
  readonly filterGpuResources: boolean;
  /** What each regular expression of offer constraints may cost. */
  readonly regexLimits: RegexLimits;
  /** Resources that do not count towards fair shares. */
  readonly excludedResources: ReadonlySet<string>;
  /** Whether each framework has metrics of its own. */
  readonly publishPerFrameworkMetrics: boolean;
  /** The least that is worth an offer: all of one of these. */
  readonly minAllocatable: readonly ResourceQuantities[];
  /** How often frameworks that are actors may send something; undefined: as often as they like. */
  readonly rateLimits: RateLimits | undefined;
  /** How often schedulers and operators that are subscribed hear HEARTBEAT, in milliseconds. */
  readonly heartbeatIntervalMs: number;
  /** How many operators may be subscribed to events at a time. */
  readonly subscribersMax: number;
}

/** So many agents in so many milliseconds. */
export interface RemovalRate {
  readonly permits: number;
  readonly perMs: number;
}

/** What the master says of itself. */
export interface MasterFacts {
  readonly info: MasterInfo;
  /** Milliseconds since the Unix epoch. */
  readonly startTimeMs: number;
  /** Milliseconds since the Unix epoch; undefined until it is elected. */
  electedTimeMs?: number | undefined;
  /** The flags it was started with, by name, as texts. */
  readonly flags: Readonly<Record<string, string>>;
}

/** Whether frameworks may be in a role, and weights and quota be set for it. */
export function isKnownRole({ roles }: MasterSettings, role: string): boolean {
  return roles === undefined || roles.has(role) || role === unreservedRole;
}
