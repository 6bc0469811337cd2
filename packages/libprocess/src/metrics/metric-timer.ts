import { Metric } from './metric.ts';
import type { Clock } from '../time/clock.ts';
import type { MetricOptions } from './metric.ts';

const perMillisecond = {
  ns: 1e6,
  us: 1e3,
  ms: 1,
  secs: 1e-3,
  mins: 1 / 60e3,
  hrs: 1 / 3600e3,
  days: 1 / 86_400e3,
  weeks: 1 / 604_800e3,
} as const;

/** Units of durations, by the names that Mesos gives them. */
export type DurationUnit = keyof typeof perMillisecond;

/** Options of `MetricTimer`. */
export interface MetricTimerOptions extends MetricOptions {
  /** The unit of its values, which its name ends with. @default 'ms' */
  readonly unit?: DurationUnit;
  /** How long a duration counts in the statistics, in milliseconds. @default 1 hour */
  readonly windowMs?: number;
}

/** A metric of durations, which Prometheus takes for a summary. */
export abstract class DurationMetric extends Metric {
  readonly kind = 'timer';
  /** How many durations there were since it was made. */
  abstract readonly count: number;
  /** The sum of all durations since it was made, in its unit. */
  abstract readonly sum: number;
}

const windowMsDefault = 60 * 60 * 1000;

/**
 * Durations of something that happens again and again: the last one, and percentiles of those within a window. The timer `commit` is
 * the metric `commit_ms`, as in libprocess.
 */
export class MetricTimer extends DurationMetric {
  readonly unit: DurationUnit;
  readonly #clock: Clock;
  #startedMs: number | undefined;
  #last: number | undefined;
  #count = 0;
  #sum = 0;

  constructor(name: string, clock: Clock, options: MetricTimerOptions = {}) {
    const { unit = 'ms', windowMs = windowMsDefault } = options;
    super(`${name}_${unit}`, { ...options, windowMs });
    this.unit = unit;
    this.#clock = clock;
  }

  /** The last duration, in the timer's unit; undefined before there was one. */
  read(): number | undefined {
    return this.#last;
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** Begins a duration; one that was begun and not ended is forgotten. */
  start(): void {
    this.#startedMs = this.#clock.monotonic();
  }

  /** Ends the duration that was begun, and answers it in the timer's unit. Without one it does nothing and answers 0. */
  stop(): number {
    const startedMs = this.#startedMs;
    if (startedMs === undefined) return 0;
    this.#startedMs = undefined;
    return this.#note(startedMs);
  }

  /** Notes how long a promise takes from now on, however it ends. Any number of them at once. Answers that promise. */
  time<T>(operation: Promise<T>): Promise<T> {
    const startedMs = this.#clock.monotonic();
    const note = (): void => {
      this.#note(startedMs);
    };
    operation.then(note, note);
    return operation;
  }

  #note(startedMs: number): number {
    const duration = (this.#clock.monotonic() - startedMs) * perMillisecond[this.unit];
    this.#last = duration;
    this.#count++;
    this.#sum += duration;
    this.record(duration);
    return duration;
  }
}
