/** Why frameworks are not offered what they wait for: the allocator's rules, asked one by one instead of carried out. */
import { understands, type Agent, type Framework } from './records.ts';
import { ResourceQuantities, type Resources } from '@mesos-ts/protocol';
import type { HeldBack } from './held-back.ts';
import type { Hindrance } from './hindrance.ts';

/** How far an agent is from an offer, or from one with the resources that were asked about. */
export type Fit =
  /** Nothing stands in the way: it is the framework's at its turn. */
  | 'FITS'
  /** What is free would do, but something else stands in the way. */
  | 'HINDERED'
  /** All of the agent would do, but not what is free of it. */
  | 'BUSY'
  /** Not even all of the agent would do. */
  | 'TOO_SMALL';

/** An agent as a framework sees it in one role. */
export interface AgentExplanation {
  readonly agentId: string;
  readonly fit: Fit;
  readonly hindrances: readonly Hindrance[];
  /** What the role and the framework could be offered if all of the agent were free. */
  readonly total: Resources;
  /** What of it is free now. */
  readonly free: Resources;
  /** How much more must become free, by resource; of ranges and sets the number of members. */
  readonly missing: ResourceQuantities;
  /** How much more the agent must have for it ever to fit. */
  readonly missingEver: ResourceQuantities;
}

/** A place in an order: 1 is next. */
export interface FairTurn {
  readonly place: number;
  readonly of: number;
  /** The dominant share by which the order is made, divided by the weight. */
  readonly share: number;
}

/** What a framework in one role waits for. */
export interface RoleExplanation {
  readonly frameworkId: string;
  readonly role: string;
  /** Whether its scheduler is connected. */
  readonly active: boolean;
  readonly suppressed: boolean;
  /** The role among all roles; none while no framework in it wants offers. */
  readonly roleTurn: FairTurn | undefined;
  /** The framework among those of the role; none while it wants no offers. */
  readonly frameworkTurn: FairTurn | undefined;
  readonly agents: readonly AgentExplanation[];
  /** What was held back from the framework in the role, the newest first. */
  readonly heldBack: readonly HeldBack[];
}

/** What is asked of the allocator. */
export interface ExplainQuestion {
  readonly frameworkIds: readonly string[];
  /** A role whose ledger is asked for. */
  readonly role: string | undefined;
  /** What is wanted of a framework that could come to this role, and understands everything. */
  readonly imaginaryRole: string | undefined;
  readonly wanted: Resources | undefined;
}

/** What the allocator answers: the roles of the frameworks that were asked about, and the imaginary one's. */
export interface ExplainAnswer {
  readonly frameworks: readonly RoleExplanation[];
  readonly imaginary: RoleExplanation | undefined;
  /** What was held back in the role that was asked about: from it as such, and from all frameworks in it. */
  readonly role: readonly HeldBack[];
  /** What was held back from everybody. */
  readonly everybody: readonly HeldBack[];
  /** How many reasons were forgotten, of all that were ever written down, because the ledgers were full. */
  readonly forgotten: number;
  /** When the answer was given, on the clock of the ledgers, in milliseconds. */
  readonly nowMs: number;
}

/** Rules of the allocator that `explainAgent` asks. */
export interface ExplainOptions {
  readonly filterGpuResources: boolean;
  readonly minAllocatable: readonly ResourceQuantities[];
}

/** What quotas say about one role. */
export interface QuotaRules {
  /** What of resources a role may be offered. */
  permittedOf(role: string, resources: Resources): Resources;
  /** Why it may not be offered all of them. */
  reasonAgainst(role: string, resources: Resources): 'QUOTA_LIMIT' | 'HEADROOM';
}

/** The first reason of an agent's and a framework's nature for which nothing of the agent may be offered in a role. */
export function incompatibility(
  framework: Framework,
  role: string,
  agent: Agent,
  { filterGpuResources }: Pick<ExplainOptions, 'filterGpuResources'>,
): Extract<Hindrance['type'], `AGENT_${string}`> | undefined {
  if (filterGpuResources && !framework.gpus && agent.hasGpus) return 'AGENT_HAS_GPUS';
  if (framework.multiRole && !agent.capabilities.has('MULTI_ROLE')) return 'AGENT_NOT_MULTI_ROLE';
  if (role.includes('/') && !agent.capabilities.has('HIERARCHICAL_ROLE')) return 'AGENT_NOT_HIERARCHICAL_ROLE';
  if (framework.excludes(role, agent.traits)) return 'AGENT_EXCLUDED';
  return undefined;
}

