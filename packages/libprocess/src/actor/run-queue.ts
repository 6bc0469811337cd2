import { nextTurn } from './turn.ts';

/** Something with work to do. */
export interface Runnable {
  /** Does at most so many units of work and answers how many it did. More left over: it must put itself in the queue again. */
  run(budget: number): number;
}

/** What decides which of a runtime's actors has its turn next: `RunQueue`, or in a simulation one that follows a seed. */
export interface Scheduler {
  /** Whether anything is still to run, or to be told of having run. */
  readonly busy: boolean;
  /** Takes on something with work to do; it must not run from inside this call. */
  push(runnable: Runnable): void;
}

// Work done without looking at sockets and timers: enough to amortise a turn of the event loop, too little to be felt. It is counted
// across microtasks: actors that only await one another would otherwise keep the event loop waiting for ever.
const turnBudget = 4_096;
// The same in time, for events that take long: what comes by a socket is to wait for far less than 10 ms.
const turnMs = 2;
// Work done for one actor before the next one gets its turn, and between two looks at the clock: much, which is fast, while it takes
// no longer than `sliceMs`.
const sliceMax = 256;
const sliceMin = 1;
// The same at the beginning of a turn, however short events were until then: those that come now may be a thousand long ones.
const sliceFirst = 16;
const sliceMs = 1;

/**
 * The actors that have events, first come first served. It runs in a microtask, so that work which causes work goes on without a
 * turn of the event loop, but hands control back to sockets and timers after a bounded amount.
 */
export class RunQueue implements Scheduler {
  readonly #afterRun: () => void;
  readonly #nowMs: () => number;
  #queue: Runnable[] = [];
  #scheduled = false;
  #budget = turnBudget;
  #slice = sliceFirst;
  /** Work that is left until the next look at the clock. */
  #unwatched = sliceFirst;
  /** When this turn of the event loop was first looked at the clock, if it was. */
  #startMs: number | undefined;
  #lookedMs = 0;

  /**
   * @param afterRun Called whenever control goes back to the event loop.
   * @param nowMs A clock that never goes back, in milliseconds.
   */
  constructor(afterRun: () => void, nowMs: () => number) {
    this.#afterRun = afterRun;
    this.#nowMs = nowMs;
  }

  get busy(): boolean {
    return this.#scheduled;
  }

  push(runnable: Runnable): void {
    this.#queue.push(runnable);
    if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(this.#drain);
    }
  }

  readonly #drain = (): void => {
    let batch: Runnable[] = [];
    let next = 0;
    try {
      while (this.#queue.length > 0 && this.#budget > 0) {
        batch = this.#queue;
        next = 0;
        this.#queue = [];
        while (next < batch.length && this.#budget > 0) this.#spend(batch[next++]?.run(this.#unwatched) ?? 0);
      }
    } finally {
      // Only a defect throws here; it must not take the actors with it that were not at fault.
      if (next < batch.length) this.#queue = [...batch.slice(next), ...this.#queue];
      if (this.#queue.length > 0) nextTurn(this.#resume);
      else this.#scheduled = false;
      this.#afterRun();
    }
  };

  #spend(work: number): void {
    this.#budget -= work;
    this.#unwatched -= work;
    if (this.#unwatched <= 0) this.#look();
  }

  #look(): void {
    const nowMs = this.#nowMs();
    if (this.#startMs === undefined) {
      this.#startMs = nowMs;
      nextTurn(this.#turned);
    } else {
      const tookMs = nowMs - this.#lookedMs;
      if (tookMs > sliceMs) this.#slice = Math.max(sliceMin, Math.floor((this.#slice * sliceMs) / tookMs));
      else if (tookMs < sliceMs / 2) this.#slice = Math.min(sliceMax, this.#slice * 2);
      if (nowMs - this.#startMs >= turnMs) this.#budget = 0;
    }
    this.#lookedMs = nowMs;
    this.#unwatched = this.#slice;
  }

  readonly #turned = (): void => {
    this.#startMs = undefined;
    this.#slice = Math.min(this.#slice, sliceFirst);
    this.#unwatched = Math.min(this.#unwatched, this.#slice);
  };

  readonly #resume = (): void => {
    this.#budget = turnBudget;
    this.#unwatched = this.#slice;
    this.#startMs = this.#nowMs();
    this.#lookedMs = this.#startMs;
    this.#drain();
    if (!this.#scheduled) this.#startMs = undefined;
  };
}
