// What quotas mean for offers that were made before they were set.
import { isStrictSubroleOf, ResourceQuantities, type Resources } from '@mesos-ts/protocol';
import { isWithin, type Quota } from '../quota.ts';
import { usedOf } from '../state/agent.ts';
import { frameworkUsed } from '../state/framework.ts';
import { rescindOffer } from './offers.ts';
import type { AgentRecord } from '../state/agent.ts';
import type { Cluster, OfferRecord } from '../state/cluster.ts';
import type { Turn } from './turn.ts';

/** What counts towards a role's quota: what it and those below it use, and what is reserved for them and not used. */
export function consumedQuota({ agents, frameworks }: Cluster, role: string): ResourceQuantities {
  let consumed = ResourceQuantities.empty;
  for (const framework of frameworks.values()) {
    consumed = consumed.add(amountFor(role, frameworkUsed(framework).allocations()));
  }
  for (const agent of agents.values()) {
    const reserved = amountFor(role, agent.totalResources.reservations());
    if (!reserved.isEmpty()) consumed = consumed.add(reserved.subtract(amountFor(role, usedOf(agent).reservations())));
  }
  return consumed;
}

function amountFor(role: string, byRole: ReadonlyMap<string, Resources>): ResourceQuantities {
  let amount = ResourceQuantities.empty;
  for (const [name, { quantities }] of byRole) if (covers(role, name)) amount = amount.add(quantities);
  return amount;
}

function covers(role: string, name: string): boolean {
  return name === role || isStrictSubroleOf(name, role);
}

/**
 * Takes back offers of a role that would bring it beyond its limit, and of others as many as it may take for the role to get what it is
 * guaranteed: as in Mesos, as if nothing else were free.
 */
export function keepQuota(turn: Turn, role: string, { guarantees, limits }: Quota): void {
  const { cluster } = turn;
  const own: OfferRecord[] = [];
  let held = consumedQuota(cluster, role);
  for (const offer of cluster.offers.values()) {
    if (!covers(role, offer.role)) continue;
    own.push(offer);
    held = held.add(offer.resources.quantities);
  }
  for (const offer of own) {
    if (isWithin(held, limits)) break;
    held = held.subtract(offer.resources.quantities);
    rescindOffer(turn, offer, `The quota of role '${role}' was set, and limits it`);
  }
  for (const offer of cluster.offers.values()) {
    if (held.contains(guarantees)) return;
    if (covers(role, offer.role)) continue;
    held = held.add(offer.resources.quantities);
    rescindOffer(turn, offer, `The quota of role '${role}' was set, and guarantees it more than it has`);
  }
}

/**
 * Takes back all offers of one agent after the other, until the role can get what it is guaranteed, and each framework in it an agent:
 * what the calls of old do.
 */
export function freeForGuarantee(turn: Turn, role: string, { guarantees }: Quota): void {
  const { agents, frameworks, offers } = turn.cluster;
  const waiting = [...frameworks.values()].filter(({ active, roles }) => active && roles.has(role)).length;
  let visited = 0;
  let rescinded = ResourceQuantities.empty;
  for (const agent of agents.values()) {
    if (visited >= waiting && rescinded.contains(guarantees)) return;
    if (!agent.active) continue;
    const made = offersOf(agent, offers);
    for (const offer of made) {
      rescinded = rescinded.add(offer.resources.quantities);
      rescindOffer(turn, offer, `The quota of role '${role}' was set, and guarantees it more than it has`);
    }
    if (made.length > 0) visited++;
  }
}

function offersOf(agent: AgentRecord, offers: ReadonlyMap<string, OfferRecord>): OfferRecord[] {
  return [...agent.offers].map((id) => offers.get(id)).filter((offer) => offer !== undefined);
}
