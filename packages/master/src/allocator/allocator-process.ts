import { Process } from '@mesos-ts/libprocess';
import { Allocator } from './allocator.ts';
import type { MetricTimer, PID } from '@mesos-ts/libprocess';
import type { ExplainAnswer, ExplainQuestion } from '../explain/explain.ts';
import type { Allocation, AllocatorEvent, AllocatorOptions } from './events.ts';

/** Options of `AllocatorProcess`. */
export interface AllocatorProcessOptions extends AllocatorOptions {
  /** Receives offers as they are decided. */
  readonly offer: (allocations: readonly Allocation[]) => void;
}

/**
 * Runs the allocator beside the master. Events that arrive together are answered by one allocation; besides, every allocation
 * interval all agents are looked at, since refusals expire and resources are freed without anybody saying so.
 */
export class AllocatorProcess extends Process {
  readonly #options: AllocatorProcessOptions;
  readonly #allocator: Allocator;
  #candidates: Set<string> | 'all' = new Set();
  #pending = false;
  readonly #shares = new Set<string>();
  #rolesVersion = 0;
  #runs: MetricTimer | undefined;
  #latency: MetricTimer | undefined;

  constructor(options: AllocatorProcessOptions) {
    super('hierarchical-allocator');
    this.#options = options;
    this.#allocator = new Allocator(options);
  }

  protected override initialize(): void {
    const metrics = this.runtime.metrics.of(this.self);
    this.#runs = metrics.timer('allocator/mesos/allocation_run', { help: 'How long deciding on offers takes.' });
    this.#latency = metrics.timer('allocator/mesos/allocation_run_latency', {
      help: 'How long deciding on offers waits.',
    });
    metrics.gauge('allocator/event_queue_dispatches', () => (this.#pending ? 1 : 0));
    metrics.gauge('allocator/mesos/offer_filters/active', () => this.#allocator.filtersActive);
    for (const name of ['cpus', 'disk', 'gpus', 'mem']) {
      metrics.gauge(`allocator/mesos/resources/${name}/total`, () => this.#allocator.total(name));
      metrics.gauge(`allocator/mesos/resources/${name}/offered_or_allocated`, () => this.#allocator.given(name));
    }
    this.#scheduleInterval();
  }

  /** Takes note of events, in order, and allocates once for them all. */
  handle(events: readonly AllocatorEvent[]): void {
    const now = this.runtime.clock.monotonic();
    for (const event of events) {
      const candidates = this.#allocator.apply(event, now);
      if (candidates === 'all') this.#candidates = 'all';
      else if (candidates !== 'none' && this.#candidates !== 'all') this.#candidates.add(candidates.agentId);
    }
    if (this.#allocator.rolesVersion !== this.#rolesVersion) this.#declareShares();
    if (this.#candidates === 'all' || this.#candidates.size > 0) this.#allocateSoon();
  }

  /** Decides and hands out offers. */
  allocate(): void {
    const candidates = this.#candidates;
    this.#candidates = new Set();
    this.#pending = false;
    const { clock, metrics, random } = this.runtime;
    this.#latency?.stop();
    this.#runs?.start();
    const started = clock.monotonic();
    const allocations = this.#allocator.allocate(candidates, started, () => random.next());
    this.#runs?.stop();
    metrics.counter('allocator/mesos/allocation_runs').increment();
    if (allocations.length > 0) this.#options.offer(allocations);
  }

  /** Why frameworks are not offered what they wait for. */
  explain({ frameworkIds, imaginaryRole, wanted }: ExplainQuestion): ExplainAnswer {
    const nowMs = this.runtime.clock.monotonic();
    return {
      frameworks: frameworkIds.flatMap((id) => this.#allocator.explain(id, wanted, nowMs)),
      imaginary: imaginaryRole === undefined ? undefined : this.#allocator.explainNewcomer(imaginaryRole, wanted),
    };
  }

  /** Keeps one metric for each role that frameworks are in. */
  #declareShares(): void {
    const { metrics } = this.runtime;
    this.#rolesVersion = this.#allocator.rolesVersion;
    const roles = new Set(this.#allocator.roles());
    for (const role of this.#shares) {
      if (roles.has(role)) continue;
      this.#shares.delete(role);
      metrics.remove(shareMetric(role));
    }
    for (const role of roles) {
      if (this.#shares.has(role)) continue;
      this.#shares.add(role);
      metrics.of(this.self).gauge(shareMetric(role), () => this.#allocator.share(role));
    }
  }

  #allocateSoon(): void {
    if (this.#pending) return;
    this.#pending = true;
    this.#latency?.start();
    // Behind the events that are in the mailbox already: these are taken into account too.
    const self: PID<AllocatorProcess> = this.self;
    this.runtime.tell(self, 'allocate');
  }

  #scheduleInterval(): void {
    this.delay(this.#options.allocationIntervalMs, () => {
      this.#candidates = 'all';
      this.#allocateSoon();
      this.#scheduleInterval();
    });
  }
}

function shareMetric(role: string): string {
  return `allocator/mesos/roles/${role}/shares/dominant`;
}
