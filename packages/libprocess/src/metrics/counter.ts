import { ProcessError } from '../errors.ts';
import { Metric } from './metric.ts';
import type { Clock } from '../time/clock.ts';

/** A number that only grows, for example of messages received. */
export class Counter extends Metric {
  readonly kind = 'counter';
  #value = 0;

  get value(): number {
    return this.#value;
  }

  read(): number {
    return this.#value;
  }

  /** Throws `METRIC_INVALID` for less than nothing. */
  increment(by = 1): void {
    if (!(by >= 0)) throw new ProcessError('METRIC_INVALID', `Counter '${this.name}' cannot grow by ${by}`);
    this.#value += by;
    this.record(this.#value);
  }

  /** Begins at 0 again. */
  reset(): void {
    this.#value = 0;
    this.record(0);
  }

  override attach(clock: Clock, failed: () => void): void {
    super.attach(clock, failed);
    this.record(this.#value);
  }
}
