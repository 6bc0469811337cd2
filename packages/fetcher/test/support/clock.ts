import type { Timer } from '@mesos-ts/libprocess';

import type { FetchClock } from '../../src/options.ts';

/** A clock that stands still until the test moves it. */
export class ManualClock implements FetchClock {
  #nowMs = 0;
  readonly #readers: (() => void)[] = [];
  readonly #timers = new Map<Timer, () => void>();

  get timers(): number {
    return this.#timers.size;
  }

  /** Resolves when somebody asks for the time: a download does so for each piece that arrives. */
  nextReading(): Promise<void> {
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  monotonic(): number {
    for (const reader of this.#readers.splice(0)) reader();
    return this.#nowMs;
  }

  timer(delayMs: number, callback: () => void): Timer {
    const timer = { deadlineMs: this.#nowMs + delayMs };
    this.#timers.set(timer, callback);
    return timer;
  }

  cancel(timer: Timer): boolean {
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
