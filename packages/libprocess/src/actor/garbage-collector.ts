import { errorText } from '../errors.ts';
import type { Clock } from '../time/clock.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** What a managed actor may have. */
interface Disposable {
  readonly [Symbol.asyncDispose]?: () => unknown;
  readonly [Symbol.dispose]?: () => unknown;
}

/** What the collector needs. */
interface CollectorHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Disposes of managed actors when they have ended. libprocess deletes them; here memory is freed for every actor by itself, and what is
 * left to do is what a destructor would: `Symbol.asyncDispose`, or else `Symbol.dispose`, of the actor.
 */
export class GarbageCollector {
  readonly #host: CollectorHost;
  readonly #timeoutMs: () => number;
  readonly #managed = new Map<string, object>();
  readonly #pending = new Set<Promise<void>>();

  /** @param timeoutMs How long disposing of an actor may take, in milliseconds. */
  constructor(host: CollectorHost, timeoutMs: () => number) {
    this.#host = host;
    this.#timeoutMs = timeoutMs;
  }

  /** Takes over an actor. */
  manage(id: string, actor: object): void {
    this.#managed.set(id, actor);
  }

  /** An actor has ended. */
  ended(id: string): void {
    if (this.#managed.size === 0) return;
    const actor: Disposable | undefined = this.#managed.get(id);
    if (actor === undefined) return;
    this.#managed.delete(id);
    const disposal = this.#dispose(id, actor).finally(() => this.#pending.delete(disposal));
    this.#pending.add(disposal);
  }

  /** Resolves when all that have ended are disposed of, or have taken too long for that. */
  async idle(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #dispose(id: string, actor: Disposable): Promise<void> {
    const { clock, logger, metrics } = this.#host;
    const timeoutMs = this.#timeoutMs();
    const failed = (reason: string): void => {
      metrics.counter('libprocess/disposals_failed').increment();
      logger.error(`Actor ${id} has ended and could not be disposed of: ${reason}`);
    };
    await new Promise<void>((resolve) => {
      const timer = clock.timer(timeoutMs, () => {
        failed(`it took more than ${timeoutMs} ms`);
        resolve();
      });
      const done = (): void => {
        clock.cancel(timer);
        resolve();
      };
      // Whoever waits for the actor's end hears of it first.
      Promise.resolve()
        .then(() => (Symbol.asyncDispose in actor ? actor[Symbol.asyncDispose]?.() : actor[Symbol.dispose]?.()))
        .catch((error: unknown) => {
          failed(errorText(error));
        })
        .finally(done);
    });
  }
}
