import { Metric } from './metric.ts';
import type { Clock } from '../time/clock.ts';
import type { MetricOptions, MetricValue } from './metric.ts';

/** A number that its owner keeps up to date. Reading it costs its owner nothing, which makes it the first choice. */
export class PushGauge extends Metric {
  readonly kind = 'gauge';
  #value = 0;

  get value(): number {
    return this.#value;
  }

  read(): number {
    return this.#value;
  }

  set(value: number): void {
    this.#value = value;
    this.record(value);
  }

  increment(by = 1): void {
    this.set(this.#value + by);
  }

  decrement(by = 1): void {
    this.set(this.#value - by);
  }
}

/**
 * A number that is computed when it is asked for: at once, or by a promise, as that of a dispatch to the actor that knows it. Undefined
 * and an exception leave it out of that snapshot; exceptions are counted in `libprocess/metrics_failed`. While a promise is pending nobody is asked again, so that one who never answers is
 * one question and not one for each snapshot.
 */
export class PullGauge extends Metric {
  readonly kind = 'gauge';
  readonly #read: () => MetricValue;
  #pending: Promise<number | undefined> | undefined;
  #failed: (() => void) | undefined;

  constructor(name: string, read: () => MetricValue, options: MetricOptions = {}) {
    super(name, options);
    this.#read = read;
  }

  read(): MetricValue {
    if (this.#pending !== undefined) return this.#pending;
    const value = this.#ask();
    if (!(value instanceof Promise)) return value;
    const pending = value
      .catch(() => this.#fail())
      .finally(() => {
        this.#pending = undefined;
      });
    this.#pending = pending;
    return pending;
  }

  override attach(clock: Clock, failed: () => void): void {
    super.attach(clock, failed);
    this.#failed = failed;
  }

  #ask(): MetricValue {
    try {
      return this.#read();
    } catch {
      return this.#fail();
    }
  }

  #fail(): undefined {
    this.#failed?.();
  }
}
