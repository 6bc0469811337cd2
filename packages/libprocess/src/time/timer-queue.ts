import { ProcessError } from '../errors.ts';
import type { Timer } from './clock.ts';

/** A place in a ring; alone in it when it is its own neighbour. */
class Link {
  previous: Link = this;
  next: Link = this;

  /** Puts it at the end of the ring that begins with `head`. */
  append(head: Link): void {
    this.previous = head.previous;
    this.next = head;
    head.previous.next = this;
    head.previous = this;
  }

  unlink(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this;
    this.next = this;
  }

  get alone(): boolean {
    return this.next === this;
  }
}

/** The ring of the timers of one deadline. */
class Slot extends Link {
  readonly queue: TimerQueue;
  readonly deadlineMs: number;

  constructor(queue: TimerQueue, deadlineMs: number) {
    super();
    this.queue = queue;
    this.deadlineMs = deadlineMs;
  }
}

class QueuedTimer extends Link implements Timer {
  readonly slot: Slot;
  /** Let go when the timer has fired or was cancelled, because whoever set it may keep it. */
  callback: (() => void) | undefined;

  constructor(slot: Slot, callback: () => void) {
    super();
    this.slot = slot;
    this.callback = callback;
  }

  get deadlineMs(): number {
    return this.slot.deadlineMs;
  }
}

// Slots whose timers were all cancelled may be as many as the others, and these.
const idleSlotsMax = 64;

/**
 * Timers by deadline: a wheel whose slots are made as they are needed. Setting and cancelling touch one slot; a heap orders the slots,
 * of which there are fewer than timers where deadlines are rounded. Timers of one deadline leave in the order in which they came.
 */
export class TimerQueue {
  readonly #slots = new Map<number, Slot>();
  /** The slots, the earliest first: a binary heap. */
  #heap: Slot[] = [];
  #idleSlots = 0;
  #size = 0;

  /** How many timers are set. */
  get size(): number {
    return this.#size;
  }

  /** The earliest deadline, or infinity where there is none. */
  get nextMs(): number {
    for (let slot = this.#heap[0]; slot !== undefined; slot = this.#heap[0]) {
      if (!slot.alone) return slot.deadlineMs;
      this.#idleSlots--;
      this.#dropFirst();
    }
    return Infinity;
  }

  add(deadlineMs: number, callback: () => void): Timer {
    if (Number.isNaN(deadlineMs)) throw new ProcessError('INVARIANT', 'A timer needs a delay that is a number');
    let slot = this.#slots.get(deadlineMs);
    if (slot === undefined) {
      slot = new Slot(this, deadlineMs);
      this.#slots.set(deadlineMs, slot);
      this.#raise(slot);
    } else if (slot.alone) {
      this.#idleSlots--;
    }
    const timer = new QueuedTimer(slot, callback);
    timer.append(slot);
    this.#size++;
    return timer;
  }

  /** Takes a timer out; false when it is not in here any more. */
  remove(timer: Timer): boolean {
    if (!(timer instanceof QueuedTimer) || timer.slot.queue !== this || timer.callback === undefined) return false;
    this.#take(timer);
    if (timer.slot.alone) {
      this.#idleSlots++;
      if (this.#idleSlots > idleSlotsMax && this.#idleSlots > this.#heap.length / 2) this.#sweep();
    }
    return true;
  }

  /** Takes out the first timer that is due at that time and answers its callback. */
  due(nowMs: number): (() => void) | undefined {
    if (this.nextMs > nowMs) return undefined;
    const slot = this.#heap[0];
    const timer = slot?.next;
    if (slot === undefined || !(timer instanceof QueuedTimer)) return undefined;
    const { callback } = timer;
    this.#take(timer);
    if (slot.alone) this.#dropFirst();
    return callback;
  }

  #take(timer: QueuedTimer): void {
    timer.unlink();
    timer.callback = undefined;
    this.#size--;
  }

  #sweep(): void {
    for (const slot of this.#heap) if (slot.alone) this.#slots.delete(slot.deadlineMs);
    // What is sorted is a heap.
    this.#heap = this.#heap.filter((slot) => !slot.alone).toSorted((a, b) => a.deadlineMs - b.deadlineMs);
    this.#idleSlots = 0;
  }

  #raise(slot: Slot): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(slot);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.deadlineMs <= slot.deadlineMs) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = slot;
  }

  #dropFirst(): void {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return;
    this.#slots.delete(first.deadlineMs);
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && right.deadlineMs < left.deadlineMs;
      const child = isRight ? right : left;
      if (child.deadlineMs >= last.deadlineMs) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
  }
}
