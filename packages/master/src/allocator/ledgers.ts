import { BoundedMap } from '../state/bounded-map.ts';
import { HeldBackBook, type HeldBackBounds, type HeldBackLedger } from './held-back.ts';

/** Of how many roles that nobody is in any more it is remembered what was held back from them. */
const formerRolesMax = 1000;

/** For how many roles with a quota it is written down when they are at their limits. */
const treesMax = 10_000;

/** The ledgers of an allocator: those in use, and those of frameworks and roles that have gone. All are bounded together. */
export class Ledgers {
  readonly #book: HeldBackBook;
  readonly #formerFrameworks: BoundedMap<string, ReadonlyMap<string, HeldBackLedger>>;
  readonly #formerRoles = new BoundedMap<string, HeldBackLedger>(formerRolesMax);
  readonly #trees = new BoundedMap<string, HeldBackLedger>(treesMax);
  /** What nobody could be offered. */
  readonly everybody: HeldBackLedger;

  constructor(completedFrameworksMax = 50, bounds: HeldBackBounds = {}) {
    this.#book = new HeldBackBook(bounds);
    this.#formerFrameworks = new BoundedMap(completedFrameworksMax);
    this.everybody = this.#book.ledger();
  }

  /** How many reasons were forgotten because the ledgers were full. */
  get forgotten(): number {
    return this.#book.forgotten;
  }

  /** The ledger of a framework that comes to a role. */
  framework(): HeldBackLedger {
    return this.#book.ledger();
  }

  /** The ledger of a role that comes: the one that it had before, if that is remembered. */
  role(name: string): HeldBackLedger {
    const former = this.#formerRoles.get(name);
    this.#formerRoles.delete(name);
    return former ?? this.#book.ledger();
  }

  /** Keeps the ledger of a role that nobody is in any more. */
  keepRole(name: string, ledger: HeldBackLedger): void {
    this.#formerRoles.set(name, ledger)?.clear();
  }

  /** The ledger of a role that nobody is in any more. */
  formerRole(name: string): HeldBackLedger | undefined {
    return this.#formerRoles.get(name);
  }

  /** The ledger of a role at the top and all roles below it, which share a quota. */
  tree(name: string): HeldBackLedger {
    let ledger = this.#trees.get(name);
    if (ledger === undefined) {
      ledger = this.#book.ledger();
      this.#trees.set(name, ledger)?.clear();
    }
    return ledger;
  }

  /** The same, if anything was ever written into it. */
  knownTree(name: string): HeldBackLedger | undefined {
    return this.#trees.get(name);
  }

  /** Keeps copies of the ledgers of a framework that goes. */
  keepFramework(id: string, ledgerIn: (role: string) => HeldBackLedger | undefined, roles: Iterable<string>): void {
    const kept = [...roles].map((role) => {
      const copy = this.#book.ledger();
      const ledger = ledgerIn(role);
      if (ledger !== undefined) copy.absorb(ledger);
      return [role, copy] as const;
    });
    for (const forgotten of this.#formerFrameworks.set(id, new Map(kept))?.values() ?? []) forgotten.clear();
  }

  /** The ledgers of a framework that has gone, by role. */
  formerFramework(id: string): ReadonlyMap<string, HeldBackLedger> {
    return this.#formerFrameworks.get(id) ?? new Map<string, HeldBackLedger>();
  }
}
