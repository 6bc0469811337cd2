import type { Clock } from '@mesos-ts/libprocess';

// What else a clock's timers could be made of. Each is as small as it can be, with nothing that makes it safe to use.

/** The part of a clock that is measured. */
export type Timers = Pick<Clock, 'cancel' | 'timer'>;

interface Timer {
  readonly deadlineMs: number;
}

class OwnTimer implements Timer {
  readonly deadlineMs: number;
  handle: NodeJS.Timeout | undefined;

  constructor(deadlineMs: number) {
    this.deadlineMs = deadlineMs;
  }
}

/** One of the machine's timers for each. */
export class TimeoutTimers implements Timers {
  timer(delayMs: number, callback: () => void): Timer {
    const timer = new OwnTimer(performance.now() + delayMs);
    timer.handle = setTimeout(() => {
      timer.handle = undefined;
      callback();
    }, delayMs);
    timer.handle.unref();
    return timer;
  }

  cancel(timer: Timer): boolean {
    if (!(timer instanceof OwnTimer) || timer.handle === undefined) return false;
    clearTimeout(timer.handle);
    timer.handle = undefined;
    return true;
  }
}

/** One of the machine's timers for all, set to the earliest. */
abstract class SharedAlarm {
  #alarm: NodeJS.Timeout | undefined;
  #alarmMs = Infinity;

  protected arm(deadlineMs: number): void {
    if (deadlineMs >= this.#alarmMs) return;
    clearTimeout(this.#alarm);
    this.#alarmMs = deadlineMs;
    this.#alarm = setTimeout(
      () => {
        this.#alarmMs = Infinity;
        this.ring(performance.now());
      },
      Math.max(1, Math.ceil(deadlineMs - performance.now())),
    ).unref();
  }

  protected abstract ring(nowMs: number): void;
}

class HeapTimer implements Timer {
  readonly deadlineMs: number;
  readonly number: number;
  readonly callback: () => void;
  at = -1;

  constructor(deadlineMs: number, number: number, callback: () => void) {
    this.deadlineMs = deadlineMs;
    this.number = number;
    this.callback = callback;
  }

  isBefore(other: HeapTimer): boolean {
    return this.deadlineMs < other.deadlineMs || (this.deadlineMs === other.deadlineMs && this.number < other.number);
  }
}

/** A heap with four children to a node, whose timers know their places. */
export class HeapTimers extends SharedAlarm implements Timers {
  readonly #heap: HeapTimer[] = [];
  #number = 0;

  timer(delayMs: number, callback: () => void): Timer {
    const timer = new HeapTimer(performance.now() + delayMs, this.#number++, callback);
    this.#heap.push(timer);
    this.#raise(timer, this.#heap.length - 1);
    if (timer.at === 0) this.arm(timer.deadlineMs);
    return timer;
  }

  cancel(timer: Timer): boolean {
    if (!(timer instanceof HeapTimer) || timer.at === -1) return false;
    const { at } = timer;
    timer.at = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === timer) return true;
    const parent = this.#heap[(at - 1) >> 2];
    if (at > 0 && parent !== undefined && last.isBefore(parent)) this.#raise(last, at);
    else this.#lower(last, at);
    return true;
  }

  protected override ring(nowMs: number): void {
    let first = this.#heap[0];
    while (first !== undefined && first.deadlineMs <= nowMs) {
      this.cancel(first);
      first.callback();
      first = this.#heap[0];
    }
    if (first !== undefined) this.arm(first.deadlineMs);
  }

  #raise(timer: HeapTimer, from: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 2;
      const parent = this.#heap[above];
      if (parent === undefined || !timer.isBefore(parent)) break;
      this.#heap[at] = parent;
      parent.at = at;
      at = above;
    }
    this.#heap[at] = timer;
    timer.at = at;
  }

  #lower(timer: HeapTimer, from: number): void {
    let at = from;
    for (;;) {
      let least = timer;
      for (let child = 4 * at + 1; child <= 4 * at + 4; child++) {
        const candidate = this.#heap[child];
        if (candidate?.isBefore(least) === true) least = candidate;
      }
      if (least === timer) break;
      const below = least.at;
      this.#heap[at] = least;
      least.at = at;
      at = below;
    }
    this.#heap[at] = timer;
    timer.at = at;
  }
}
