/** The allocator's ledgers: what was held back from frameworks and roles, why, and when. */
import type { ResourceQuantities, Resources } from '@mesos-ts/protocol';
import type { Hindrance } from './hindrance.ts';

/** Why something was held back: what stands in the way on agents, and what the framework itself wants. */
export type HeldBackReason =
  | Hindrance['type']
  /** The framework wants no offers in the role. */
  | 'SUPPRESSED'
  /** The framework's scheduler is not there. */
  | 'FRAMEWORK_INACTIVE'
  /** Nothing is offered yet: a new master awaits agents. */
  | 'AGENTS_AWAITED';

/** An agent that was looked at. Times are monotonic, in milliseconds. */
export interface HeldBackAgent {
  readonly agentId: string;
  readonly lastMs: number;
}

/** What was held back for one reason. Times are monotonic, in milliseconds. */
export interface HeldBack {
  readonly reason: HeldBackReason;
  /** How many times: once for each agent that was looked at. */
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Some of the last agents, the newest first, each once. */
  readonly agents: readonly HeldBackAgent[];
  /** What was held back the last time; nothing where it has to do with no resources. */
  readonly resources: Resources | undefined;
  /** Of BELOW_MINIMUM: an offer would have had to hold all of one of these. */
  readonly minima: readonly ResourceQuantities[];
  /** Whether it was so when the allocator looked last. What nothing has changed about is not looked at again, and still so. */
  readonly still: boolean;
}

/** Decides whether something is still held back. */
export type StillHeldBack = (held: Omit<HeldBack, 'still'>) => boolean;

/** How many of the last agents are remembered for each reason. */
const agentsMax = 4;

/** How many are looked at for the one to be forgotten. */
const lookedMax = 8;

const noMinima: readonly ResourceQuantities[] = [];

/** One reason in one ledger. It changes in place, since it is written to for each agent that is looked at. */
class Entry {
  readonly ledger: HeldBackLedger;
  readonly reason: HeldBackReason;
  /** Where the book has it. */
  slot = 0;
  count = 0;
  firstMs: number;
  lastMs: number;
  resources: Resources | undefined;
  minima = noMinima;
  /** A ring, with the time of each. */
  agentIds: string[] = [];
  agentMs: number[] = [];
  newest = -1;
  /** How many agents more are remembered of this moment: when many are looked at at once, a few stand for them all. */
  left = agentsMax;

  constructor(ledger: HeldBackLedger, reason: HeldBackReason, nowMs: number) {
    this.ledger = ledger;
    this.reason = reason;
    this.firstMs = nowMs;
    this.lastMs = nowMs;
  }

  told(isStill: StillHeldBack): HeldBack {
    const { agentIds, agentMs, count, firstMs, lastMs, minima, reason, resources } = this;
    const agents = agentIds.map((agentId, index) => ({ agentId, lastMs: agentMs[index] ?? lastMs }));
    const held = { reason, count, firstMs, lastMs, agents: newestAgents(agents), resources, minima };
    return { ...held, still: isStill(held) };
  }

  write({ agents, count, firstMs, lastMs, minima, resources }: HeldBack): void {
    this.count = count;
    this.firstMs = firstMs;
    this.lastMs = lastMs;
    this.resources = resources;
    this.minima = minima;
    const oldestFirst = agents.toReversed();
    this.agentIds = oldestFirst.map(({ agentId }) => agentId);
    this.agentMs = oldestFirst.map((agent) => agent.lastMs);
    this.newest = oldestFirst.length - 1;
  }
}

function newestAgents(agents: readonly HeldBackAgent[]): HeldBackAgent[] {
  const newest = agents.toSorted((left, right) => right.lastMs - left.lastMs);
  const seen = new Set<string>();
  return newest.filter(({ agentId }) => !seen.has(agentId) && seen.size < agentsMax && seen.add(agentId));
}

/** What several ledgers tell, as one: reason by reason, the newest first. */
export function heldBackOf(...ledgers: readonly (readonly HeldBack[])[]): HeldBack[] {
  const byReason = new Map<HeldBackReason, HeldBack>();
  for (const held of ledgers.flat()) {
    const other = byReason.get(held.reason);
    byReason.set(held.reason, other === undefined ? held : united(other, held));
  }
  return [...byReason.values()].toSorted((left, right) => right.lastMs - left.lastMs);
}

function united(left: HeldBack, right: HeldBack): HeldBack {
  const newer = right.lastMs > left.lastMs ? right : left;
  return {
    ...newer,
    count: left.count + right.count,
    firstMs: Math.min(left.firstMs, right.firstMs),
    agents: newestAgents([...left.agents, ...right.agents]),
    still: left.still || right.still,
  };
}

