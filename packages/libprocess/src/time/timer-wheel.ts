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

class WheelTimer extends Link implements Timer {
  readonly deadlineMs: number;
  readonly wheel: TimerWheel;
  readonly keepsAlive: boolean;
  /** Let go when the timer has fired or was cancelled, because whoever set it may keep it. */
  callback: (() => void) | undefined;

  constructor(wheel: TimerWheel, deadlineMs: number, callback: () => void, keepsAlive: boolean) {
    super();
    this.wheel = wheel;
    this.deadlineMs = deadlineMs;
    this.callback = callback;
    this.keepsAlive = keepsAlive;
  }
}

const slots = 64;
// Nine thousand years, which eight levels span: what is due then is not due.
const deadlineMsMax = slots ** 8;

/**
 * Timers by deadlines in whole milliseconds: a hierarchical timing wheel (Varghese and Lauck, 1987). Level 0 has a slot for each
 * millisecond of the current 64, level 1 one for each 64 milliseconds of the current 4096, and so on. A timer is put into the lowest level
 * whose current turn it falls into, and moves down when time reaches its slot. So setting and cancelling cost the same however many
 * timers there are. Timers leave in the order of deadline and then of setting.
 */
export class TimerWheel {
  /** Slots are made when they are first needed. */
  readonly #levels: (Link | undefined)[][] = [];
  readonly #never = new Link();
  /** Every slot before this time is empty, and so is that of each higher level which it is in. */
  #tickMs = 0;
  #wakeMs = Infinity;
  #size = 0;
  #keepers = 0;

  /** How many timers are set. */
  get size(): number {
    return this.#size;
  }

  /** How many of them keep the OS process alive; those that will never be due do not. */
  get keepers(): number {
    return this.#keepers;
  }

  /**
   * No timer is due, and none has to move down, before this time; infinite where there is none. `due` finds out again when that is.
   */
  get wakeMs(): number {
    return this.#wakeMs;
  }

  /** @param deadlineMs A whole number that is not before now, or infinity. */
  add(deadlineMs: number, nowMs: number, callback: () => void, keepsAlive = false): Timer {
    if (Number.isNaN(deadlineMs)) throw new ProcessError('INVARIANT', 'A timer needs a delay that is a number');
    // There is nothing to do on the way, and the nearer it is, the lower the level.
    this.#tickMs = Math.max(this.#tickMs, Math.min(Math.floor(nowMs), this.#wakeMs - 1));
    const timer = new WheelTimer(this, deadlineMs, callback, keepsAlive && deadlineMs < deadlineMsMax);
    this.#insert(timer);
    this.#size++;
    if (timer.keepsAlive) this.#keepers++;
    return timer;
  }

  /** Takes a timer out; false when it is not in here any more. */
  remove(timer: Timer): boolean {
    if (!(timer instanceof WheelTimer) || timer.wheel !== this || timer.callback === undefined) return false;
    this.#take(timer);
    return true;
  }

  /** Takes out the first timer that is due at that time and answers its callback. */
  due(nowMs: number): (() => void) | undefined {
    const timer = this.#reachFirst(nowMs)?.next;
    if (!(timer instanceof WheelTimer)) return undefined;
    const { callback } = timer;
    this.#take(timer);
    return callback;
  }

  /** Moves to the first millisecond that has timers, if it has come, and answers its slot. */
  #reachFirst(nowMs: number): Link | undefined {
    let span = 1;
    for (let level = 0; level < this.#levels.length;) {
      const slot = this.#firstOf(level, span);
      if (slot === undefined) {
        level++;
        span *= slots;
        continue;
      }
      if (this.#wakeMs > nowMs) return undefined;
      this.#tickMs = this.#wakeMs;
      if (level === 0) return slot;
      this.#moveDown(slot);
      level = 0;
      span = 1;
    }
    this.#wakeMs = Infinity;
    return undefined;
  }

  /** The first slot of a level that has timers, and in `wakeMs` when it begins. */
  #firstOf(level: number, span: number): Link | undefined {
    const current = Math.floor(this.#tickMs / span);
    const turn = current - (current % slots);
    // On higher levels what is in the current slot has moved down.
    for (let index = (current % slots) + (level === 0 ? 0 : 1); index < slots; index++) {
      const slot = this.#levels[level]?.[index];
      if (slot === undefined || slot.alone) continue;
      this.#wakeMs = (turn + index) * span;
      return slot;
    }
    return undefined;
  }

  #moveDown(slot: Link): void {
    // In their order: none of these deadlines has been in a lower level before.
    for (let timer = slot.next; timer instanceof WheelTimer; timer = slot.next) {
      timer.unlink();
      this.#insert(timer);
    }
  }

  #insert(timer: WheelTimer): void {
    if (timer.deadlineMs >= deadlineMsMax) {
      timer.append(this.#never);
      return;
    }
    const dueMs = Math.max(timer.deadlineMs, this.#tickMs);
    let level = 0;
    let span = 1;
    while (Math.floor(dueMs / (span * slots)) !== Math.floor(this.#tickMs / (span * slots))) {
      level++;
      span *= slots;
    }
    const slot = Math.floor(dueMs / span);
    timer.append(this.#slot(level, slot % slots));
    this.#wakeMs = Math.min(this.#wakeMs, slot * span);
  }

  #slot(level: number, index: number): Link {
    while (this.#levels.length <= level) this.#levels.push(Array.from({ length: slots }));
    const row = this.#levels[level] ?? [];
    return (row[index] ??= new Link());
  }

  #take(timer: WheelTimer): void {
    timer.unlink();
    timer.callback = undefined;
    this.#size--;
    if (timer.keepsAlive) this.#keepers--;
  }
}
