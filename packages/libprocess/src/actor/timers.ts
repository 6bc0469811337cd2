import type { Clock, Timer } from '../time/clock.ts';

// An actor that waits for its time is at work.
const keepsAlive = { keepsAlive: true };

/** The timers of an actor, which end with it. */
export class Timers {
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(delayMs: number, callback: () => void): Timer {
    const fire = (): void => {
      this.#timers.delete(timer);
      callback();
    };
    const timer = this.#clock.timer(delayMs, fire, keepsAlive);
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
