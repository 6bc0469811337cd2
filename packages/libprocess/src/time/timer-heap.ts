import { ProcessError } from '../errors.ts';
import type { Timer } from './clock.ts';

class HeapTimer implements Timer {
  readonly deadlineMs: number;
  readonly #number: number;
  /** Let go when the timer has fired or was cancelled, because whoever set it may keep it. */
  callback: (() => void) | undefined;
  /** Its place in the heap. */
  at = 0;

  constructor(deadlineMs: number, number: number, callback: () => void) {
    this.deadlineMs = deadlineMs;
    this.#number = number;
    this.callback = callback;
  }

  isBefore(other: HeapTimer): boolean {
    return this.deadlineMs < other.deadlineMs || (this.deadlineMs === other.deadlineMs && this.#number < other.#number);
  }
}

/** Timers by deadlines of any precision, in a binary heap: they leave in the order of deadline and then of setting. */
export class TimerHeap {
  readonly #heap: HeapTimer[] = [];
  #number = 0;

  /** How many timers are set. */
  get size(): number {
    return this.#heap.length;
  }

  /** The earliest deadline, or infinity where there is none. */
  get nextMs(): number {
    return this.#heap[0]?.deadlineMs ?? Infinity;
  }

  add(deadlineMs: number, callback: () => void): Timer {
    if (Number.isNaN(deadlineMs)) throw new ProcessError('INVARIANT', 'A timer needs a delay that is a number');
    const timer = new HeapTimer(deadlineMs, this.#number++, callback);
    this.#heap.push(timer);
    this.#raise(timer, this.#heap.length - 1);
    return timer;
  }

  /** Takes a timer out; false when it is not in here any more. */
  remove(timer: Timer): boolean {
    if (!(timer instanceof HeapTimer) || this.#heap[timer.at] !== timer) return false;
    timer.callback = undefined;
    const last = this.#heap.pop();
    if (last === undefined || last === timer) return true;
    const above = this.#heap[(timer.at - 1) >> 1];
    if (above !== undefined && last.isBefore(above)) this.#raise(last, timer.at);
    else this.#lower(last, timer.at);
    return true;
  }

  /** Takes out the first timer that is due at that time and answers its callback. */
  due(nowMs: number): (() => void) | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.deadlineMs > nowMs) return undefined;
    const { callback } = first;
    this.remove(first);
    return callback;
  }

  #raise(timer: HeapTimer, from: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || !timer.isBefore(parent)) break;
      this.#place(parent, at);
      at = above;
    }
    this.#place(timer, at);
  }

  #lower(timer: HeapTimer, from: number): void {
    let at = from;
    for (;;) {
      const left = this.#heap[2 * at + 1];
      const right = this.#heap[2 * at + 2];
      const child = right !== undefined && left !== undefined && right.isBefore(left) ? right : left;
      if (child === undefined || !child.isBefore(timer)) break;
      const below = child.at;
      this.#place(child, at);
      at = below;
    }
    this.#place(timer, at);
  }

  #place(timer: HeapTimer, at: number): void {
    this.#heap[at] = timer;
    timer.at = at;
  }
}
