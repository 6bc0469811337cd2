import type { Clock, Timer } from './clock.ts';

// Node's longest timer; a longer delay would fire at once (https://nodejs.org/api/timers.html).
const delayMsMax = 2_147_483_647;

class SystemTimer implements Timer {
  readonly deadlineMs: number;
  handle: NodeJS.Timeout | undefined;

  constructor(deadlineMs: number) {
    this.deadlineMs = deadlineMs;
  }
}

/** The machine's clock. Its timers do not keep the OS process alive: listening sockets and children do. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  timer(delayMs: number, callback: () => void): Timer {
    const timer = new SystemTimer(this.monotonic() + Math.max(0, delayMs));
    this.#arm(timer, callback);
    return timer;
  }

  cancel(timer: Timer): boolean {
    if (!(timer instanceof SystemTimer) || timer.handle === undefined) return false;
    clearTimeout(timer.handle);
    timer.handle = undefined;
    return true;
  }

  attach(): void {
    // Nothing to do: this clock never waits for the system to come to rest.
  }

  #arm(timer: SystemTimer, callback: () => void): void {
    const remainingMs = timer.deadlineMs - this.monotonic();
    const fire = (): void => {
      if (remainingMs > delayMsMax) {
        this.#arm(timer, callback);
        return;
      }
      timer.handle = undefined;
      callback();
    };
    timer.handle = setTimeout(fire, Math.min(Math.max(0, remainingMs), delayMsMax));
    timer.handle.unref();
  }
}
