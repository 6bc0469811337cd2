import { ProcessError } from '../errors.ts';
import { Waiters, waitersMaxDefault } from './waiters.ts';
import type { SemaphoreOptions } from './semaphore.ts';
import type { WaitOptions } from './waiters.ts';

/** Options of `Queue`. */
export interface QueueOptions extends SemaphoreOptions {
  /** How many items it holds. @default 100,000 */
  readonly itemsMax?: number;
}

/**
 * Items that some put in and others take out, first in first out; those who take are served in the order in which they came, and so are
 * those who wait for room. It can be read with `for await`, until it has been closed and emptied.
 */
export class Queue<T> implements AsyncIterable<T> {
  readonly #itemsMax: number;
  readonly #takers: Waiters<undefined, T>;
  readonly #putters: Waiters<T, void>;
  /** What is held, from `#head` on. */
  #items: (T | undefined)[] = [];
  #head = 0;
  #isClosed = false;

  constructor({ itemsMax = 100_000, waitersMax = waitersMaxDefault }: QueueOptions = {}) {
    if (!(itemsMax >= 1)) throw new ProcessError('INVARIANT', `A queue holds at least one item, not ${itemsMax}`);
    this.#itemsMax = itemsMax;
    this.#takers = new Waiters(waitersMax);
    this.#putters = new Waiters(waitersMax);
  }

  /** How many items it holds. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  get closed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when the item is in, or was taken at once. Rejects with `CLOSED` when the queue is, or is closed while it waits for room. */
  put(item: T, { signal }: WaitOptions = {}): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.offer(item)) return Promise.resolve();
    return this.#isClosed ? Promise.reject(closedError()) : this.#putters.wait(item, signal);
  }

  /** Puts the item in if there is room now; false where there is none, and when the queue is closed. */
  offer(item: T): boolean {
    if (this.#isClosed) return false;
    if (this.#takers.length > 0) this.#takers.answerFirst(item);
    else if (this.size < this.#itemsMax) this.#items.push(item);
    else return false;
    return true;
  }

  /** Resolves to the next item. Rejects with `CLOSED` when the queue is closed and there is none left. */
  take({ signal }: WaitOptions = {}): Promise<T> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.size > 0) return Promise.resolve(this.#shift());
    return this.#isClosed ? Promise.reject(closedError()) : this.#takers.wait(undefined, signal);
  }

  /** Lets nothing more in. What is in can be taken; those who wait, for items or for room, are refused with `CLOSED`. */
  close(): void {
    this.#isClosed = true;
    this.#takers.rejectAll(closedError());
    this.#putters.rejectAll(closedError());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      let item: T;
      try {
        item = await this.take();
      } catch (error) {
        if (this.#isClosed) return;
        throw error;
      }
      yield item;
    }
  }

  #shift(): T {
    const item = this.#items[this.#head] as T;
    this.#items[this.#head] = undefined;
    this.#head++;
    // To move what is left to the front is cheap when it is no more than what has been taken.
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    if (this.#putters.length > 0) {
      this.#items.push(this.#putters.firstWanted);
      this.#putters.answerFirst();
    }
    return item;
  }
}

function closedError(): ProcessError {
  return new ProcessError('CLOSED', 'The queue has been closed');
}
