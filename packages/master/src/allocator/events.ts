import type {
  AgentInfo_Capability_Type,
  Filters,
  FrameworkInfo,
  ResourceQuantities,
  Resources,
  Unavailability,
} from '@mesos-ts/protocol';
import type { Quota } from '../quota.ts';
import type { AgentTraits, OfferConstraintsFilter } from './offer-constraints.ts';

/** An agent as the allocator sees it. */
export interface AllocatorAgent {
  readonly agentId: string;
  readonly capabilities: ReadonlySet<AgentInfo_Capability_Type>;
  /** What frameworks may ask for, besides resources. @default nothing */
  readonly traits?: AgentTraits | undefined;
  /** Everything the agent has, not allocated to anybody. */
  readonly total: Resources;
  /** What frameworks, all of which were added before, use there already: by framework, allocated to their roles. */
  readonly used: ReadonlyMap<string, Resources>;
  /**
   * Tells one stay of an agent from the next. An agent that was removed may come back under its id while offers of its former stay
   * are on their way to the master; these carry the former number.
   */
  readonly incarnation: number;
  /** When it will be away. @default that is not planned */
  readonly unavailability?: Unavailability | undefined;
}

/** Everything that changes what the allocator may offer. */
export type AllocatorEvent =
  /** It is not active yet, and has nothing. */
  | {
      readonly type: 'add-framework';
      readonly frameworkId: string;
      readonly info: FrameworkInfo;
      readonly suppressedRoles: readonly string[];
      /** Which agents it does not want at all. @default none */
      readonly excludes?: OfferConstraintsFilter | undefined;
    }
  | { readonly type: 'remove-framework'; readonly frameworkId: string }
  | { readonly type: 'activate-framework'; readonly frameworkId: string }
  | { readonly type: 'deactivate-framework'; readonly frameworkId: string }
  | {
      readonly type: 'update-framework';
      readonly frameworkId: string;
      readonly info: FrameworkInfo;
      readonly suppressedRoles: readonly string[];
      /** Which agents it does not want at all. @default none */
      readonly excludes?: OfferConstraintsFilter | undefined;
    }
  | { readonly type: 'add-agent'; readonly agent: AllocatorAgent }
  | { readonly type: 'remove-agent'; readonly agentId: string }
  | { readonly type: 'activate-agent'; readonly agentId: string }
  | { readonly type: 'deactivate-agent'; readonly agentId: string }
  | {
      readonly type: 'update-agent';
      readonly agentId: string;
      readonly capabilities: ReadonlySet<AgentInfo_Capability_Type>;
      readonly traits?: AgentTraits | undefined;
      readonly total: Resources;
    }
  /**
   * Resources that were offered or used are free again: an offer was declined, a task ended. With filters they are not offered to
   * the framework in that role for a while.
   */
  | {
      readonly type: 'recover';
      readonly frameworkId: string;
      readonly agentId: string;
      /** Allocated to one role. */
      readonly resources: Resources;
      readonly filters?: Filters | undefined;
    }
  /** When an agent will be away; without a time, that is not planned any more. */
  | {
      readonly type: 'update-unavailability';
      readonly agentId: string;
      readonly unavailability?: Unavailability | undefined;
    }
  /** A framework has answered whether it can give up an agent, or was not asked after all. With filters it is not asked again for a while. */
  | {
      readonly type: 'inverse-offer-answered';
      readonly frameworkId: string;
      readonly agentId: string;
      readonly filters?: Filters | undefined;
    }
  /** No roles means all of the framework's. */
  | { readonly type: 'suppress'; readonly frameworkId: string; readonly roles: readonly string[] }
  | { readonly type: 'revive'; readonly frameworkId: string; readonly roles: readonly string[] }
  | { readonly type: 'update-weight'; readonly role: string; readonly weight: number }
  /** Of a role at the top. */
  | { readonly type: 'update-quota'; readonly role: string; readonly quota: Quota }
  /** Offers nothing before so many agents are there. */
  | { readonly type: 'await-agents'; readonly count: number }
  | { readonly type: 'await-no-more' };

/** One agent's resources for one framework in one role. */
export interface AllocatedOffer {
  readonly role: string;
  readonly agentId: string;
  /** The stay of the agent that this is about. */
  readonly incarnation: number;
  /** Allocated to the role. */
  readonly resources: Resources;
}

/** What one framework is to be offered. */
export interface Allocation {
  readonly frameworkId: string;
  readonly offers: readonly AllocatedOffer[];
}

/** Which agents' resources to look at after an event: those of one agent, those of all, or none before the next interval. */
export type Candidates = { readonly agentId: string } | 'all' | 'none';

/** Options of the allocator; the defaults are those of Mesos's flags of the same names. */
export interface AllocatorOptions {
  /** The shortest time that a refusal lasts, in milliseconds: one allocation interval. */
  readonly allocationIntervalMs: number;
  /** Resources that do not count towards shares: `--fair_sharing_excluded_resource_names`. */
  readonly excludedResources?: ReadonlySet<string>;
  /** Whether only frameworks that ask for GPUs are offered agents that have some: `--filter_gpu_resources`. */
  readonly filterGpuResources: boolean;
  /** What is offered must hold all of at least one of these: `--min_allocatable_resources`. An empty list holds nothing back. */
  readonly minAllocatable: readonly ResourceQuantities[];
  /** Of how many removed frameworks it is remembered what was held back from them: `--max_completed_frameworks`. @default 50 */
  readonly completedFrameworksMax?: number | undefined;
}

/** What a framework does not want. */
export interface Unwanted {
  readonly info: FrameworkInfo;
  readonly suppressedRoles: readonly string[];
  /** The ids of agents, by role of the framework. */
  readonly excludedAgents: Readonly<Record<string, readonly string[]>>;
}
