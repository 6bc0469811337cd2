import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DurationMetric } from '../metrics/metric-timer.ts';
import type { Clock } from '../time/clock.ts';
import type { Statistics } from '../metrics/statistics.ts';

/** Options of `EventLoopLag`. */
export interface EventLoopLagOptions {
  /** How often the event loop is asked for a sign of life, in milliseconds. @default 20 */
  readonly resolutionMs?: number;
  /** How long a lag counts, in milliseconds; older ones are forgotten when somebody has looked. @default 1 minute */
  readonly windowMs?: number;
}

const nanosecondsPerMs = 1e6;

/**
 * How late the event loop of this thread comes to what is due, in milliseconds: the mean and percentiles of about the last minute, in
 * real time whatever the runtime's clock. It begins when somebody looks for the first time, and costs nothing before.
 */
export class EventLoopLag extends DurationMetric {
  readonly #clock: Clock;
  readonly #resolutionMs: number;
  readonly #windowMs: number;
  readonly #histogram: ReturnType<typeof monitorEventLoopDelay>;
  #state: 'new' | 'running' | 'stopped' = 'new';
  #beganMs = 0;
  #count = 0;
  #sum = 0;

  constructor(name: string, clock: Clock, { resolutionMs = 20, windowMs = 60_000 }: EventLoopLagOptions = {}) {
    super(`${name}_ms`, { help: 'How late the event loop comes to what is due.' });
    this.#clock = clock;
    this.#resolutionMs = resolutionMs;
    this.#windowMs = windowMs;
    this.#histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  }

  get count(): number {
    return this.#count + this.#histogram.count;
  }

  get sum(): number {
    return this.#sum + this.#sumOfWindow();
  }

  /** The mean of the window; undefined before there is one. */
  read(): number | undefined {
    this.#begin();
    return this.#histogram.count === 0 ? undefined : this.#lagMs(this.#histogram.mean);
  }

  override statistics(): Statistics | undefined {
    const histogram = this.#histogram;
    if (histogram.count < 2) return undefined;
    const at = (percentile: number): number => this.#lagMs(histogram.percentile(percentile));
    const statistics: Statistics = {
      count: histogram.count,
      min: this.#lagMs(histogram.min),
      max: this.#lagMs(histogram.max),
      p25: at(25),
      p50: at(50),
      p75: at(75),
      p90: at(90),
      p95: at(95),
      p99: at(99),
      p999: at(99.9),
      p9999: at(99.99),
    };
    this.#renew();
    return statistics;
  }

  /** Measures no more. */
  stop(): void {
    this.#state = 'stopped';
    this.#histogram.disable();
  }

  #begin(): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#beganMs = this.#clock.monotonic();
    this.#histogram.enable();
  }

  #renew(): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#beganMs < this.#windowMs) return;
    this.#beganMs = nowMs;
    this.#count += this.#histogram.count;
    this.#sum += this.#sumOfWindow();
    this.#histogram.reset();
  }

  #sumOfWindow(): number {
    return this.#histogram.count === 0 ? 0 : this.#lagMs(this.#histogram.mean) * this.#histogram.count;
  }

  /** What is measured is the time between two signs of life, of which the resolution is no lag. */
  #lagMs(nanoseconds: number): number {
    return Math.max(0, nanoseconds / nanosecondsPerMs - this.#resolutionMs);
  }
}
