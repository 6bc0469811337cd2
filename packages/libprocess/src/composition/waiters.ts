import { ProcessError } from '../errors.ts';

/** Options of whatever makes its caller wait. */
export interface WaitOptions {
  /** Aborting it gives up waiting: the promise rejects with the signal's reason, and those behind move up. */
  readonly signal?: AbortSignal;
}

/** How many callers may wait at one place when it is told no other bound. */
export const waitersMaxDefault = 100_000;

/** Somebody who waits. */
interface Waiter<W, R> {
  readonly wanted: W;
  readonly resolve: (result: R) => void;
  readonly reject: (reason: unknown) => void;
  /** Takes the listener off the signal. */
  release: (() => void) | undefined;
  previous: Waiter<W, R> | undefined;
  next: Waiter<W, R> | undefined;
}

/**
 * Callers that wait for something, first come first served. Each wants a `W` and is answered with an `R`. Whoever leaves the row, from
 * wherever in it, does so in constant time.
 */
export class Waiters<W, R> {
  readonly #waitersMax: number;
  readonly #moveUp: () => void;
  #first: Waiter<W, R> | undefined;
  #last: Waiter<W, R> | undefined;
  #length = 0;

  /** @param moveUp Called when somebody has given up, who may have been in the way of those behind. */
  constructor(waitersMax: number, moveUp: () => void = () => undefined) {
    this.#waitersMax = waitersMax;
    this.#moveUp = moveUp;
  }

  get length(): number {
    return this.#length;
  }

  /** What the first in the row wants. Only to be asked when there is somebody. */
  get firstWanted(): W {
    if (this.#first === undefined) throw new ProcessError('INVARIANT', 'Nobody waits');
    return this.#first.wanted;
  }

  /** Resolves to what `answerFirst` gives; rejects with the signal's reason, or with `OVERLOADED` when too many wait already. */
  wait(wanted: W, signal: AbortSignal | undefined): Promise<R> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      if (this.#length >= this.#waitersMax) {
        reject(new ProcessError('OVERLOADED', `${this.#length} callers wait already`));
        return;
      }
      const waiter: Waiter<W, R> = {
        wanted,
        resolve,
        reject,
        release: undefined,
        previous: this.#last,
        next: undefined,
      };
      if (this.#last === undefined) this.#first = waiter;
      else this.#last.next = waiter;
      this.#last = waiter;
      this.#length++;
      if (signal === undefined) return;
      const abort = (): void => {
        this.#remove(waiter);
        reject(signal.reason);
        this.#moveUp();
      };
      signal.addEventListener('abort', abort, { once: true });
      waiter.release = () => {
        signal.removeEventListener('abort', abort);
      };
    });
  }

  /** Answers the first in the row, who leaves it. */
  answerFirst(result: R): void {
    const waiter = this.#first;
    if (waiter === undefined) throw new ProcessError('INVARIANT', 'Nobody waits');
    this.#remove(waiter);
    waiter.resolve(result);
  }

  /** Rejects everybody. */
  rejectAll(reason: unknown): void {
    for (let waiter = this.#first; waiter !== undefined; waiter = this.#first) {
      this.#remove(waiter);
      waiter.reject(reason);
    }
  }

  #remove(waiter: Waiter<W, R>): void {
    if (waiter.previous === undefined) this.#first = waiter.next;
    else waiter.previous.next = waiter.next;
    if (waiter.next === undefined) this.#last = waiter.previous;
    else waiter.next.previous = waiter.previous;
    this.#length--;
    waiter.release?.();
  }
}
