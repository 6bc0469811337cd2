/** How long a series looks back unless told otherwise: libprocess's two weeks, in milliseconds. */
const timeSeriesWindowMs = 14 * 24 * 60 * 60 * 1000;

/** How many values a series holds at most unless told otherwise, as in libprocess. */
const timeSeriesCapacity = 1000;

// Fewer would leave nothing between the oldest and the newest value to give up.
const capacityMin = 3;

/** One value of a series. */
interface TimedValue {
  /** On a clock's monotonic scale, in milliseconds. */
  readonly timeMs: number;
  readonly value: number;
}

/** Options of `TimeSeries`. */
interface TimeSeriesOptions {
  /** @default two weeks */
  readonly windowMs?: number;
  /** At least 3. @default 1000 */
  readonly capacity?: number;
}

/**
 * Values over time, within a window and a bounded amount of memory. When there are more than fit, every other value of the older half
 * is given up, again and again from the oldest on, so that the newest are all there and older ones are there ever more coarsely
 * (libprocess's `TimeSeries`). Of values of the same moment the last one counts.
 */
export class TimeSeries {
  readonly #windowMs: number;
  readonly #capacity: number;
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  /** The next value to give up; undefined to begin at the oldest again. */
  #next: number | undefined;

  constructor(options: TimeSeriesOptions = {}) {
    this.#windowMs = options.windowMs ?? timeSeriesWindowMs;
    this.#capacity = Math.max(capacityMin, options.capacity ?? timeSeriesCapacity);
  }

  get length(): number {
    return this.#values.length;
  }

  /** Notes a value. Values older than the window before `nowMs` are forgotten, but never the last one left. */
  set(value: number, timeMs: number, nowMs = timeMs): void {
    const last = this.#times.at(-1);
    if (last === undefined || timeMs > last) {
      this.#times.push(timeMs);
      this.#values.push(value);
    } else {
      this.#insert(value, timeMs);
    }
    this.truncate(nowMs);
    this.#thin();
  }

  /** Every value from one time to another, both included, oldest first. */
  between(startMs = Number.NEGATIVE_INFINITY, endMs = Number.POSITIVE_INFINITY): TimedValue[] {
    return this.#times.flatMap((timeMs, index) =>
      timeMs >= startMs && timeMs <= endMs ? [{ timeMs, value: this.#values[index] ?? Number.NaN }] : [],
    );
  }

  /** The values that are within the window at a time, oldest first. */
  recent(nowMs: number): number[] {
    const expired = this.#expired(nowMs);
    return this.#values.slice(expired);
  }

  latest(): TimedValue | undefined {
    const timeMs = this.#times.at(-1);
    const value = this.#values.at(-1);
    return timeMs === undefined || value === undefined ? undefined : { timeMs, value };
  }

  /** Forgets what the window no longer holds. Writing does so by itself. */
  truncate(nowMs: number): void {
    const count = this.#expired(nowMs);
    // A series of which everything is old keeps it until something newer comes, as libprocess's does.
    if (count === 0 || count === this.#times.length) return;
    this.#times.splice(0, count);
    this.#values.splice(0, count);
    this.#next = this.#next === undefined || this.#next <= count ? undefined : this.#next - count;
  }

  /** How many values are older than the window. */
  #expired(nowMs: number): number {
    const expiredMs = nowMs - this.#windowMs;
    let count = 0;
    while (count < this.#times.length && (this.#times[count] ?? 0) <= expiredMs) count++;
    return count;
  }

  #insert(value: number, timeMs: number): void {
    const at = this.#times.findIndex((time) => time >= timeMs);
    const index = at < 0 ? this.#times.length : at;
    const replaces = this.#times[index] === timeMs;
    if (timeMs !== this.#times.at(-1)) this.#next = undefined;
    this.#times.splice(index, replaces ? 1 : 0, timeMs);
    this.#values.splice(index, replaces ? 1 : 0, value);
  }

  #thin(): void {
    while (this.#values.length > this.#capacity) {
      if (this.#next === undefined || this.#next > this.#values.length / 2) this.#next = 1;
      this.#times.splice(this.#next, 1);
      this.#values.splice(this.#next, 1);
      // What came behind it has its place now and is skipped.
      this.#next++;
    }
  }
}
