// Frameworks are asked to give back what they have of agents that will be away, and answer whether they can.
import { agentUrl } from './offers.ts';
import { nameOf } from './turn.ts';
import { timeInfo } from '../views/v1/time.ts';
import { equalMessages } from '../validation/equal.ts';
import type {
  Filters,
  InverseOffer,
  SchedulerCall_AcceptInverseOffers,
  SchedulerCall_DeclineInverseOffers,
} from '@mesos-ts/protocol';
import type { AwayAgent, InverseAllocation } from '../allocator/inverse-offers.ts';
import type { FrameworkRecord } from '../state/framework.ts';
import type { InverseOfferRecord } from '../state/inverse-offers.ts';
import type { Turn } from './turn.ts';

/** Asks frameworks for what the allocator wants back. Tells it whom it was not possible to ask. */
export function makeInverseOffers(turn: Turn, allocations: readonly InverseAllocation[]): void {
  for (const { agents, frameworkId } of allocations) {
    const framework = turn.cluster.frameworks.get(frameworkId);
    if (framework === undefined) continue;
    const made = agents.map((away) => makeInverseOffer(turn, framework, away)).filter((offer) => offer !== undefined);
    if (made.length === 0) continue;
    turn.info(`Sending ${made.length} inverse offers to ${nameOf(framework)}`);
    turn.event(framework, { type: 'INVERSE_OFFERS', inverse_offers: { inverse_offers: made } });
  }
}

function makeInverseOffer(turn: Turn, framework: FrameworkRecord, away: AwayAgent): InverseOffer | undefined {
  const { cluster, settings } = turn;
  const agent = cluster.agents.get(away.agentId);
  // Of a former stay of the agent, or of another plan for it: the allocator asks by itself for what is now.
  if (agent === undefined || agent.incarnation !== away.incarnation) return undefined;
  const { unavailability } = away;
  if (!equalMessages(cluster.machines.unavailabilityOf(agent.id), unavailability)) return undefined;
  if (cluster.inverseOffers.isAsked(framework.id, agent.id)) return undefined;
  if (framework.connection === undefined || !framework.active || !agent.active) {
    turn.allocator({ type: 'inverse-offer-answered', frameworkId: framework.id, agentId: agent.id });
    return undefined;
  }
  // Offers and inverse offers have ids of one kind: none is the id of both.
  const id = cluster.newOfferId();
  const offer: InverseOffer = {
    id: { value: id },
    url: agentUrl(agent),
    framework_id: { value: framework.id },
    agent_id: { value: agent.id },
    unavailability,
  };
  cluster.inverseOffers.add({ id, frameworkId: framework.id, agentId: agent.id, offer });
  framework.inverseOffers.add(id);
  if (settings.offerTimeoutMs !== undefined) {
    turn.startTimer(settings.offerTimeoutMs, { type: 'inverse-offer', offerId: id });
  }
  return offer;
}

/** ACCEPT_INVERSE_OFFERS and DECLINE_INVERSE_OFFERS: operators see it, and decide. */
export function answerInverseOffers(
  turn: Turn,
  framework: FrameworkRecord,
  status: 'ACCEPT' | 'DECLINE',
  { filters = {}, inverse_offer_ids = [] }: SchedulerCall_AcceptInverseOffers | SchedulerCall_DeclineInverseOffers,
): void {
  const { inverseOffers } = turn.cluster;
  turn.info(`Processing ${status}_INVERSE_OFFERS call for ${inverse_offer_ids.length} offers of ${nameOf(framework)}`);
  for (const { value } of inverse_offer_ids) {
    const record = inverseOffers.outstanding.get(value);
    if (record === undefined || record.frameworkId !== framework.id) {
      turn.warn(`Ignoring the answer of ${nameOf(framework)} to inverse offer ${value}: it is no longer valid`);
      continue;
    }
    const { agentId, frameworkId } = record;
    const framework_id = { value: frameworkId };
    inverseOffers.answered(agentId, { status, framework_id, timestamp: timeInfo(turn.nowMs) });
    end(turn, record, filters);
  }
}

/** Takes inverse offers back that a framework or an agent is part of, and tells their frameworks unless they are to know. */
export function withdrawInverseOffers(turn: Turn, ids: Iterable<string>, how: 'rescind' | 'discard'): void {
  for (const id of ids) {
    const record = turn.cluster.inverseOffers.outstanding.get(id);
    if (record === undefined) continue;
    const framework = turn.cluster.frameworks.get(record.frameworkId);
    if (how === 'rescind' && framework !== undefined) {
      turn.event(framework, {
        type: 'RESCIND_INVERSE_OFFER',
        rescind_inverse_offer: { inverse_offer_id: { value: id } },
      });
    }
    end(turn, record);
  }
}

/** The framework kept an inverse offer for too long: it is asked anew. */
export function inverseOfferTimedOut(turn: Turn, offerId: string): void {
  withdrawInverseOffers(turn, [offerId], 'rescind');
}

function end(turn: Turn, record: InverseOfferRecord, filters?: Filters): void {
  const { cluster, settings } = turn;
  const { agentId, frameworkId, id } = record;
  cluster.inverseOffers.remove(record);
  cluster.frameworks.get(frameworkId)?.inverseOffers.delete(id);
  turn.allocator({ type: 'inverse-offer-answered', frameworkId, agentId, filters });
  if (settings.offerTimeoutMs !== undefined) turn.stopTimer({ type: 'inverse-offer', offerId: id });
}