/** The least that an offer to a framework must hold: all of one of these. An empty list asks for something only. */
export function minimaOf(framework: Framework, role: string, options: ExplainOptions): readonly ResourceQuantities[] {
  return framework.minAllocatable.get(role) ?? options.minAllocatable;
}

/** Whether resources are worth an offer. */
export function isWorthwhile(resources: Resources, minima: readonly ResourceQuantities[]): boolean {
  if (resources.isEmpty()) return false;
  return minima.length === 0 || minima.some((minimum) => resources.containsQuantities(minimum));
}

/**
 * What stands between a framework in a role and an agent.
 * @param wanted What it would launch there; reservations and allocations of it do not matter. Without it, any offer.
 */
export function explainAgent(
  framework: Framework,
  role: string,
  agent: Agent,
  wanted: Resources | undefined,
  options: ExplainOptions,
  quotas: QuotaRules,
  nowMs: number,
): AgentExplanation {
  const minima = minimaOf(framework, role, options);
  const total = visible(framework, role, agent.total);
  const free = visible(framework, role, agent.available);
  const hindrances = hindrancesOf(framework, role, agent, free, minima, options, nowMs);
  const suits = (resources: Resources): boolean =>
    isWorthwhile(resources, minima) && (wanted === undefined || resources.find(wanted) !== undefined);
  const missingFrom = (resources: Resources): ResourceQuantities =>
    wanted === undefined ? shortfall(resources, minima) : wanted.quantities.subtract(resources.quantities);
  const permitted = quotas.permittedOf(role, free);
  const isOverQuota = suits(free) && !suits(permitted);
  if (isOverQuota) {
    hindrances.push({ type: quotas.reasonAgainst(role, free), resources: free.subtract(permitted) });
  }
  const blocked = isOverQuota || hindrances.some(({ type }) => blocking.has(type));
  let fit: Fit = 'TOO_SMALL';
  if (suits(free)) fit = blocked ? 'HINDERED' : 'FITS';
  else if (suits(total)) fit = 'BUSY';
  return {
    agentId: agent.id,
    fit,
    hindrances,
    total,
    free,
    missing: missingFrom(free),
    missingEver: missingFrom(total),
  };
}

/** Hindrances for which an agent that has enough is not offered all the same. */
const blocking: ReadonlySet<Hindrance['type']> = new Set([
  'AGENT_INACTIVE',
  'AGENT_HAS_GPUS',
  'AGENT_NOT_MULTI_ROLE',
  'AGENT_NOT_HIERARCHICAL_ROLE',
  'AGENT_EXCLUDED',
  'REFUSED',
]);

function visible(framework: Framework, role: string, resources: Resources): Resources {
  return resources.allocatableTo(role).filter((resource) => understands(framework, resource));
}

function hindrancesOf(
  framework: Framework,
  role: string,
  agent: Agent,
  free: Resources,
  minima: readonly ResourceQuantities[],
  options: ExplainOptions,
  nowMs: number,
): Hindrance[] {
  const hindrances: Hindrance[] = [];
  if (!agent.active) hindrances.push({ type: 'AGENT_INACTIVE' });
  const type = incompatibility(framework, role, agent, options);
  if (type !== undefined) hindrances.push({ type });
  const inUse = agent.total.subtract(agent.available);
  if (!inUse.isEmpty()) hindrances.push({ type: 'IN_USE', resources: inUse });
  const allocatable = agent.available.allocatableTo(role);
  const reserved = agent.available.subtract(allocatable);
  if (!reserved.isEmpty()) hindrances.push({ type: 'RESERVED', resources: reserved });
  const foreign = allocatable.subtract(free);
  if (!foreign.isEmpty()) hindrances.push({ type: 'NOT_UNDERSTOOD', resources: foreign });
  if (!isWorthwhile(free, minima)) hindrances.push({ type: 'BELOW_MINIMUM', minima });
  const refusedUntilMs = free.isEmpty() ? undefined : framework.filters.refusedUntilMs(role, agent.id, free, nowMs);
  if (refusedUntilMs !== undefined) hindrances.push({ type: 'REFUSED', remainingMs: refusedUntilMs - nowMs });
  return hindrances;
}

/** How much resources lack to the minimum that is nearest. */
export function shortfall(resources: Resources, minima: readonly ResourceQuantities[]): ResourceQuantities {
  const shortfalls = minima.map((minimum) => minimum.subtract(resources.quantities));
  return (
    shortfalls.toSorted((left, right) => left.names().length - right.names().length)[0] ?? ResourceQuantities.empty
  );
}
