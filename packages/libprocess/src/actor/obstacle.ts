import type { ProcessRuntime } from './process.ts';
import type { Timer } from '../time/clock.ts';

/** What keeps an actor from ending that is to end. */
interface ObstacleOptions {
  readonly runtime: ProcessRuntime;
  /** The actor's name. */
  readonly id: string;
  /** What it is waited for. */
  readonly what: string;
  readonly timeoutMs: number;
  /** Ends the actor without. */
  readonly goOn: () => void;
}

/** The wait for what keeps an actor from ending that is to end. */
export class Obstacle {
  readonly #options: ObstacleOptions;
  readonly #timer: Timer;

  constructor(options: ObstacleOptions) {
    this.#options = options;
    this.#timer = options.runtime.clock.timer(options.timeoutMs, () => {
      this.giveUp();
    });
  }

  /** It is waited for no longer. */
  giveUp(): void {
    const { runtime, id, what, goOn } = this.#options;
    this.cancel();
    runtime.logger.error(`Actor ${id} does not wait for '${what}' any longer and ends`);
    runtime.metrics.counter('libprocess/ends_forced').increment();
    goOn();
  }

  /** It is gone. */
  cancel(): void {
    this.#options.runtime.clock.cancel(this.#timer);
  }
}
