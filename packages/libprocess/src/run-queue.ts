/** Something with work to do. */
export interface Runnable {
  /** Does at most so many units of work and answers how many it did. More left over: it must put itself in the queue again. */
  run(budget: number): number;
}

// Work done without looking at sockets and timers: enough to amortise a turn of the event loop, too little to be felt.
const turnBudget = 4_096;
// Work done for one actor before the next one gets its turn.
const actorBudget = 256;

/**
 * The actors that have events, first come first served. It runs in a microtask, so that work which causes work goes on without a
 * turn of the event loop, but hands control back to sockets and timers after a bounded amount.
 */
export class RunQueue {
  readonly #afterRun: () => void;
  #queue: Runnable[] = [];
  #scheduled = false;

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
    let budget = turnBudget;
    while (this.#queue.length > 0 && budget > 0) {
      const batch = this.#queue;
      this.#queue = [];
      for (let index = 0; index < batch.length; index++) {
        if (budget <= 0) {
          this.#queue = [...batch.slice(index), ...this.#queue];
          break;
        }
        budget -= batch[index]?.run(actorBudget) ?? 0;
      }
    }
    if (this.#queue.length > 0) {
      setImmediate(this.#drain);
    } else {
      this.#scheduled = false;
    }
    this.#afterRun();
  };
}
