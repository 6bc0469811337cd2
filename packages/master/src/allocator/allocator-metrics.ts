import type { MetricMaker, MetricTimer, Metrics, PID } from '@mesos-ts/libprocess';
import { frameworkMetricPrefix } from '../framework-metrics.ts';
import type { Allocator } from './allocator.ts';

/** Options of `AllocatorMetrics`. */
export interface AllocatorMetricsOptions {
  /** Whether each framework has metrics of its own. */
  readonly publishPerFramework: boolean;
}

/** The `allocator/mesos/...` metrics: resources, runs, and those of each role and of each framework in a role. */
export class AllocatorMetrics {
  readonly runs: MetricTimer;
  readonly latency: MetricTimer;
  readonly #metrics: Metrics;
  readonly #own: MetricMaker;
  readonly #allocator: Allocator;
  readonly #options: AllocatorMetricsOptions;
  readonly #roles = new Map<string, readonly string[]>();
  readonly #memberships = new Map<string, string>();
  #version = 0;

  constructor(metrics: Metrics, owner: PID, allocator: Allocator, options: AllocatorMetricsOptions) {
    this.#metrics = metrics;
    this.#own = metrics.of(owner);
    this.#allocator = allocator;
    this.#options = options;
    this.runs = this.#own.timer('allocator/mesos/allocation_run', { help: 'How long deciding on offers takes.' });
    this.latency = this.#own.timer('allocator/mesos/allocation_run_latency', {
      help: 'How long deciding on offers waits.',
    });
    metrics.counter('allocator/mesos/allocation_runs');
    for (const name of ['cpus', 'disk', 'mem']) {
      this.#own.gauge(`allocator/mesos/resources/${name}/total`, () => allocator.total(name));
      this.#own.gauge(`allocator/mesos/resources/${name}/offered_or_allocated`, () => allocator.given(name));
    }
  }

  /** Brings the metrics of roles and of frameworks in roles up to date. Cheap when nobody came or went. */
  update(): void {
    if (this.#allocator.membersVersion === this.#version) return;
    this.#version = this.#allocator.membersVersion;
    this.#updateRoles();
    if (this.#options.publishPerFramework) this.#updateMemberships();
  }

  #updateRoles(): void {
    const roles = new Set(this.#allocator.roles());
    for (const [role, names] of this.#roles) {
      if (roles.has(role)) continue;
      this.#roles.delete(role);
      for (const name of names) this.#metrics.remove(name);
    }
    for (const role of roles) {
      if (this.#roles.has(role)) continue;
      const share = `allocator/mesos/roles/${role}/shares/dominant`;
      const filters = `allocator/mesos/offer_filters/roles/${role}/active`;
      this.#own.gauge(share, () => this.#allocator.share(role));
      this.#own.gauge(filters, () => this.#allocator.filtersActive(role));
      this.#roles.set(role, [share, filters]);
    }
  }

  #updateMemberships(): void {
    const now = new Set<string>();
    for (const { frameworkId, frameworkName, role } of this.#allocator.memberships()) {
      // The name that a framework came with is that of all its metrics.
      const key = `${frameworkId} ${role}`;
      now.add(key);
      if (this.#memberships.has(key)) continue;
      const name = `${frameworkMetricPrefix(frameworkName, frameworkId)}roles/${role}/suppressed`;
      this.#own.gauge(name, () => (this.#allocator.isSuppressed(frameworkId, role) ? 1 : 0));
      this.#memberships.set(key, name);
    }
    for (const [key, name] of this.#memberships) {
      if (now.has(key)) continue;
      this.#memberships.delete(key);
      this.#metrics.remove(name);
    }
  }
}
