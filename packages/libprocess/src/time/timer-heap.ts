import { ProcessError } from '../errors.ts';
import { Heap } from './heap.ts';
import type { Timer } from './clock.ts';
import type { HeapEntry } from './heap.ts';

class HeapTimer implements HeapEntry<HeapTimer>, Timer {
  readonly deadlineMs: number;
  readonly #number: number;
  /** Let go when the timer has fired or was cancelled, because whoever set it may keep it. */
  callback: (() => void) | undefined;
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

/** Timers by deadlines of any precision, in a heap: they leave in the order of deadline and then of setting. */
export class TimerHeap {
  readonly #heap = new Heap<HeapTimer>();
  #number = 0;

  /** How many timers are set. */
  get size(): number {
    return this.#heap.size;
  }

  /** The earliest deadline, or infinity where there is none. */
  get nextMs(): number {
    return this.#heap.first?.deadlineMs ?? Infinity;
  }

  add(deadlineMs: number, callback: () => void): Timer {
    if (Number.isNaN(deadlineMs)) throw new ProcessError('INVARIANT', 'A timer needs a delay that is a number');
    const timer = new HeapTimer(deadlineMs, this.#number++, callback);
    this.#heap.push(timer);
    return timer;
  }

  /** Takes a timer out; false when it is not in here any more. */
  remove(timer: Timer): boolean {
    if (!(timer instanceof HeapTimer) || !this.#heap.remove(timer)) return false;
    timer.callback = undefined;
    return true;
  }

  /** Takes out the first timer that is due at that time and answers its callback. */
  due(nowMs: number): (() => void) | undefined {
    const { first } = this.#heap;
    if (first === undefined || first.deadlineMs > nowMs) return undefined;
    const { callback } = first;
    this.remove(first);
    return callback;
  }
}
