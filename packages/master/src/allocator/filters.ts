import { defaultRefuseSeconds, refuseSecondsMax } from '../constants.ts';
import type { Filters, Resources } from '@mesos-ts/protocol';

interface Refusal {
  readonly resources: Resources;
  readonly untilMs: number;
  /** What was looked at last, and whether it was refused: while nothing changes, agents have the same resources each time. */
  seen: Resources | undefined;
  seenRefused: boolean;
}

/** For how many seconds filters refuse. Negative and absent values mean Mesos's default of 5 s. */
export function refuseSeconds(filters: Filters): number {
  const seconds = filters.refuse_seconds ?? defaultRefuseSeconds;
  // Not a number counts as negative does.
  return seconds >= 0 ? Math.min(seconds, refuseSecondsMax) : defaultRefuseSeconds;
}

/** How long a refusal lasts, in milliseconds; 0 for one that does not. */
export function refusalMs(filters: Filters, allocationIntervalMs: number): number {
  const lasting = refuseSeconds(filters);
  // A refusal shorter than an interval would be over before it could keep anything from being offered again.
  return lasting === 0 ? 0 : Math.max(lasting * 1000, allocationIntervalMs);
}

/** What one framework does not want to see again for a while, by role and agent. */
export class OfferFilters {
  readonly #byRole = new Map<string, Map<string, Refusal[]>>();

  /** How many refusals are kept for a role. */
  size(role: string): number {
    let size = 0;
    for (const refusals of this.#byRole.get(role)?.values() ?? []) size += refusals.length;
    return size;
  }

  /** Remembers a refusal. Refusals that it implies are forgotten, so that repeating oneself takes no memory. */
  refuse(role: string, agentId: string, resources: Resources, untilMs: number): void {
    let agents = this.#byRole.get(role);
    if (agents === undefined) this.#byRole.set(role, (agents = new Map<string, Refusal[]>()));
    const kept = (agents.get(agentId) ?? []).filter(
      (refusal) => refusal.untilMs > untilMs || !resources.contains(refusal.resources),
    );
    agents.set(agentId, [...kept, { resources, untilMs, seen: undefined, seenRefused: false }]);
  }

  /**
   * Until when an offer has nothing that was not refused; undefined for one that has. Refusals that are over are forgotten on the
   * way.
   */
  refusedUntilMs(role: string, agentId: string, resources: Resources, nowMs: number): number | undefined {
    const agents = this.#byRole.get(role);
    const refusals = agents?.get(agentId);
    if (agents === undefined || refusals === undefined) return undefined;
    let over = 0;
    for (const refusal of refusals) {
      if (refusal.untilMs <= nowMs) over++;
      else if (refuses(refusal, resources)) return refusal.untilMs;
    }
    if (over === refusals.length) agents.delete(agentId);
    else if (over > 0) {
      agents.set(
        agentId,
        refusals.filter((refusal) => refusal.untilMs > nowMs),
      );
    }
    return undefined;
  }

  clear(): void {
    this.#byRole.clear();
  }

  clearRole(role: string): void {
    this.#byRole.delete(role);
  }

  clearAgent(agentId: string): void {
    for (const agents of this.#byRole.values()) agents.delete(agentId);
  }
}

function refuses(refusal: Refusal, resources: Resources): boolean {
  if (refusal.seen !== resources) {
    refusal.seen = resources;
    refusal.seenRefused = refusal.resources.contains(resources);
  }
  return refusal.seenRefused;
}
