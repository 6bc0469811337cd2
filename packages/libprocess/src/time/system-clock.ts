import { TimerWheel } from './timer-wheel.ts';
import type { Clock, Timer } from './clock.ts';

// Node's longest timer; a longer delay would fire at once (https://nodejs.org/api/timers.html).
const delayMsMax = 2_147_483_647;

/** Options of `SystemClock`. */
export interface SystemClockOptions {
  /** Whether the OS process goes on as long as a timer is set, as it does for those of Node.js. @default false */
  readonly keepsAlive?: boolean;
}

/**
 * The machine's clock. Deadlines are rounded up to whole milliseconds, and no timer fires before its own. However many timers are set,
 * the machine has one of them. Unless told to, it does not keep the OS process alive: listening sockets and children do.
 */
export class SystemClock implements Clock {
  readonly #wheel = new TimerWheel();
  #alarm: ReturnType<typeof setTimeout> | undefined;
  #alarmMs = Infinity;
  readonly #keepsAlive: boolean;

  constructor({ keepsAlive = false }: SystemClockOptions = {}) {
    this.#keepsAlive = keepsAlive;
  }

  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  timer(delayMs: number, callback: () => void): Timer {
    const nowMs = this.monotonic();
    const timer = this.#wheel.add(Math.ceil(nowMs + Math.max(0, delayMs)), nowMs, callback);
    if (this.#wheel.wakeMs < this.#alarmMs) this.#arm(this.#wheel.wakeMs);
    else this.#hold();
    return timer;
  }

  cancel(timer: Timer): boolean {
    // The alarm stays: to ring once for nothing is cheaper than to set it anew each time that the earliest timer is cancelled.
    const removed = this.#wheel.remove(timer);
    if (removed) this.#hold();
    return removed;
  }

  attach(): () => void {
    // Nothing to do: this clock never waits for the system to come to rest.
    return () => undefined;
  }

  #arm(wakeMs: number): void {
    clearTimeout(this.#alarm);
    this.#alarmMs = wakeMs;
    const delayMs = Math.max(1, Math.ceil(wakeMs - this.monotonic()));
    const alarm = setTimeout(this.#ring, Math.min(delayMs, delayMsMax));
    this.#alarm = alarm;
    // Browsers answer with a number.
    if (typeof alarm === 'object' && !this.#keepsAlive) alarm.unref();
  }

  /** Lets the alarm keep the OS process alive only where a timer waits for it. */
  #hold(): void {
    if (!this.#keepsAlive || typeof this.#alarm !== 'object') return;
    if (this.#wheel.size === 0) this.#alarm.unref();
    else this.#alarm.ref();
  }

  readonly #ring = (): void => {
    // What the callbacks set is looked at in the end.
    this.#alarmMs = -Infinity;
    const nowMs = this.monotonic();
    try {
      for (let due = this.#wheel.due(nowMs); due !== undefined; due = this.#wheel.due(nowMs)) due();
    } finally {
      // Also where a callback throws: the timers after it are not at fault.
      this.#alarmMs = Infinity;
      if (this.#wheel.wakeMs < Infinity) this.#arm(this.#wheel.wakeMs);
    }
  };
}
