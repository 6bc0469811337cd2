/** Explanations as the operator API tells them. */
import { fromMilli } from '@mesos-ts/protocol';
import type {
  MasterAgentExplanation,
  MasterAgentExplanation_Dimension,
  MasterFairTurn,
  MasterFrameworkExplanation,
  MasterHeldBack,
  MasterHindrance,
  MasterOfferHistory,
  MasterRoleExplanation,
  MasterRoleLedger,
  Resources,
} from '@mesos-ts/protocol';
import { shortfall } from '../allocator/explain.ts';
import type { HeldBack } from '../allocator/held-back.ts';
import type { AgentExplanation, FairTurn, Fit, RoleExplanation } from '../allocator/explain.ts';
import type { Hindrance } from '../allocator/hindrance.ts';
import type { FrameworkRecord } from '../state/framework.ts';
import type { LedgerCounts, LedgerEntry, OfferLedger } from '../state/offer-ledger.ts';

/** What an explanation is written down with. */
export interface ExplanationOptions {
  /** How many agents are told of in each role. */
  readonly agentsMax: number;
  /** The hostname of an agent; nothing for one that is gone meanwhile. */
  readonly hostnameOf: (agentId: string) => string | undefined;
  /** What was asked about; without it, why there are no offers at all. */
  readonly wanted: Resources | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** When the allocator answered, on its own clock, in milliseconds. */
  readonly heldBackNowMs: number;
}

/** The nearest first. */
const fits: readonly Fit[] = ['FITS', 'HINDERED', 'BUSY', 'TOO_SMALL'];

/** What a framework waits for, and what it was offered lately. */
export function frameworkExplanation(
  framework: FrameworkRecord,
  roles: readonly RoleExplanation[],
  options: ExplanationOptions,
): MasterFrameworkExplanation {
  const offers = [...framework.ledger.entries()].toReversed().map((entry) => offerHistory(entry, options.nowMs));
  return {
    framework_id: { value: framework.id },
    name: framework.info.name,
    active: framework.active,
    roles: roles.map((role) => roleExplanation(role, options)),
    offers,
    ...countsOf(framework.ledger.counts, offers.length),
    ...(framework.unregisteredTimeMs === undefined ? {} : { completed: true }),
  };
}

/**
 * What was offered and held back in a role.
 * @param offers Nothing where nothing was offered.
 * @param sees Whether it may be told of a framework, by its id.
 */
export function roleLedger(
  role: string,
  heldBack: readonly HeldBack[],
  offers: OfferLedger | undefined,
  sees: (frameworkId: string) => boolean,
  options: ExplanationOptions,
): MasterRoleLedger {
  const told = [...(offers?.entries() ?? [])]
    .toReversed()
    .filter(({ frameworkId }) => sees(frameworkId))
    .map((entry) => ({ ...offerHistory(entry, options.nowMs), framework_id: { value: entry.frameworkId } }));
  return {
    role,
    held_back: heldBack.map((held) => heldBackMessage(held, options)),
    offers: told,
    ...(offers === undefined ? {} : countsOf(offers.counts, told.length)),
  };
}

function countsOf(
  counts: LedgerCounts,
  told: number,
): Pick<
  MasterRoleLedger,
  'offers_made' | 'offers_accepted' | 'offers_declined' | 'offers_rescinded' | 'offers_withdrawn' | 'offers_left_out'
> {
  return {
    offers_made: counts.OFFERED,
    offers_accepted: counts.ACCEPTED,
    offers_declined: counts.DECLINED,
    offers_rescinded: counts.RESCINDED,
    offers_withdrawn: counts.WITHDRAWN,
    offers_left_out: counts.OFFERED - told,
  };
}

