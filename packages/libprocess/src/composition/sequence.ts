import { ProcessError } from '../errors.ts';
import { Waiters, waitersMaxDefault } from './waiters.ts';
import type { SemaphoreOptions } from './semaphore.ts';
import type { WaitOptions } from './waiters.ts';

/**
 * Work that is done one after the other, in the order in which it was added: each piece begins when the promise of the one before has
 * settled, however it has. What never settles holds up the rest.
 */
export class Sequence implements AsyncDisposable {
  readonly #waiters: Waiters<undefined, void>;
  /** Aborts the piece that is being done. */
  #current: AbortController | undefined;
  #closed: { readonly reason: unknown } | undefined;
  #whenIdle: (() => void)[] = [];

  constructor({ waitersMax = waitersMaxDefault }: SemaphoreOptions = {}) {
    this.#waiters = new Waiters(waitersMax);
  }

  /** How many pieces wait for their turn. */
  get waiting(): number {
    return this.#waiters.length;
  }

  /**
   * Adds a piece of work and answers with its result. Aborting the signal takes it out when it has not begun; when it has, the signal
   * that it was given aborts, and the next piece still waits for it. Rejects with `CLOSED` when the sequence was closed before it began.
   */
  async add<T>(work: (signal: AbortSignal) => T | PromiseLike<T>, { signal }: WaitOptions = {}): Promise<T> {
    this.#throwIfClosed();
    signal?.throwIfAborted();
    if (this.#current !== undefined) await this.#waiters.wait(undefined, signal);
    const controller = new AbortController();
    this.#current = controller;
    const abort = (): void => {
      controller.abort(signal?.reason);
    };
    try {
      // Since it was this piece's turn, somebody may have changed their mind.
      this.#throwIfClosed();
      signal?.throwIfAborted();
      signal?.addEventListener('abort', abort, { once: true });
      return await work(controller.signal);
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#next();
    }
  }

  /**
   * Refuses what has not begun, aborts what has, and resolves when that has settled.
   * @param reason What is refused is rejected with. @default an error with code `CLOSED`
   */
  async close(reason: unknown = new ProcessError('CLOSED', 'The sequence has been closed')): Promise<void> {
    this.#closed ??= { reason };
    this.#waiters.rejectAll(reason);
    if (this.#current === undefined) return;
    const idle = new Promise<void>((resolve) => {
      this.#whenIdle.push(resolve);
    });
    this.#current.abort(reason);
    await idle;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #throwIfClosed(): void {
    if (this.#closed !== undefined) throw this.#closed.reason;
  }

  #next(): void {
    if (this.#waiters.length > 0) {
      // Still taken: it is handed over.
      this.#waiters.answerFirst();
      return;
    }
    this.#current = undefined;
    const idle = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of idle) resolve();
  }
}
