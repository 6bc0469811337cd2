import { fromMilli } from '@mesos-ts/protocol';
import type { MetricMaker, MetricTimer, Metrics, PID } from '@mesos-ts/libprocess';
import { frameworkMetricPrefix } from '../framework-metrics.ts';
import type { Quota } from '../quota.ts';
import type { Allocator } from './allocator.ts';
import type { AllocatorEvent } from './events.ts';

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
  /** The metrics of quotas, by role. */
  readonly #quotas = new Map<string, readonly string[]>();
  /** By framework: the name it came with, and its metrics by role. */
  readonly #memberships = new Map<string, { readonly frameworkName: string; readonly roles: Map<string, string> }>();
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

  /** Brings the metrics of roles, and those of frameworks in roles, up to date with events that the allocator has noted. */
  update(events: readonly AllocatorEvent[]): void {
    for (const event of events) if (event.type === 'update-quota') this.#updateQuota(event.role, event.quota);
    if (this.#allocator.rolesVersion !== this.#version) this.#updateRoles();
    if (!this.#options.publishPerFramework) return;
    for (const event of events) {
      if (changing.has(event.type) && 'frameworkId' in event) this.#updateMemberships(event.frameworkId);
    }
  }

  #updateQuota(role: string, quota: Quota): void {
    for (const name of this.#quotas.get(role) ?? []) this.#metrics.remove(name);
    const names: string[] = [];
    const gauge = (resource: string, what: string, value: () => number): void => {
      const name = `allocator/mesos/quota/roles/${part(role)}/resources/${part(resource)}/${what}`;
      this.#own.gauge(name, value);
      names.push(name);
    };
    const { guarantees, limits } = quota;
    for (const resource of new Set([...guarantees.names(), ...limits.keys()])) {
      gauge(resource, 'offered_or_allocated', () => this.#allocator.givenTo(role, resource));
    }
    for (const resource of guarantees.names()) gauge(resource, 'guarantee', () => guarantees.get(resource));
    for (const [resource, milli] of limits) gauge(resource, 'limit', () => fromMilli(milli));
    if (names.length === 0) this.#quotas.delete(role);
    else this.#quotas.set(role, names);
  }

  #updateRoles(): void {
    this.#version = this.#allocator.rolesVersion;
    const roles = new Set(this.#allocator.roles());
    for (const [role, names] of this.#roles) {
      if (roles.has(role)) continue;
      this.#roles.delete(role);
      for (const name of names) this.#metrics.remove(name);
    }
    for (const role of roles) {
      if (this.#roles.has(role)) continue;
      const share = `allocator/mesos/roles/${part(role)}/shares/dominant`;
      const filters = `allocator/mesos/offer_filters/roles/${part(role)}/active`;
      this.#own.gauge(share, () => this.#allocator.share(role));
      this.#own.gauge(filters, () => this.#allocator.filtersActive(role));
      this.#roles.set(role, [share, filters]);
    }
  }

  #updateMemberships(frameworkId: string): void {
    const now = this.#allocator.membership(frameworkId);
    const known = this.#memberships.get(frameworkId) ?? {
      frameworkName: now?.frameworkName ?? '',
      roles: new Map<string, string>(),
    };
    for (const role of now?.roles ?? []) {
      if (known.roles.has(role)) continue;
      // The name that a framework came with is that of all its metrics.
      const name = `${frameworkMetricPrefix(known.frameworkName, frameworkId)}roles/${part(role)}/suppressed`;
      this.#own.gauge(name, () => (this.#allocator.isSuppressed(frameworkId, role) ? 1 : 0));
      known.roles.set(role, name);
    }
    for (const [role, name] of known.roles) {
      if (now?.roles.has(role) === true) continue;
      known.roles.delete(role);
      this.#metrics.remove(name);
    }
    if (now === undefined) this.#memberships.delete(frameworkId);
    else this.#memberships.set(frameworkId, known);
  }
}

/** A role or a resource as a part of a name: neither may have characters that end a line, which names of metrics must not. */
function part(text: string): string {
  return text.replaceAll(/[\p{Cc}%]/gu, encodeURIComponent);
}

/** Events with which frameworks enter and leave roles. */
const changing: ReadonlySet<string> = new Set(['add-framework', 'update-framework', 'remove-framework']);
