import { ProcessError } from '../errors.ts';
import type { Random } from '../random/random.ts';

/** Options of `Backoff`. */
export interface BackoffOptions {
  /** The first delay, in milliseconds. @default 100 */
  readonly minMs?: number;
  /** The longest delay, in milliseconds. @default 30,000 */
  readonly maxMs?: number;
  /** How many times as long each delay is as the one before. @default 2 */
  readonly factor?: number;
  /**
   * Which part of each delay is left to chance, from 0 to 1, so that many who failed together do not all come back together: with 1 a
   * delay is anything between nothing and its full length. @default 0.5
   */
  readonly jitter?: number;
}

/** Delays that grow with each failure. */
export class Backoff {
  readonly #random: Pick<Random, 'next'>;
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #factor: number;
  readonly #jitter: number;
  #fullMs: number;

  constructor(random: Pick<Random, 'next'>, options: BackoffOptions = {}) {
    const { minMs = 100, maxMs = 30_000, factor = 2, jitter = 0.5 } = options;
    if (!(minMs >= 0 && maxMs >= minMs && factor >= 1 && jitter >= 0 && jitter <= 1)) {
      const text = `from ${minMs} to ${maxMs} ms by a factor of ${factor}, ${jitter} of it left to chance`;
      throw new ProcessError('INVARIANT', `Delays cannot grow ${text}`);
    }
    this.#random = random;
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#factor = factor;
    this.#jitter = jitter;
    this.#fullMs = minMs;
  }

  /** The next delay, in milliseconds. */
  next(): number {
    const fullMs = this.#fullMs;
    this.#fullMs = Math.min(this.#maxMs, fullMs * this.#factor);
    return fullMs * (1 - this.#jitter * this.#random.next());
  }

  /** Begins again with the first delay: what failed has gone well for a while. */
  reset(): void {
    this.#fullMs = this.#minMs;
  }
}
