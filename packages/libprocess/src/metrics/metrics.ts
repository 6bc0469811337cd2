import { ProcessError } from '../errors.ts';
import { Counter } from './counter.ts';
import { PullGauge, PushGauge } from './gauge.ts';
import { LateValues } from './late-values.ts';
import { MetricTimer } from './metric-timer.ts';
import { compareTexts } from '../text.ts';
import type { Clock, Timer } from '../time/clock.ts';
import type { PID } from '../actor/pid.ts';
import type { HistoryOptions, Metric, MetricOptions, MetricValue } from './metric.ts';
import type { MetricTimerOptions } from './metric-timer.ts';
import type { Statistics } from './statistics.ts';

/** A metric as it was at one moment. */
export interface MetricReading {
  readonly metric: Metric;
  /** Undefined when it has none at present, could not be computed, or was late. */
  readonly value: number | undefined;
  readonly statistics: Statistics | undefined;
}

/** Options of `collect`. */
export interface CollectOptions {
  /** How long to wait for metrics that are computed elsewhere, in milliseconds; what is late is left out. @default for ever */
  readonly timeoutMs?: number | undefined;
}

/** What can make metrics: a runtime's `Metrics`, and `Metrics.of` an actor. Names are paths: `master/tasks_running`. */
export interface MetricMaker {
  /** The counter of that name, made on first use. Throws `METRIC_NAME_IN_USE` when something else has the name. */
  counter(name: string, options?: HistoryOptions): Counter;
  /** The push gauge of that name, made on first use. Throws `METRIC_NAME_IN_USE` when something else has the name. */
  pushGauge(name: string, options?: HistoryOptions): PushGauge;
  /** A number that is computed when it is read. Throws `METRIC_NAME_IN_USE`. */
  gauge(name: string, read: () => MetricValue, options?: MetricOptions): PullGauge;
  /** The timer of that name, which is the metric `<name>_<unit>`, made on first use. Throws `METRIC_NAME_IN_USE`. */
  timer(name: string, options?: MetricTimerOptions): MetricTimer;
  /** Serves a metric that exists already. Throws `METRIC_NAME_IN_USE`. */
  add<M extends Metric>(metric: M): M;
}

interface Entry {
  readonly metric: Metric;
  /** The actor with whose end the metric goes. */
  readonly owner: string | undefined;
}

const percentiles = ['p50', 'p90', 'p95', 'p99', 'p999', 'p9999'] as const;

/** Named numbers of a runtime, served at `/metrics/snapshot` and `/metrics/prometheus` by a `MetricsProcess`. */
export class Metrics implements MetricMaker {
  readonly #clock: Clock;
  readonly #lives: (actor: string) => boolean;
  readonly #entries = new Map<string, Entry>();
  readonly #owned = new Map<string, Set<string>>();
  /** Every entry in order of name, until one is added or removed. */
  #sorted: readonly Entry[] | undefined;
  readonly #failed: () => void;
  readonly #late: LateValues;