/** What was held back for one reason. */
export function heldBackMessage(held: HeldBack, options: ExplanationOptions): MasterHeldBack {
  const { agents, count, firstMs, lastMs, minima, reason, resources, still } = held;
  const secondsSince = (ms: number): number => (options.heldBackNowMs - ms) / 1000;
  const free = resources?.quantities;
  const missing = resources === undefined ? undefined : shortfall(resources, minima);
  return {
    type: reason,
    times: count,
    first_seconds_ago: secondsSince(firstMs),
    last_seconds_ago: secondsSince(lastMs),
    still,
    agents: agents.map((agent) => ({
      agent_id: { value: agent.agentId },
      hostname: options.hostnameOf(agent.agentId),
      seconds_ago: secondsSince(agent.lastMs),
    })),
    resources: resources?.toArray(),
    dimensions: [...(missing?.names() ?? [])].map((name) => ({
      name,
      free: free?.get(name) ?? 0,
      missing: missing?.get(name) ?? 0,
    })),
  };
}

/** What a framework waits for in one role. */
export function roleExplanation(explanation: RoleExplanation, options: ExplanationOptions): MasterRoleExplanation {
  const { agents, frameworkTurn, heldBack, role, roleTurn, suppressed } = explanation;
  const count = (fit: Fit): number => agents.filter((agent) => agent.fit === fit).length;
  return {
    role,
    suppressed,
    role_turn: turnMessage(roleTurn),
    framework_turn: turnMessage(frameworkTurn),
    fits: count('FITS'),
    hindered: count('HINDERED'),
    busy: count('BUSY'),
    too_small: count('TOO_SMALL'),
    agents: agents
      .toSorted(byNearness)
      .slice(0, options.agentsMax)
      .map((agent) => agentMessage(agent, options)),
    held_back: heldBack.map((held) => heldBackMessage(held, options)),
    agents_left_out: Math.max(0, agents.length - options.agentsMax),
  };
}

function byNearness(left: AgentExplanation, right: AgentExplanation): number {
  const rank = fits.indexOf(left.fit) - fits.indexOf(right.fit);
  if (rank !== 0) return rank;
  const ever = left.missingEver.names().length - right.missingEver.names().length;
  return ever === 0 ? left.missing.names().length - right.missing.names().length : ever;
}

function turnMessage(turn: FairTurn | undefined): MasterFairTurn | undefined {
  return turn === undefined ? undefined : { place: turn.place, of: turn.of, share: turn.share };
}

function agentMessage(agent: AgentExplanation, options: ExplanationOptions): MasterAgentExplanation {
  return {
    agent_id: { value: agent.agentId },
    hostname: options.hostnameOf(agent.agentId),
    fit: agent.fit,
    hindrances: agent.hindrances.map(hindranceMessage),
    dimensions: dimensions(agent, options.wanted),
  };
}

function hindranceMessage(hindrance: Hindrance): MasterHindrance {
  return {
    type: hindrance.type,
    resources: 'resources' in hindrance ? hindrance.resources.toArray() : undefined,
    remaining_seconds: hindrance.type === 'REFUSED' ? hindrance.remainingMs / 1000 : undefined,
  };
}

/** What was asked about, or else all that the agent has. */
function dimensions(agent: AgentExplanation, wanted: Resources | undefined): MasterAgentExplanation_Dimension[] {
  const free = agent.free.quantities;
  const total = agent.total.quantities;
  const names = new Set([...(wanted?.quantities ?? total).names(), ...agent.missing.names()]);
  return [...names].map((name) => ({
    name,
    free: free.get(name),
    total: total.get(name),
    missing: positive(agent.missing.milli(name)),
    missing_ever: positive(agent.missingEver.milli(name)),
  }));
}

function positive(milli: number): number | undefined {
  return milli > 0 ? fromMilli(milli) : undefined;
}

function offerHistory(entry: LedgerEntry, nowMs: number): MasterOfferHistory {
  const { end, endedMs } = entry;
  return {
    offer_id: { value: entry.offerId },
    agent_id: { value: entry.agentId },
    role: entry.role,
    resources: entry.resources.unallocate().toArray(),
    age_seconds: (nowMs - entry.offeredMs) / 1000,
    end: end?.type,
    ended_seconds_ago: endedMs === undefined ? undefined : (nowMs - endedMs) / 1000,
    refuse_seconds: end?.type === 'DECLINED' ? end.refuseSeconds : undefined,
    reason: end !== undefined && 'reason' in end ? end.reason : undefined,
  };
}
