import type { Clock, Timer } from '../time/clock.ts';

interface TestTimer extends Timer {
  readonly sequence: number;
  readonly callback: () => void;
}

// Nothing in the program starts later than a turn after what caused it, so two quiet turns prove rest.
const quietTurns = 2;

/** Options of `TestClock`. */
export interface TestClockOptions {
  /** Where the wall clock starts, in milliseconds since the Unix epoch. @default 2020-01-01T00:00:00Z */
  readonly epochMs?: number;
}

/**
 * A clock that stands still until a test moves it. It moves from deadline to deadline and lets the system come to rest at each one,
 * so that a timer which sets another sees every moment that it would have seen, in order.
 */
export class TestClock implements Clock {
  readonly #epochMs: number;
  readonly #busy: (() => boolean)[] = [];
  readonly #timers = new Set<TestTimer>();
  #nowMs = 0;
  #sequence = 0;

  constructor(options: TestClockOptions = {}) {
    this.#epochMs = options.epochMs ?? 1_577_836_800_000;
  }

  now(): number {
    return this.#epochMs + this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  timer(delayMs: number, callback: () => void): Timer {
    const timer: TestTimer = {
      deadlineMs: this.#nowMs + Math.max(0, delayMs),
      sequence: this.#sequence++,
      callback,
    };
    this.#timers.add(timer);
    return timer;
  }

  cancel(timer: Timer): boolean {
    return this.#timers.delete(timer as TestTimer);
  }

  attach(busy: () => boolean): void {
    this.#busy.push(busy);
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Moves time on by so many milliseconds, through every deadline on the way, and settles at each and at the end. */
  async advance(durationMs: number): Promise<void> {
    const end = this.#nowMs + durationMs;
    await this.settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#nowMs = Math.max(this.#nowMs, next.deadlineMs);
      this.#timers.delete(next);
      next.callback();
      await this.settle();
    }
    this.#nowMs = end;
  }

  /** Resolves when every runtime on this clock is at rest: no event waits, no frame is under way, no tracked operation is pending. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns; quiet++) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      if (this.#busy.some((busy) => busy())) quiet = -1;
    }
  }

  #next(end: number): TestTimer | undefined {
    let earliest: TestTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.deadlineMs > end) continue;
      if (
        earliest === undefined ||
        timer.deadlineMs < earliest.deadlineMs ||
        (timer.deadlineMs === earliest.deadlineMs && timer.sequence < earliest.sequence)
      ) {
        earliest = timer;
      }
    }
    return earliest;
  }
}
