import type { Counter, MetricMaker, ProcessRuntime, PID } from '@mesos-ts/libprocess';
import type { Cluster } from './state/cluster.ts';

interface Counters {
  readonly received: Counter;
  readonly processed: Counter;
}

/**
 * How many messages frameworks that are actors have sent, and how many of them the master has handled, by principal (Mesos's
 * `docs/framework-rate-limiting.md`); for as long as the master remembers a framework of the principal. They are there for frameworks
 * over HTTP, too, where they stay 0 as in Mesos.
 */
export class PrincipalMetrics {
  readonly #runtime: ProcessRuntime;
  readonly #own: MetricMaker;
  readonly #cluster: Cluster;
  readonly #counters = new Map<string, Counters>();
  #version = 0;

  constructor(runtime: ProcessRuntime, master: PID, cluster: Cluster) {
    this.#runtime = runtime;
    this.#own = runtime.metrics.of(master);
    this.#cluster = cluster;
  }

  /** Adds the metrics of principals that are new, and removes those that are forgotten. Cheap when there are none. */
  update(): void {
    const { completedFrameworks, frameworks, frameworksVersion } = this.#cluster;
    if (frameworksVersion === this.#version) return;
    this.#version = frameworksVersion;
    const principals = new Set<string>();
    for (const { info } of [...frameworks.values(), ...completedFrameworks.values()]) {
      if (info.principal !== undefined) principals.add(info.principal);
    }
    for (const [principal, { processed, received }] of this.#counters) {
      if (principals.has(principal)) continue;
      this.#counters.delete(principal);
      this.#runtime.metrics.remove(received.name);
      this.#runtime.metrics.remove(processed.name);
    }
    for (const principal of principals) {
      if (this.#counters.has(principal)) continue;
      const prefix = `frameworks/${principal}/messages_`;
      const counter = (name: string): Counter => this.#own.counter(prefix + name);
      this.#counters.set(principal, { received: counter('received'), processed: counter('processed') });
    }
  }

  /** A framework of this principal has sent something. */
  received(principal: string | undefined): void {
    this.#of(principal)?.received.increment();
  }

  /** The master has handled something of a framework of this principal. */
  processed(principal: string | undefined): void {
    this.#of(principal)?.processed.increment();
  }

  #of(principal: string | undefined): Counters | undefined {
    return principal === undefined ? undefined : this.#counters.get(principal);
  }
}
