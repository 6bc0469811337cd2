import { testEpochMs } from '../test-clock.ts';
import type { Clock, Timer } from '../../time/clock.ts';
import type { Lane, Occurrence, Timeline } from './timeline.ts';

/** How a node's clock differs from the time of the simulation. */
export interface ClockOptions {
  /** How far its wall clock is ahead, in milliseconds. @default 0 */
  readonly skewMs?: number;
  /** How fast it runs: at 1.001 it gains a millisecond each second, its timers too. @default 1 */
  readonly rate?: number;
}

class NodeTimer implements Timer {
  readonly deadlineMs: number;
  readonly occurrence: Occurrence;

  constructor(deadlineMs: number, occurrence: Occurrence) {
    this.deadlineMs = deadlineMs;
    this.occurrence = occurrence;
  }
}

/** The clock of one life of a node. */
export class NodeClock implements Clock {
  readonly #timeline: Timeline;
  readonly #lane: Lane;
  readonly #rate: number;
  readonly #busy = new Set<() => boolean>();
  readonly #timers = new Set<Occurrence>();
  #skewMs: number;
  #killed = false;

  constructor(timeline: Timeline, lane: Lane, { skewMs = 0, rate = 1 }: ClockOptions) {
    this.#timeline = timeline;
    this.#lane = lane;
    this.#skewMs = skewMs;
    this.#rate = rate;
  }

  now(): number {
    return Math.floor(testEpochMs + this.#skewMs + this.monotonic());
  }

  monotonic(): number {
    return this.#timeline.nowMs * this.#rate;
  }

  timer(delayMs: number, callback: () => void): Timer {
    const occurrence = this.#timeline.after(Math.max(0, delayMs) / this.#rate, this.#lane, () => {
      this.#timers.delete(occurrence);
      callback();
    });
    if (this.#killed) this.#timeline.cancel(occurrence);
    else this.#timers.add(occurrence);
    return new NodeTimer(this.monotonic() + Math.max(0, delayMs), occurrence);
  }

  cancel(timer: Timer): boolean {
    if (!(timer instanceof NodeTimer)) return false;
    this.#timers.delete(timer.occurrence);
    return this.#timeline.cancel(timer.occurrence);
  }

  attach(busy: () => boolean): () => void {
    this.#busy.add(busy);
    return () => {
      this.#busy.delete(busy);
    };
  }

  /** Lets the wall clock jump. */
  set(skewMs: number): void {
    this.#skewMs = skewMs;
  }

  /** Whether an operation outside the simulation is under way. */
  get busy(): boolean {
    for (const busy of this.#busy) if (busy()) return true;
    return false;
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** No timer fires any more. */
  kill(): void {
    this.#killed = true;
    for (const occurrence of this.#timers) this.#timeline.cancel(occurrence);
    this.#timers.clear();
    this.#busy.clear();
  }
}
