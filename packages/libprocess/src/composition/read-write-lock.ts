import { HeldLock } from './lock.ts';
import { Waiters, waitersMaxDefault } from './waiters.ts';
import type { Lock } from './lock.ts';
import type { SemaphoreOptions } from './semaphore.ts';
import type { WaitOptions } from './waiters.ts';

/**
 * What either one writer or any number of readers may hold, in the order in which they asked: a reader that comes after a waiting writer
 * waits behind it, so that no writer starves; readers that are next to each other in the row get it together.
 */
export class ReadWriteLock {
  readonly #waiters: Waiters<'read' | 'write', Lock>;
  #readers = 0;
  #isWriting = false;

  constructor({ waitersMax = waitersMaxDefault }: SemaphoreOptions = {}) {
    this.#waiters = new Waiters(waitersMax, () => {
      this.#serve();
    });
  }

  /** Who holds it now. */
  get holders(): { readonly readers: number; readonly writers: number } {
    return { readers: this.#readers, writers: this.#isWriting ? 1 : 0 };
  }

  /** How many callers wait. */
  get waiting(): number {
    return this.#waiters.length;
  }

  /** Resolves when the caller holds it together with other readers, and has to release it. */
  read({ signal }: WaitOptions = {}): Promise<Lock> {
    return this.#ask('read', signal);
  }

  /** Resolves when the caller holds it alone, and has to release it. */
  write({ signal }: WaitOptions = {}): Promise<Lock> {
    return this.#ask('write', signal);
  }

  #ask(wanted: 'read' | 'write', signal: AbortSignal | undefined): Promise<Lock> {
    if (signal?.aborted === true || this.#waiters.length > 0 || !this.#isFree(wanted)) {
      return this.#waiters.wait(wanted, signal);
    }
    return Promise.resolve(this.#hold(wanted));
  }

  #serve(): void {
    while (this.#waiters.length > 0 && this.#isFree(this.#waiters.firstWanted)) {
      this.#waiters.answerFirst(this.#hold(this.#waiters.firstWanted));
    }
  }

  #isFree(wanted: 'read' | 'write'): boolean {
    return !this.#isWriting && (wanted === 'read' || this.#readers === 0);
  }

  #hold(wanted: 'read' | 'write'): Lock {
    if (wanted === 'read') this.#readers++;
    else this.#isWriting = true;
    return new HeldLock(() => {
      if (wanted === 'read') this.#readers--;
      else this.#isWriting = false;
      this.#serve();
    });
  }
}
