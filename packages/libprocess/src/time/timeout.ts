import type { Clock } from './clock.ts';

/** A moment on a clock by which something has to be done: it is passed on, and each step asks it how much time is left. */
export class Timeout {
  readonly #clock: Clock;
  /** When it expires, on the clock's monotonic scale, in milliseconds. */
  readonly deadlineMs: number;

  /** @param durationMs From now on; infinite for one that never expires. */
  constructor(clock: Clock, durationMs: number) {
    this.#clock = clock;
    this.deadlineMs = clock.monotonic() + durationMs;
  }

  /** How many milliseconds are left; 0 when it has expired. */
  get remainingMs(): number {
    return Math.max(0, this.deadlineMs - this.#clock.monotonic());
  }

  get expired(): boolean {
    return this.remainingMs === 0;
  }
}