/** How much all ledgers of an allocator may hold together. */
export interface HeldBackBounds {
  /** How many reasons, counted in each ledger that has them. A reason takes less than 1 KB. @default 50,000 */
  readonly entriesMax?: number | undefined;
}

/** All ledgers of an allocator. They share one bound; beyond it, what was written to longest ago is forgotten. */
export class HeldBackBook {
  readonly #entriesMax: number;
  readonly #entries: Entry[] = [];
  /** Where to look next for one that can be forgotten. */
  #hand = 0;
  #forgotten = 0;

  constructor({ entriesMax = 50_000 }: HeldBackBounds = {}) {
    this.#entriesMax = entriesMax;
  }

  /** How many reasons are remembered, in all ledgers. */
  get size(): number {
    return this.#entries.length;
  }

  /** How many were forgotten for others. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** A new ledger, in which nothing is written yet. */
  ledger(): HeldBackLedger {
    return new HeldBackLedger({
      added: (entry) => {
        if (this.#entries.length >= this.#entriesMax) this.#forgetOne();
        entry.slot = this.#entries.length;
        this.#entries.push(entry);
      },
      removed: (entry) => {
        const last = this.#entries.pop();
        if (last === undefined || last === entry) return;
        this.#entries[entry.slot] = last;
        last.slot = entry.slot;
      },
    });
  }

  /** Forgets the one of a few that was written to longest ago; the next time others are looked at. */
  #forgetOne(): void {
    let oldest: Entry | undefined;
    for (let looked = 0; looked < lookedMax; looked++) {
      const entry = this.#entries[this.#hand++ % this.#entries.length];
      if (oldest === undefined || (entry !== undefined && entry.lastMs < oldest.lastMs)) oldest = entry;
    }
    oldest?.ledger.forget(oldest);
    this.#forgotten++;
  }
}

interface Keeper {
  added(entry: Entry): void;
  removed(entry: Entry): void;
}

/** What was held back from one role, or from one framework in one role. */
export class HeldBackLedger {
  readonly #keeper: Keeper;
  /** A few: looking through them takes less than a map would. */
  readonly #entries: Entry[] = [];

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  /**
   * Notes that something was held back. Called for each agent that is looked at, so that it has to be cheap.
   * @param agentId Nothing where it has to do with no agent.
   * @param resources What was held back.
   * @param nowMs Monotonic time in milliseconds.
   * @param minima What an offer would have had to hold.
   * @param times How many agents it was, where they are counted together.
   */
  note(
    reason: HeldBackReason,
    agentId: string | undefined,
    resources: Resources | undefined,
    nowMs: number,
    minima = noMinima,
    times = 1,
  ): void {
    const entry = this.#entryOf(reason, nowMs);
    entry.count += times;
    if (entry.lastMs !== nowMs) entry.left = agentsMax;
    else if (entry.left === 0) return;
    entry.left--;
    entry.lastMs = nowMs;
    entry.resources = resources;
    entry.minima = minima;
    if (agentId === undefined) return;
    if (entry.agentIds[entry.newest] !== agentId) {
      entry.newest = (entry.newest + 1) % agentsMax;
      entry.agentIds[entry.newest] = agentId;
    }
    entry.agentMs[entry.newest] = nowMs;
  }

  /** What was held back, the newest first. */
  told(isStill: StillHeldBack = () => false): HeldBack[] {
    return heldBackOf(this.#entries.map((entry) => entry.told(isStill)));
  }

  /** Takes over what another ledger tells. */
  absorb(other: HeldBackLedger): void {
    for (const held of other.told()) {
      const entry = this.#entryOf(held.reason, held.firstMs);
      entry.write(
        entry.count === 0
          ? held
          : united(
              entry.told(() => false),
              held,
            ),
      );
    }
  }

  /** Forgets one reason. */
  forget(entry: Entry): void {
    const index = this.#entries.indexOf(entry);
    if (index < 0) return;
    this.#entries.splice(index, 1);
    this.#keeper.removed(entry);
  }

  /** Forgets everything. */
  clear(): void {
    for (const entry of this.#entries.splice(0)) this.#keeper.removed(entry);
  }

  #entryOf(reason: HeldBackReason, nowMs: number): Entry {
    for (const entry of this.#entries) if (entry.reason === reason) return entry;
    const entry = new Entry(this, reason, nowMs);
    this.#entries.push(entry);
    this.#keeper.added(entry);
    return entry;
  }
}
