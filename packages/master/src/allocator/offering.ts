import type { AllocatedOffer, Allocation } from './events.ts';

/** What one run gives out, with what a framework gets of an agent for one role in one offer. */
export class Offering {
  /** By framework, and there by role and agent. */
  readonly #offers = new Map<string, Map<string, AllocatedOffer>>();

  add(frameworkId: string, offer: AllocatedOffer): void {
    let offers = this.#offers.get(frameworkId);
    if (offers === undefined) this.#offers.set(frameworkId, (offers = new Map<string, AllocatedOffer>()));
    // No role has a space in it.
    const key = `${offer.role} ${offer.agentId}`;
    const before = offers.get(key);
    offers.set(key, before === undefined ? offer : { ...offer, resources: before.resources.add(offer.resources) });
  }

  allocations(): Allocation[] {
    return [...this.#offers].map(([frameworkId, offers]) => ({ frameworkId, offers: [...offers.values()] }));
  }
}

/** Puts things in a random order. */
export function shuffle(items: unknown[], random: () => number): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [left, right] = [items[last], items[other]];
    if (left !== undefined && right !== undefined) [items[last], items[other]] = [right, left];
  }
}
