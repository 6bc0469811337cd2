import { Semaphore } from './semaphore.ts';
import type { Lock } from './lock.ts';
import type { SemaphoreOptions } from './semaphore.ts';
import type { WaitOptions } from './waiters.ts';

/**
 * What only one at a time may hold, in the order in which they asked. An actor's synchronous handlers need none: they never run at the
 * same time. It is for what goes on over an `await`, in one actor or in several of a runtime.
 */
export class Mutex {
  readonly #semaphore: Semaphore;

  constructor(options: SemaphoreOptions = {}) {
    this.#semaphore = new Semaphore(1, options);
  }

  get locked(): boolean {
    return this.#semaphore.available === 0;
  }

  /** How many callers wait. */
  get waiting(): number {
    return this.#semaphore.waiting;
  }

  /** Resolves when the caller holds it, and has to release it. Not re-entrant: a holder that asks again waits for itself. */
  lock({ signal }: WaitOptions = {}): Promise<Lock> {
    return this.#semaphore.acquire(signal === undefined ? {} : { signal });
  }

  /** Does some work while holding it. */
  async run<T>(work: () => T | PromiseLike<T>, options: WaitOptions = {}): Promise<T> {
    using _lock = await this.lock(options);
    return await work();
  }
}
