/** Notices that a download has stopped making progress. */
import type { Timer } from '@mesos-ts/libprocess';

import type { FetchClock } from './options.ts';

export class StallGuard implements Disposable {
  readonly #clock: FetchClock;
  readonly #timeoutMs: number;
  readonly #onStall: () => void;
  #progressMs: number;
  #timer: Timer;

  /** Calls back once when `timeoutMs` pass without progress, unless disposed of before. */
  constructor(clock: FetchClock, timeoutMs: number, onStall: () => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onStall = onStall;
    this.#progressMs = clock.monotonic();
    this.#timer = this.#arm(timeoutMs);
  }

  progress(): void {
    this.#progressMs = this.#clock.monotonic();
  }

  [Symbol.dispose](): void {
    this.#clock.cancel(this.#timer);
  }

  // One timer that is set again when it fires early costs less than one for each piece of data.
  #arm(delayMs: number): Timer {
    return this.#clock.timer(delayMs, () => {
      const remainingMs = this.#progressMs + this.#timeoutMs - this.#clock.monotonic();
      if (remainingMs > 0) this.#timer = this.#arm(remainingMs);
      else this.#onStall();
    });
  }
}
