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
// Work done for one actor before the next one gets its turn.
const actorBudget = 256;

/**
 * The actors that have events, first come first served. It runs in a microtask, so that work which causes work goes on without a
 * turn of the event loop, but hands control back to sockets and timers after a bounded amount.
 */
export class RunQueue implements Scheduler {
  readonly #afterRun: () => void;
  #queue: Runnable[] = [];
  #scheduled = false;
  #budget = turnBudget;

  /** @param afterRun Called whenever control goes back to the event loop. */
  constructor(afterRun: () => void) {
    this.#afterRun = afterRun;
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
        while (next < batch.length && this.#budget > 0) this.#budget -= batch[next++]?.run(actorBudget) ?? 0;
      }
    } finally {
      // Only a defect throws here; it must not take the actors with it that were not at fault.
      if (next < batch.length) this.#queue = [...batch.slice(next), ...this.#queue];
      if (this.#queue.length > 0) nextTurn(this.#resume);
      else this.#scheduled = false;
      this.#afterRun();
    }
  };

  readonly #resume = (): void => {
    this.#budget = turnBudget;
    this.#drain();
  };
}
