import type { Clock, Timer } from '../time/clock.ts';

/** The timers of an actor, which end with it. */
export class Timers {
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(delayMs: number, callback: () => void): Timer {
    const timer = this.#clock.timer(delayMs, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
    return timer;
  }

  cancel(timer: Timer): void {
    this.#timers.delete(timer);
  }

  cancelAll(): void {
    for (const timer of this.#timers) this.#clock.cancel(timer);
    this.#timers.clear();
  }
}
