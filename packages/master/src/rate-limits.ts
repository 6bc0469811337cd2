/** How often frameworks that are actors may send something, by principal (`--rate_limits`; Mesos's `docs/framework-rate-limiting.md`). */
import { RateLimiter, type Clock } from '@mesos-ts/libprocess';
import { fromJson, type Parsed, type RateLimits } from '@mesos-ts/protocol';

/** Messages that may wait where no capacity is given. Mesos has no bound there. */
const waitingMax = 100_000;
/** Beyond so many messages a second some go together: timers are no finer than a millisecond. */
const singlyMax = 100;

/** Reads `--rate_limits`, or says what is wrong with it. */
export function parseRateLimits(json: Readonly<Record<string, unknown>>): Parsed<RateLimits> {
  const unknown = Object.keys(json).find((name) => !names.has(name));
  if (unknown !== undefined) return { error: `'${unknown}' is not known: Expecting ${[...names].join(', ')}` };
  try {
    const value = fromJson('mesos.v1.RateLimits', json);
    const error = problemOf(value);
    return error === undefined ? { value } : { error };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

const names: ReadonlySet<string> = new Set(['limits', 'aggregate_default_qps', 'aggregate_default_capacity']);

function problemOf({ aggregate_default_qps: aggregate, limits = [] }: RateLimits): string | undefined {
  const principals = new Set<string>();
  for (const { principal, qps } of limits) {
    if (principals.has(principal)) return `Duplicate principal ${principal} found in RateLimits configuration`;
    principals.add(principal);
    if (qps !== undefined && !(qps > 0)) return `Invalid qps: ${qps}. It must be a positive number`;
  }
  return aggregate !== undefined && !(aggregate > 0)
    ? `Invalid aggregate_default_qps: ${aggregate}. It must be a positive number`
    : undefined;
}

/** One limit, and how much waits for it. */
class Limit {
  readonly capacity: number;
  readonly #limiter: RateLimiter;
  #waiting = 0;

  constructor(clock: Clock, qps: number, capacity: number | undefined) {
    this.capacity = capacity ?? waitingMax;
    this.#limiter = new RateLimiter(clock, {
      permits: qps,
      burst: Math.max(1, qps / singlyMax),
      // Ends of connections wait, too, and count for no capacity.
      waitersMax: this.capacity + waitingMax,
    });
  }

  /** Whether no more may wait. */
  get isFull(): boolean {
    return this.#waiting >= this.capacity;
  }

  /** Resolves when it is one's turn; false when the limit is closed first. */
  async wait(): Promise<boolean> {
    this.#waiting++;
    try {
      await this.#limiter.acquire();
      return true;
    } catch {
      return false;
    } finally {
      this.#waiting--;
    }
  }

  close(): void {
    this.#limiter.close();
  }
}

/** What becomes of a message: handled at once, later, or not at all. */
export type RateVerdict = 'now' | 'later' | { readonly capacity: number };

/** Holds messages of frameworks back that come too fast, in their order, and refuses those that are too many to wait. */
export class FrameworkRateLimits {
  readonly #limits = new Map<string, Limit | undefined>();
  readonly #default: Limit | undefined;

  readonly #turn: (work: () => void) => void;

  /** @param turn Has work done in the master's turn. */
  constructor(clock: Clock, config: RateLimits, turn: (work: () => void) => void) {
    this.#turn = turn;
    for (const { capacity, principal, qps } of config.limits ?? []) {
      this.#limits.set(principal, qps === undefined ? undefined : new Limit(clock, qps, capacity));
    }
    const { aggregate_default_capacity: capacity, aggregate_default_qps: qps } = config;
    this.#default = qps === undefined ? undefined : new Limit(clock, qps, capacity);
  }

  /**
   * Judges a message of a framework.
   * @param principal The framework's; all that have no limit of their own, and those without a principal, share one.
   * @param work Handles it; done when the verdict is `later` and its time has come.
   */
  admit(principal: string | undefined, work: () => void): RateVerdict {
    const limit = this.#limitOf(principal);
    if (limit === undefined) return 'now';
    if (limit.isFull) return { capacity: limit.capacity };
    this.#later(limit, work);
    return 'later';
  }

  /** As `admit`, for what must neither be lost nor come before what waits: the end of a connection. */
  admitEnd(principal: string | undefined, work: () => void): 'now' | 'later' {
    const limit = this.#limitOf(principal);
    if (limit === undefined) return 'now';
    this.#later(limit, work);
    return 'later';
  }

  /** Drops what waits. */
  close(): void {
    for (const limit of this.#limits.values()) limit?.close();
    this.#default?.close();
  }

  #later(limit: Limit, work: () => void): void {
    void limit.wait().then((isTurn) => {
      if (isTurn) this.#turn(work);
    });
  }

  #limitOf(principal: string | undefined): Limit | undefined {
    if (principal !== undefined && this.#limits.has(principal)) return this.#limits.get(principal);
    return this.#default;
  }
}
