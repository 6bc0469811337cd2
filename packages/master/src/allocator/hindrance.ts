import type { ResourceQuantities, Resources } from '@mesos-ts/protocol';

/** What keeps an agent's resources from being offered to a framework in a role. */
export type Hindrance =
  /** The agent is disconnected or deactivated: nothing of it is offered to anybody. */
  | { readonly type: 'AGENT_INACTIVE' }
  /** The agent has GPUs, and the framework has not the capability GPU_RESOURCES (`--filter_gpu_resources`). */
  | { readonly type: 'AGENT_HAS_GPUS' }
  /** The framework may have many roles, and the agent is too old for that. */
  | { readonly type: 'AGENT_NOT_MULTI_ROLE' }
  /** The role is below another one, and the agent is too old for that. */
  | { readonly type: 'AGENT_NOT_HIERARCHICAL_ROLE' }
  /** The framework does not want agents like this one in the role (offer constraints). */
  | { readonly type: 'AGENT_EXCLUDED' }
  /** Resources that tasks, or offers that are not answered yet, hold. */
  | { readonly type: 'IN_USE'; readonly resources: Resources }
  /** Free resources that are reserved for other roles. */
  | { readonly type: 'RESERVED'; readonly resources: Resources }
  /** Free resources that the framework has not said it understands: shared or revocable ones, refined reservations. */
  | { readonly type: 'NOT_UNDERSTOOD'; readonly resources: Resources }
  /** What is left is less than any of these, which an offer must hold (`--min_allocatable_resources`, or the framework's own). */
  | { readonly type: 'BELOW_MINIMUM'; readonly minima: readonly ResourceQuantities[] }
  /** More than the role, with those above and below it, may have before it reaches its limit (quota). */
  | { readonly type: 'QUOTA_LIMIT'; readonly resources: Resources }
  /** What is kept free for roles that are guaranteed more than they have (quota). */
  | { readonly type: 'HEADROOM'; readonly resources: Resources }
  /** The framework declined the like, and does not want to see it again before. */
  | { readonly type: 'REFUSED'; readonly remainingMs: number };
