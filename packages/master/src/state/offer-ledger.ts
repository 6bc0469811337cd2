import type { Resources } from '@mesos-ts/protocol';
import { BoundedMap } from './bounded-map.ts';

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
  readonly frameworkId: string;
  readonly agentId: string;
  readonly role: string;
  readonly resources: Resources;
  /** Milliseconds since the Unix epoch. */
  readonly offeredMs: number;
  /** Nothing while the framework has not answered. */
  end: OfferEnd | undefined;
  endedMs: number | undefined;
}

/** How many offers ended in which way; `OFFERED` counts all that were made. */
export type LedgerCounts = Readonly<Record<OfferEnd['type'] | 'OFFERED', number>>;

/** The newest offers to a framework, or in a role, for the answer to why tasks do not start. Written to by the `OfferBook`. */
export class OfferLedger {
  /** How many offers are remembered; the oldest are forgotten first. */
  static readonly max = 100;
  readonly #entries = new BoundedMap<string, LedgerEntry>(OfferLedger.max);
  readonly #counts = { OFFERED: 0, ACCEPTED: 0, DECLINED: 0, RESCINDED: 0, WITHDRAWN: 0 };

  get counts(): LedgerCounts {
    return this.#counts;
  }

  /** The remembered offers, the oldest first. */
  entries(): IterableIterator<LedgerEntry> {
    return this.#entries.values();
  }

  has(offerId: string): boolean {
    return this.#entries.has(offerId);
  }

  /** Adds an offer. Answers the one that is forgotten for it, if one is. */
  offered(entry: LedgerEntry): LedgerEntry | undefined {
    this.#counts.OFFERED++;
    return this.#entries.set(entry.offerId, entry);
  }

  /** Counts how an offer ended. */
  ended(end: OfferEnd): void {
    this.#counts[end.type]++;
  }

  forget(offerId: string): void {
    this.#entries.delete(offerId);
  }
}

/** How much all ledgers of offers may hold together. */
export interface OfferBookBounds {
  /** How many offers. @default 20,000 */
  readonly offersMax?: number | undefined;
  /** Of how many roles; those are forgotten first in which nothing was offered for longest. @default 10,000 */
  readonly rolesMax?: number | undefined;
}

interface Booked {
  readonly entry: LedgerEntry;
  readonly ledgers: readonly OfferLedger[];
}

/** What was offered: of each framework and of each role the newest, and all in all no more than a bound; the oldest go first. */
export class OfferBook {
  readonly #offersMax: number;
  readonly #roles: BoundedMap<string, OfferLedger>;
  readonly #booked = new Map<string, Booked>();
  /** Goes on where it was: a new one would have to get past all that was forgotten before. */
  readonly #oldest = this.#booked.values();

  constructor({ offersMax = 20_000, rolesMax = 10_000 }: OfferBookBounds = {}) {
    this.#offersMax = offersMax;
    this.#roles = new BoundedMap(rolesMax);
  }

  /** How many offers are remembered. */
  get size(): number {
    return this.#booked.size;
  }

  /** What was offered in a role; nothing where nothing was, or that was forgotten. */
  role(name: string): OfferLedger | undefined {
    return this.#roles.get(name);
  }

  /** An offer was made. */
  offered(framework: OfferLedger, offer: Omit<LedgerEntry, 'end' | 'endedMs'>): void {
    const role = this.#roles.get(offer.role) ?? new OfferLedger();
    this.#roles.set(offer.role, role);
    const entry = { ...offer, end: undefined, endedMs: undefined };
    const ledgers = [framework, role];
    this.#booked.set(entry.offerId, { entry, ledgers });
    for (const ledger of ledgers) this.#forgetUnlessElsewhere(ledger.offered(entry));
    if (this.#booked.size > this.#offersMax) this.#forgetOldest();
  }

  /** An offer has ended. It is counted even if it was forgotten meanwhile. */
  ended(framework: OfferLedger, role: string, offerId: string, end: OfferEnd, nowMs: number): void {
    framework.ended(end);
    this.#roles.get(role)?.ended(end);
    const booked = this.#booked.get(offerId);
    if (booked === undefined) return;
    booked.entry.end = end;
    booked.entry.endedMs = nowMs;
  }

  #forgetOldest(): void {
    const { value } = this.#oldest.next() as { readonly value: Booked | undefined };
    if (value === undefined) return;
    const { entry, ledgers } = value;
    for (const ledger of ledgers) ledger.forget(entry.offerId);
    this.#booked.delete(entry.offerId);
  }

  #forgetUnlessElsewhere(entry: LedgerEntry | undefined): void {
    const booked = entry === undefined ? undefined : this.#booked.get(entry.offerId);
    if (booked?.ledgers.some((ledger) => ledger.has(booked.entry.offerId)) === false) {
      this.#booked.delete(booked.entry.offerId);
    }
  }
}