  /** @param lives Whether an actor of that name runs and can own metrics. */
  constructor(clock: Clock, lives: (actor: string) => boolean) {
    this.#clock = clock;
    this.#lives = lives;
    const failures = new Counter('libprocess/metrics_failed', { help: 'Metrics that could not be computed.' });
    this.#failed = () => {
      failures.increment();
    };
    this.#late = new LateValues(this.#failed);
    this.add(failures);
  }

  counter(name: string, options: HistoryOptions = {}): Counter {
    return this.#reuse(name, Counter, undefined) ?? this.add(new Counter(name, options));
  }

  pushGauge(name: string, options: HistoryOptions = {}): PushGauge {
    return this.#reuse(name, PushGauge, undefined) ?? this.add(new PushGauge(name, options));
  }

  gauge(name: string, read: () => MetricValue, options: MetricOptions = {}): PullGauge {
    return this.add(new PullGauge(name, read, options));
  }

  timer(name: string, options: MetricTimerOptions = {}): MetricTimer {
    return this.#reuse(timerName(name, options), MetricTimer, undefined) ?? this.add(this.#timer(name, options));
  }

  add<M extends Metric>(metric: M): M {
    return this.#add(metric, undefined);
  }

  /** Makes metrics that are removed when a local actor ends. Throws `PROCESS_TERMINATED` when it is not there. */
  of(actor: PID): MetricMaker {
    const { id } = actor;
    if (!this.#lives(id)) throw new ProcessError('PROCESS_TERMINATED', `There is no actor ${actor.toString()}`);
    const add = <M extends Metric>(metric: M): M => this.#add(metric, id);
    return {
      counter: (name, options = {}) => this.#reuse(name, Counter, id) ?? add(new Counter(name, options)),
      pushGauge: (name, options = {}) => this.#reuse(name, PushGauge, id) ?? add(new PushGauge(name, options)),
      gauge: (name, read, options = {}) => add(new PullGauge(name, read, options)),
      timer: (name, options = {}) =>
        this.#reuse(timerName(name, options), MetricTimer, id) ?? add(this.#timer(name, options)),
      add,
    };
  }

  /** Stops serving a metric; false when there is none of that name. */
  remove(metric: Metric | string): boolean {
    const name = typeof metric === 'string' ? metric : metric.name;
    const entry = this.#entries.get(name);
    if (entry === undefined || (typeof metric !== 'string' && entry.metric !== metric)) return false;
    this.#sorted = undefined;
    if (entry.owner !== undefined) this.#owned.get(entry.owner)?.delete(name);
    return this.#entries.delete(name);
  }

  /** Removes the metrics of an actor that has ended. */
  release(actor: string): void {
    const names = this.#owned.get(actor);
    if (names === undefined) return;
    this.#owned.delete(actor);
    for (const name of names) this.#entries.delete(name);
    this.#sorted = undefined;
  }

  /** Every metric, in order of name. */
  list(): Metric[] {
    return this.#inOrder().map(({ metric }) => metric);
  }

  /** Every metric that has a value at once, by name, in order of name. Those that are computed by promises are not among them. */
  snapshot(): Record<string, number> {
    return snapshotOf(this.#readings(this.#inOrder(), this.#values()));
  }

  /** Reads every metric, in order of name. */
  async collect({ timeoutMs }: CollectOptions = {}): Promise<MetricReading[]> {
    const entries = this.#inOrder();
    const values = this.#values();
    await this.#fill(values, timeoutMs);
    return this.#readings(entries, values);
  }

  /** What the metrics say, in order of name. */
  #values(): MetricValue[] {
    return this.#inOrder().map(({ metric }) => {
      try {
        return metric.read();
      } catch {
        // One that cannot be read leaves the others readable.
        this.#failed();
        return undefined;
      }
    });
  }

  #readings(entries: readonly Entry[], values: readonly MetricValue[]): MetricReading[] {
    return entries.map(({ metric }, index) => {
      const value = values[index];
      if (!(value instanceof Promise)) return reading(metric, value);
      // Nobody waits for it here, but it may reject.
      this.#late.listen(value, () => undefined)();
      return reading(metric, undefined);
    });
  }

  #inOrder(): readonly Entry[] {
    this.#sorted ??= [...this.#entries.values()].toSorted((a, b) => compareTexts(a.metric.name, b.metric.name));
    return this.#sorted;
  }

  #timer(name: string, options: MetricTimerOptions): MetricTimer {
    return new MetricTimer(name, this.#clock, options);
  }

  /** What has the name already, if it is of that kind and belongs to whoever asks. */
  #reuse<M extends Metric>(
    name: string,
    kind: abstract new (...args: never[]) => M,
    owner: string | undefined,
  ): M | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined || !(entry.metric instanceof kind)) return undefined;
    return owner === undefined || entry.owner === owner ? entry.metric : undefined;
  }

  #add<M extends Metric>(metric: M, owner: string | undefined): M {
    const { name } = metric;
    const taken = this.#entries.get(name);
    if (taken !== undefined) {
      const whose = taken.owner === undefined ? '' : ` of actor ${taken.owner}`;
      throw new ProcessError('METRIC_NAME_IN_USE', `'${name}' is the name of a ${taken.metric.kind}${whose} already`);
    }
    this.#entries.set(name, { metric, owner });
    this.#sorted = undefined;
    if (owner !== undefined) {
      const names = this.#owned.get(owner);
      if (names === undefined) this.#owned.set(owner, new Set([name]));
      else names.add(name);
    }
    metric.attach(this.#clock, this.#failed);
    return metric;
  }

  /** Puts what promises resolve to into their places, as far as they do so within the time allowed. */
  async #fill(values: MetricValue[], timeoutMs: number | undefined): Promise<void> {
    const leave: (() => void)[] = [];
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      for (const [index, value] of values.entries()) {
        if (!(value instanceof Promise)) continue;
        const stop = this.#late.listen(value, (late) => {
          values[index] = late;
          missing--;
          if (missing === 0) resolve();
        });
        leave.push(stop);
      }
      let missing = leave.length;
      if (missing === 0) resolve();
      else if (timeoutMs !== undefined) timer = this.#clock.timer(timeoutMs, resolve);
    });
    if (timer !== undefined) this.#clock.cancel(timer);
    for (const stop of leave) stop();
  }
}

/**
 * Readings by name, in order of name, as `/metrics/snapshot` shows them: those without a value are left out, and those that JSON has no
 * number for. Statistics follow as `<name>/count`, `/max`, `/min`, `/p50`, `/p90`, `/p95`, `/p99`, `/p999` and `/p9999`.
 */
export function snapshotOf(readings: readonly MetricReading[]): Record<string, number> {
  const entries: [string, number][] = [];
  let hasStatistics = false;
  for (const { metric, value, statistics } of readings) {
    if (value !== undefined && Number.isFinite(value)) entries.push([metric.name, value]);
    if (statistics === undefined) continue;
    hasStatistics = true;
    for (const name of ['count', 'max', 'min', ...percentiles] as const) {
      entries.push([`${metric.name}/${name}`, statistics[name]]);
    }
  }
  // A name such as 'a-b' belongs between 'a' and 'a/count'.
  if (hasStatistics) entries.sort(([a], [b]) => compareTexts(a, b));
  return Object.fromEntries(entries);
}

function reading(metric: Metric, value: number | undefined): MetricReading {
  return { metric, value, statistics: metric.statistics() };
}

function timerName(name: string, { unit = 'ms' }: MetricTimerOptions): string {
  return `${name}_${unit}`;
}
