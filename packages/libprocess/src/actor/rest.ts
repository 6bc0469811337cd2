import { nextTurn } from './turn.ts';

// Nothing in the program starts later than a turn after what caused it, so two quiet turns prove rest.
const quietTurns = 2;

/** Finds out when something is at rest, without looking all the time. */
export class Rest {
  readonly #isBusy: () => boolean;
  #waiting: (() => void)[] = [];

  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy;
  }

  /** To be called whenever it may have come to rest. */
  check(): void {
    if (this.#waiting.length === 0 || this.#isBusy()) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves when nothing has been going on for two turns of the event loop. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns; quiet++) {
      await new Promise<void>((resolve) => {
        nextTurn(resolve);
      });
      if (!this.#isBusy()) continue;
      quiet = -1;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }
}
