import { ProcessError } from '../errors.ts';
import { HeldLock } from './lock.ts';
import { Waiters, waitersMaxDefault } from './waiters.ts';
import type { Lock } from './lock.ts';
import type { WaitOptions } from './waiters.ts';

/** Options of `Semaphore`, and of what is made of it. */
export interface SemaphoreOptions {
  /** How many callers may wait; others are refused with `OVERLOADED`. @default 100,000 */
  readonly waitersMax?: number;
}

/** Options of `Semaphore.acquire`. */
export interface AcquireOptions extends WaitOptions {
  /** How many permits, which are given all at once. @default 1 */
  readonly permits?: number;
}

/**
 * So many permits, for bounding how much is under way at once. They are given in the order in which they were asked for: who wants
 * many is not overtaken by those who want few.
 */
export class Semaphore {
  /** How many permits there are. */
  readonly permits: number;
  readonly #waiters: Waiters<number, Lock>;
  #available: number;

  constructor(permits: number, { waitersMax = waitersMaxDefault }: SemaphoreOptions = {}) {
    if (!Number.isSafeInteger(permits) || permits < 1) {
      throw new ProcessError('INVARIANT', `A semaphore has a positive number of permits, not ${permits}`);
    }
    this.permits = permits;
    this.#available = permits;
    this.#waiters = new Waiters(waitersMax, () => {
      this.#serve();
    });
  }

  /** How many permits nobody holds. */
  get available(): number {
    return this.#available;
  }

  /** How many callers wait. */
  get waiting(): number {
    return this.#waiters.length;
  }

  /** Resolves when the caller holds the permits, which are to be released. */
  acquire({ permits = 1, signal }: AcquireOptions = {}): Promise<Lock> {
    if (!Number.isSafeInteger(permits) || permits < 1 || permits > this.permits) {
      const text = `${permits} permits cannot be had of a semaphore that has ${this.permits}`;
      return Promise.reject(new ProcessError('INVARIANT', text));
    }
    const lock = signal?.aborted === true ? undefined : this.tryAcquire(permits);
    return lock === undefined ? this.#waiters.wait(permits, signal) : Promise.resolve(lock);
  }

  /** The permits if they can be had at once without overtaking anybody. */
  tryAcquire(permits = 1): Lock | undefined {
    return this.#waiters.length === 0 && permits <= this.#available ? this.#take(permits) : undefined;
  }

  /** Does some work while holding a permit. */
  async run<T>(work: () => T | PromiseLike<T>, options: AcquireOptions = {}): Promise<T> {
    using _lock = await this.acquire(options);
    return await work();
  }

  #serve(): void {
    while (this.#waiters.length > 0 && this.#waiters.firstWanted <= this.#available) {
      this.#waiters.answerFirst(this.#take(this.#waiters.firstWanted));
    }
  }

  #take(permits: number): Lock {
    this.#available -= permits;
    return new HeldLock(() => {
      this.#available += permits;
      this.#serve();
    });
  }
}
