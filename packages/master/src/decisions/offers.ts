import { refuseSeconds } from '../allocator/filters.ts';
import { nameOf } from './turn.ts';
import { downgradeResource } from '@mesos-ts/protocol';
import type { Filters, Offer, Resource, URL } from '@mesos-ts/protocol';
import { parseAddress } from '@mesos-ts/libprocess';
import type { AllocatedOffer, Allocation } from '../allocator/events.ts';
import type { AgentRecord } from '../state/agent.ts';
import type { OfferRecord } from '../state/cluster.ts';
import type { OfferEnd } from '../state/offer-ledger.ts';
import { countOffers, type FrameworkRecord } from '../state/framework.ts';
import type { Turn } from './turn.ts';

/** Makes offers of what the allocator gave out, and gives back what cannot be offered any more. */
export function makeOffers(turn: Turn, allocations: readonly Allocation[]): void {
  for (const { frameworkId, offers } of allocations) {
    const framework = turn.cluster.frameworks.get(frameworkId);
    if (framework === undefined) continue; // What a removed framework had was recovered with it.
    const made = offers.map((offer) => makeOffer(turn, framework, offer)).filter((offer) => offer !== undefined);
    if (made.length === 0) continue;
    turn.info(`Sending ${made.length} offers to ${nameOf(framework)}`);
    countOffers(framework, 'sent', made.length);
    turn.event(framework, { type: 'OFFERS', offers: { offers: made } });
  }
}

function makeOffer(turn: Turn, framework: FrameworkRecord, allocated: AllocatedOffer): Offer | undefined {
  const { cluster, settings } = turn;
  const agent = cluster.agents.get(allocated.agentId);
  // What was offered of a former stay of the agent was recovered when that ended.
  if (agent === undefined || agent.incarnation !== allocated.incarnation) return undefined;
  if (framework.connection === undefined || !framework.active || !agent.active) {
    turn.recover(framework.id, agent.id, allocated.resources);
    return undefined;
  }
  const id = cluster.newOfferId();
  const unavailability = cluster.machines.unavailabilityOf(agent.id);
  const described = describeOffer(id, framework, agent, allocated);
  const offer = unavailability === undefined ? described : { ...described, unavailability };
  const { agentId, resources, role } = allocated;
  cluster.addOffer({ id, frameworkId: framework.id, agentId, role, resources, offer });
  const offered = { offerId: id, frameworkId: framework.id, agentId, role, resources, offeredMs: turn.nowMs };
  cluster.offerBook.offered(framework.ledger, offered);
  if (settings.offerTimeoutMs !== undefined) {
    turn.startTimer(settings.offerTimeoutMs, { type: 'offer', offerId: id });
  }
  return asUnderstood(offer, framework);
}

/** Where an agent is. */
export function agentUrl({ info, pid }: AgentRecord): URL {
  const { ip, port } = parseAddress(pid.address);
  return { scheme: 'http', address: { hostname: info.hostname, ip, port }, path: `/${pid.id}` };
}

function describeOffer(id: string, framework: FrameworkRecord, agent: AgentRecord, allocated: AllocatedOffer): Offer {
  const executors = agent.executors.get(framework.id);
  const { attributes, domain, hostname } = agent.info;
  return {
    id: { value: id },
    framework_id: { value: framework.id },
    agent_id: { value: agent.id },
    hostname,
    url: agentUrl(agent),
    resources: allocated.resources.toArray(),
    allocation_info: { role: allocated.role },
    ...(attributes === undefined ? {} : { attributes }),
    ...(domain === undefined ? {} : { domain }),
    ...(executors === undefined ? {} : { executor_ids: [...executors.keys()].map((value) => ({ value })) }),
  };
}

/** The offer without what the framework has not said it understands. */
function asUnderstood(offer: Offer, framework: FrameworkRecord): Offer {
  const { capabilities } = framework;
  if (capabilities.has('MULTI_ROLE') && capabilities.has('RESERVATION_REFINEMENT')) return offer;
  const { allocation_info: _role, ...single } = offer;
  const resources = (offer.resources ?? []).map((resource) => {
    const { allocation_info: _, ...plain } = resource;
    const kept: Resource = capabilities.has('MULTI_ROLE') ? resource : plain;
    // Refined reservations, which the older format cannot say, are never offered to such a framework.
    return capabilities.has('RESERVATION_REFINEMENT') ? kept : (downgradeResource(kept) ?? kept);
  });
  return capabilities.has('MULTI_ROLE') ? { ...offer, resources } : { ...single, resources };
}

/**
 * Takes an offer back and tells the framework.
 * @param reason For people who ask what became of it.
 */
export function rescindOffer(turn: Turn, offer: OfferRecord, reason: string): void {
  const framework = turn.cluster.frameworks.get(offer.frameworkId);
  if (framework !== undefined) {
    turn.event(framework, { type: 'RESCIND', rescind: { offer_id: { value: offer.id } } });
    countOffers(framework, 'rescinded', 1);
  }
  discardOffer(turn, offer, { type: 'RESCINDED', reason });
}

/** Takes an offer back; the framework knows. */
export function discardOffer(turn: Turn, offer: OfferRecord, end: OfferEnd, filters?: Filters): void {
  turn.recover(offer.frameworkId, offer.agentId, offer.resources, filters);
  forgetOffer(turn, offer, end);
}

/** Ends an offer whose resources are dealt with otherwise. */
export function forgetOffer(turn: Turn, offer: OfferRecord, end: OfferEnd): void {
  turn.cluster.removeOffer(offer);
  const { frameworks, offerBook } = turn.cluster;
  const ledger = frameworks.get(offer.frameworkId)?.ledger;
  if (ledger !== undefined) offerBook.ended(ledger, offer.role, offer.id, end, turn.nowMs);
  if (turn.settings.offerTimeoutMs !== undefined) turn.stopTimer({ type: 'offer', offerId: offer.id });
}

/** Takes back all offers that a framework or an agent is part of. */
export function withdrawOffers(turn: Turn, ids: ReadonlySet<string>, how: 'rescind' | 'discard', reason: string): void {
  for (const id of ids) {
    const offer = turn.cluster.offers.get(id);
    if (offer === undefined) continue;
    if (how === 'rescind') rescindOffer(turn, offer, reason);
    else discardOffer(turn, offer, { type: 'WITHDRAWN', reason });
  }
}

/** The framework kept an offer for too long. */
export function offerTimedOut(turn: Turn, offerId: string): void {
  const offer = turn.cluster.offers.get(offerId);
  if (offer !== undefined) rescindOffer(turn, offer, 'The offer was not answered in time');
}

/** DECLINE: the framework wants none of these offers, nor the like of them for a while. */
export function decline(
  turn: Turn,
  framework: FrameworkRecord,
  offerIds: readonly string[],
  filters: Filters | undefined,
): void {
  turn.info(`Processing DECLINE call for ${offerIds.length} offers of ${nameOf(framework)}`);
  turn.count('messages_decline_offers');
  for (const id of offerIds) {
    const offer = turn.cluster.offers.get(id);
    if (offer === undefined || offer.frameworkId !== framework.id) {
      turn.warn(`Ignoring the decline of offer ${id} of ${nameOf(framework)}: it is no longer valid`);
    } else {
      const end = { type: 'DECLINED', refuseSeconds: refuseSeconds(filters ?? {}) } as const;
      discardOffer(turn, offer, end, filters ?? {});
      countOffers(framework, 'declined', 1);
    }
  }
}
