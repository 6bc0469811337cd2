import type { Counter, MetricMaker, ProcessRuntime, PID } from '@mesos-ts/libprocess';
import type { FrameworkChanges } from './state/cluster.ts';
import type { FrameworkRecord } from './state/framework.ts';

interface Counters {
  readonly received: Counter;
  readonly processed: Counter;
  /** How many frameworks are remembered that are this principal's. */
  readonly frameworks: number;
}

/**
 * How many messages frameworks that are actors have sent, and how many of them the master has handled, by principal (Mesos's
 * `docs/framework-rate-limiting.md`); for as long as the master remembers a framework of the principal. They are there for frameworks
 * over HTTP, too, where they stay 0 as in Mesos.
 */
export class PrincipalMetrics {
  readonly #runtime: ProcessRuntime;
  readonly #own: MetricMaker;
  readonly #counters = new Map<string, Counters>();
  /** The principal that each framework had when it came. */
  readonly #known = new Map<FrameworkRecord, string | undefined>();

  constructor(runtime: ProcessRuntime, master: PID) {
    this.#runtime = runtime;
    this.#own = runtime.metrics.of(master);
  }

  /** Adds the metrics of principals that are new, and removes those that are forgotten. */
  update({ came, forgotten }: FrameworkChanges): void {
    for (const framework of came) {
      this.#known.set(framework, framework.info.principal);
      this.#add(framework.info.principal);
    }
    for (const framework of forgotten) {
      this.#remove(this.#known.get(framework));
      this.#known.delete(framework);
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

  #add(principal: string | undefined): void {
    if (principal === undefined) return;
    const known = this.#counters.get(principal);
    const prefix = `frameworks/${principal}/messages_`;
    const { processed, received } = known ?? {
      received: this.#own.counter(`${prefix}received`),
      processed: this.#own.counter(`${prefix}processed`),
    };
    this.#counters.set(principal, { received, processed, frameworks: (known?.frameworks ?? 0) + 1 });
  }

  #remove(principal: string | undefined): void {
    const known = this.#of(principal);
    if (known === undefined || principal === undefined) return;
    const { processed, received } = known;
    if (known.frameworks > 1) {
      this.#counters.set(principal, { received, processed, frameworks: known.frameworks - 1 });
      return;
    }
    this.#counters.delete(principal);
    this.#runtime.metrics.remove(received.name);
    this.#runtime.metrics.remove(processed.name);
  }

  #of(principal: string | undefined): Counters | undefined {
    return principal === undefined ? undefined : this.#counters.get(principal);
  }
}
