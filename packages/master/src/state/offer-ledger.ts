import type { Resources } from '@mesos-ts/protocol';

/** What became of an offer. */
export type OfferEnd =
  | { readonly type: 'ACCEPTED' }
  /** The framework wants nothing of the like for so many seconds. */
  | { readonly type: 'DECLINED'; readonly refuseSeconds: number }
  /** The master took it back, and the framework was told. */
  | { readonly type: 'RESCINDED'; readonly reason: string }
  /** It ended with the scheduler, or with the framework itself. */
  | { readonly type: 'WITHDRAWN'; readonly reason: string };

/** An offer that was made, and what became of it. */
export interface LedgerEntry {
  readonly offerId: string;
  readonly agentId: string;
  readonly role: string;
  readonly resources: Resources;
  /** Milliseconds since the Unix epoch. */
  readonly offeredMs: number;
  /** Nothing while the framework has not answered. */
  end: OfferEnd | undefined;
  endedMs: number | undefined;
}

/** How many offers of a framework ended in which way; `OFFERED` counts all that were made. */
export type LedgerCounts = Readonly<Record<OfferEnd['type'] | 'OFFERED', number>>;

/** The newest offers to a framework, for the answer to why its tasks do not start. */
export class OfferLedger {
  /** How many offers are remembered; the oldest are forgotten first. */
  static readonly max = 100;
  readonly #entries = new Map<string, LedgerEntry>();
  readonly #counts = { OFFERED: 0, ACCEPTED: 0, DECLINED: 0, RESCINDED: 0, WITHDRAWN: 0 };

  get counts(): LedgerCounts {
    return this.#counts;
  }

  /** The remembered offers, the oldest first. */
  entries(): IterableIterator<LedgerEntry> {
    return this.#entries.values();
  }

  offered(offer: Omit<LedgerEntry, 'end' | 'endedMs'>): void {
    this.#counts.OFFERED++;
    this.#entries.set(offer.offerId, { ...offer, end: undefined, endedMs: undefined });
    if (this.#entries.size <= OfferLedger.max) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  ended(offerId: string, end: OfferEnd, nowMs: number): void {
    this.#counts[end.type]++;
    const entry = this.#entries.get(offerId);
    if (entry === undefined) return;
    entry.end = end;
    entry.endedMs = nowMs;
  }
}
