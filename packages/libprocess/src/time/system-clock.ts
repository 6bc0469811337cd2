import { TimerWheel } from './timer-wheel.ts';
import type { Clock, Timer, TimerOptions } from './clock.ts';

// Node's longest timer; a longer delay would fire at once (https://nodejs.org/api/timers.html).
const delayMsMax = 2_147_483_647;

/**
 * The machine's clock. Deadlines are rounded up to whole milliseconds, and no timer fires before its own. However many timers are set,
 * the machine has one of them. Like listening sockets and children, timers with `keepsAlive` keep the OS process alive.
 */
export class SystemClock implements Clock {
  readonly #wheel = new TimerWheel();
  #alarm: ReturnType<typeof setTimeout> | undefined;
  #alarmMs = Infinity;

  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  timer(delayMs: number, callback: () => void, options: TimerOptions = {}): Timer {
    const nowMs = this.monotonic();
    const timer = this.#wheel.add(Math.ceil(nowMs + Math.max(0, delayMs)), nowMs, callback, options.keepsAlive);
    if (this.#wheel.wakeMs < this.#alarmMs) this.#arm(this.#wheel.wakeMs);
    else if (this.#wheel.keepers === 1) this.#keepAlive(true);
    return timer;
  }

  cancel(timer: Timer): boolean {
    // The alarm stays: to ring once for nothing is cheaper than to set it anew each time that the earliest timer is cancelled.
    const isRemoved = this.#wheel.remove(timer);
    if (isRemoved && this.#wheel.keepers === 0) this.#keepAlive(false);
    return isRemoved;
  }

  attach(): () => void {
    // This clock never waits for the system to come to rest. But whoever leaves it as the last leaves no alarm that would hold it.
    return () => {
      if (this.#wheel.size === 0) this.#disarm();
    };
  }

  #arm(wakeMs: number): void {
    this.#disarm();
    this.#alarmMs = wakeMs;
    const delayMs = Math.max(1, Math.ceil(wakeMs - this.monotonic()));
    this.#alarm = setTimeout(this.#ring, Math.min(delayMs, delayMsMax));
    if (this.#wheel.keepers === 0) this.#keepAlive(false);
  }

  #disarm(): void {
    // Node keeps its list of timers of one duration until that is over, unless the last of them was one that keeps the OS process alive.
    this.#keepAlive(true);
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    this.#alarmMs = Infinity;
  }

  /** Whether the alarm, which may outlast the timers that it was set for, keeps the OS process alive. */
  #keepAlive(isNeeded: boolean): void {
    const alarm = this.#alarm;
    // Browsers have a number, and nothing to keep alive.
    if (typeof alarm !== 'object') return;
    if (isNeeded) alarm.ref();
    else alarm.unref();
  }

  readonly #ring = (): void => {
    // What the callbacks set is looked at in the end.
    this.#alarm = undefined;
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
