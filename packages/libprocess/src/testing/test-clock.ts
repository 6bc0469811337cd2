import { ProcessError } from '../errors.ts';
import { SystemClock } from '../time/system-clock.ts';
import { TimerHeap } from '../time/timer-heap.ts';
import type { Clock, Timer } from '../time/clock.ts';

// Nothing in the program starts later than a turn after what caused it, so two quiet turns prove rest.
const quietTurns = 2;

/** Where the wall clocks of tests start: 2020-01-01T00:00:00Z. */
export const testEpochMs = 1_577_836_800_000;

/** Options of `TestClock`. */
export interface TestClockOptions {
  /** Where the wall clock starts, in milliseconds since the Unix epoch. @default 2020-01-01T00:00:00Z */
  readonly epochMs?: number;
  /** The clock that it goes with while it is not paused. @default the machine's clock */
  readonly base?: Clock;
}

/**
 * A clock that stands still until a test moves it. It moves from deadline to deadline and lets the system come to rest at each one,
 * so that a timer which sets another sees every moment that it would have seen, in order. All actors on it have one time, which moves
 * only while no message is under way: a message is received at the very time at which it was sent, also by another runtime, and a timer
 * fires at its deadline. It is paused from the start; `resume` lets it go with the machine's clock, `pause` stops it again.
 */
export class TestClock implements Clock {
  readonly #epochMs: number;
  readonly #base: Clock;
  readonly #busy = new Set<() => boolean>();
  readonly #heap = new TimerHeap();
  /** The time, while it is paused. */
  #nowMs = 0;
  /** How far it is ahead of its base, while it is not. */
  #aheadMs: number | undefined;
  #alarm: Timer | undefined;
  #alarmMs = Infinity;
  /** The end of the last `advance` or `settle`: they take turns. */
  #moved: Promise<void> = Promise.resolve();

  constructor(options: TestClockOptions = {}) {
    this.#epochMs = options.epochMs ?? testEpochMs;
    this.#base = options.base ?? new SystemClock();
  }

  now(): number {
    return this.#epochMs + this.monotonic();
  }

  monotonic(): number {
    return this.#aheadMs === undefined ? this.#nowMs : this.#base.monotonic() + this.#aheadMs;
  }

  timer(delayMs: number, callback: () => void): Timer {
    const timer = this.#heap.add(this.monotonic() + Math.max(0, delayMs), callback);
    this.#arm();
    return timer;
  }

  cancel(timer: Timer): boolean {
    return this.#heap.remove(timer);
  }

  attach(busy: () => boolean): () => void {
    this.#busy.add(busy);
    return () => {
      this.#busy.delete(busy);
    };
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#heap.size;
  }

  /** Whether it stands still. */
  get paused(): boolean {
    return this.#aheadMs === undefined;
  }

  /** Makes it stand still where it is. */
  pause(): void {
    this.#nowMs = this.monotonic();
    this.#aheadMs = undefined;
    if (this.#alarm !== undefined) this.#base.cancel(this.#alarm);
    this.#alarmMs = Infinity;
  }

  /** Lets it go on from where it is, as fast as its base. What has passed there since it was paused has not passed here. */
  resume(): void {
    this.#aheadMs ??= this.#nowMs - this.#base.monotonic();
    this.#arm();
  }

  /**
   * Moves time on by so many milliseconds, through every deadline on the way, and settles at each and at the end. Rejects with
   * `CLOCK_RUNNING` while it is not paused, and with `INVARIANT` for a duration that is negative or endless.
   */
  advance(durationMs: number): Promise<void> {
    if (!Number.isFinite(durationMs) || durationMs < 0) {
      return Promise.reject(new ProcessError('INVARIANT', `Time cannot be moved on by ${durationMs} ms`));
    }
    return this.#move(async () => {
      if (!this.paused)
        throw new ProcessError('CLOCK_RUNNING', 'A clock that goes by itself is not to be moved: pause it');
      const endMs = this.#nowMs + durationMs;
      await this.#fire(endMs);
      if (this.paused) this.#nowMs = Math.max(this.#nowMs, endMs);
    });
  }

  /**
   * Resolves when every runtime on this clock is at rest: no timer is due, no event waits, no frame is under way between runtimes of
   * this OS process, no tracked operation is pending.
   */
  settle(): Promise<void> {
    return this.#move(() => this.#fire(this.#nowMs));
  }

  #move(step: () => Promise<void>): Promise<void> {
    const moved = this.#moved.then(step);
    this.#moved = moved.catch(() => undefined);
    return moved;
  }

  async #fire(endMs: number): Promise<void> {
    await this.#rest();
    while (this.paused && this.#heap.nextMs <= endMs) {
      this.#nowMs = Math.max(this.#nowMs, this.#heap.nextMs);
      this.#heap.due(this.#nowMs)?.();
      await this.#rest();
    }
  }

  async #rest(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns; quiet++) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      for (const busy of this.#busy) if (busy()) quiet = -1;
    }
  }

  #arm(): void {
    const { nextMs } = this.#heap;
    if (this.paused || nextMs >= this.#alarmMs) return;
    if (this.#alarm !== undefined) this.#base.cancel(this.#alarm);
    this.#alarmMs = nextMs;
    this.#alarm = this.#base.timer(nextMs - this.monotonic(), () => {
      this.#ring();
    });
  }

  #ring(): void {
    this.#alarmMs = Infinity;
    const nowMs = this.monotonic();
    try {
      for (let due = this.#heap.due(nowMs); due !== undefined; due = this.#heap.due(nowMs)) due();
    } finally {
      this.#arm();
    }
  }
}
