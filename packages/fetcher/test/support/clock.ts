import type { FetchClock, FetchTimer } from '../../src/options.ts';

/** A clock that stands still until the test moves it. */
export class ManualClock implements FetchClock {
  #nowMs = 0;
  readonly #timers = new Map<FetchTimer, () => void>();

  get timers(): number {
    return this.#timers.size;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  timer(delayMs: number, callback: () => void): FetchTimer {
    const timer = { deadlineMs: this.#nowMs + delayMs };
    this.#timers.set(timer, callback);
    return timer;
  }

  cancel(timer: FetchTimer): boolean {
    return this.#timers.delete(timer);
  }

  /** Moves on, firing what is due at its own moment. */
  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      const due = [...this.#timers].filter(([timer]) => timer.deadlineMs <= endMs);
      const next = due.toSorted(([a], [b]) => a.deadlineMs - b.deadlineMs)[0];
      if (next === undefined) break;
      const [timer, callback] = next;
      this.#timers.delete(timer);
      this.#nowMs = timer.deadlineMs;
      callback();
    }
    this.#nowMs = endMs;
  }
}
