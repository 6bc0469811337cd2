import { ProcessError } from '../errors.ts';
import { Waiters, waitersMaxDefault } from './waiters.ts';
import type { Clock, Timer } from '../time/clock.ts';
import type { SemaphoreOptions } from './semaphore.ts';
import type { WaitOptions } from './waiters.ts';

/** Options of `RateLimiter`. */
export interface RateLimiterOptions extends SemaphoreOptions {
  /** How many permits are given in `perMs`. */
  readonly permits: number;
  /** The time in which `permits` are given, in milliseconds. @default 1000 */
  readonly perMs?: number;
  /**
   * How many may be had at once after a pause: in any time span there are at most so many more than its share. With 1 there is always
   * `perMs / permits` between two, as with libprocess. A rate of more than some hundred a second needs more than 1, because the machine's
   * timers are no finer than a millisecond. @default 1
   */
  readonly burst?: number;
}

/** Gives permits at a bounded rate, evenly, in the order in which they were asked for. */
export class RateLimiter implements Disposable {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #burstMs: number;
  readonly #waiters: Waiters<undefined, void>;
  /** When all permits that were given would have been given one by one (the generic cell rate algorithm). */
  #spentMs = -Infinity;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(clock: Clock, options: RateLimiterOptions) {
    const { permits, perMs = 1_000, burst = 1, waitersMax = waitersMaxDefault } = options;
    if (!(permits > 0) || !(perMs > 0) || !(burst >= 1)) {
      const text = `A rate limiter gives a positive number of permits: not ${permits} in ${perMs} ms, ${burst} at once`;
      throw new ProcessError('INVARIANT', text);
    }
    this.#clock = clock;
    this.#intervalMs = perMs / permits;
    this.#burstMs = (burst - 1) * this.#intervalMs;
    this.#waiters = new Waiters(waitersMax, () => {
      if (this.#waiters.length === 0) this.#disarm();
    });
  }

  /** How many callers wait. */
  get waiting(): number {
    return this.#waiters.length;
  }

  /** Resolves when the caller may go on. Rejects with `CLOSED` when the limiter is closed first. */
  acquire({ signal }: WaitOptions = {}): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#isClosed) return Promise.reject(closedError());
    if (this.#waiters.length === 0 && this.#waitMs() <= 0) {
      this.#spend();
      return Promise.resolve();
    }
    const permit = this.#waiters.wait(undefined, signal);
    if (this.#timer === undefined && this.#waiters.length > 0) this.#arm();
    return permit;
  }

  /** Refuses those who wait, and whoever comes. */
  close(): void {
    this.#isClosed = true;
    this.#waiters.rejectAll(closedError());
    this.#disarm();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #waitMs(): number {
    return this.#spentMs - this.#burstMs - this.#clock.monotonic();
  }

  #spend(): void {
    this.#spentMs = Math.max(this.#spentMs, this.#clock.monotonic()) + this.#intervalMs;
  }

  #arm(): void {
    const serve = (): void => {
      this.#timer = undefined;
      // The first one's time has come, whatever rounding makes of it.
      do {
        this.#spend();
        this.#waiters.answerFirst();
      } while (this.#waiters.length > 0 && this.#waitMs() <= 0);
      if (this.#waiters.length > 0) this.#arm();
    };
    this.#timer = this.#clock.timer(this.#waitMs(), serve, { keepsAlive: true });
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer);
    this.#timer = undefined;
  }
}

function closedError(): ProcessError {
  return new ProcessError('CLOSED', 'The rate limiter has been closed');
}
