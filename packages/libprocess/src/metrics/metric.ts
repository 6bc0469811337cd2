import { ProcessError } from '../errors.ts';
import { statisticsOf } from './statistics.ts';
import { TimeSeries } from './time-series.ts';
import type { Clock } from '../time/clock.ts';
import type { Statistics } from './statistics.ts';

/** What a metric is to those who collect it: a number that only grows, any number, or durations. */
export type MetricKind = 'counter' | 'gauge' | 'timer';

/** Options of every metric. */
export interface MetricOptions {
  /** One line about it for people; the Prometheus exposition shows it. */
  readonly help?: string;
}

/** Options of a metric whose values are kept for a while, so that there are statistics of them. */
export interface HistoryOptions extends MetricOptions {
  /** How long values count, in milliseconds. At most 1,000 are kept; of older ones, when there are more, every other one. */
  readonly windowMs?: number;
}

/** What a metric says: a number, nothing at present, or one of these later. */
export type MetricValue = number | undefined | Promise<number | undefined>;

/** A named number that is served with the others of its runtime. */
export abstract class Metric {
  abstract readonly kind: MetricKind;
  /** A path: `master/tasks_running`. */
  readonly name: string;
  readonly help: string | undefined;
  readonly #history: TimeSeries | undefined;
  #clock: Clock | undefined;

  /** Throws `METRIC_INVALID` for a name that is empty or not of one line. */
  constructor(name: string, options: HistoryOptions = {}) {
    if (name === '__proto__' || !/^[^\p{Cc}]+$/u.test(name)) {
      throw new ProcessError('METRIC_INVALID', `${JSON.stringify(name)} cannot name a metric`);
    }
    this.name = name;
    this.help = options.help;
    this.#history = options.windowMs === undefined ? undefined : new TimeSeries({ windowMs: options.windowMs });
  }

  /** The value now. */
  abstract read(): MetricValue;

  /** Statistics of the values within the window; undefined without a window, or with fewer than two values in it. */
  statistics(): Statistics | undefined {
    if (this.#history === undefined || this.#clock === undefined) return undefined;
    return statisticsOf(this.#history.recent(this.#clock.monotonic()));
  }

  /**
   * Brings it into a runtime.
   * @param _failed To be called when the value cannot be computed.
   */
  attach(clock: Clock, _failed: () => void): void {
    this.#clock = clock;
  }

  /** Notes a value for the statistics. Before the metric is added to a runtime there is no time, and nothing is noted. */
  protected record(value: number): void {
    if (this.#history === undefined || this.#clock === undefined) return;
    this.#history.set(value, this.#clock.monotonic());
  }
}
