import { Heap } from '../../time/heap.ts';
import type { HeapEntry } from '../../time/heap.ts';
import type { Dice } from './dice.ts';

/** What can be stopped: whatever happens to it then waits until it goes on. */
export interface Lane {
  readonly paused: boolean;
}

/** Something that will happen at its time, unless it is cancelled. */
export class Occurrence implements HeapEntry<Occurrence> {
  readonly lane: Lane | undefined;
  atMs: number;
  sequence: number;
  act: (() => void) | undefined;
  at = 0;

  constructor(atMs: number, sequence: number, lane: Lane | undefined, act: () => void) {
    this.atMs = atMs;
    this.sequence = sequence;
    this.lane = lane;
    this.act = act;
  }

  isBefore(other: Occurrence): boolean {
    return this.atMs < other.atMs || (this.atMs === other.atMs && this.sequence < other.sequence);
  }
}

// Equal times are rare, but a thousand equal timers of one actor must not cost the square of that.
const tiesMax = 8;

/**
 * Virtual time: what will happen, earliest first. What happens to one lane at the same time happens in the order in which it was asked
 * for; which of several lanes comes first is for the dice.
 */
export class Timeline {
  nowMs = 0;
  readonly #dice: Dice;
  readonly #heap = new Heap<Occurrence>();
  readonly #held = new Map<Lane, Occurrence[]>();
  #sequence = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  after(delayMs: number, lane: Lane | undefined, act: () => void): Occurrence {
    return this.at(this.nowMs + Math.max(0, delayMs), lane, act);
  }

  at(atMs: number, lane: Lane | undefined, act: () => void): Occurrence {
    const occurrence = new Occurrence(Math.max(atMs, this.nowMs), this.#sequence++, lane, act);
    if (occurrence.atMs < Infinity) this.#heap.push(occurrence);
    return occurrence;
  }

  /** False when it has happened or was cancelled before. */
  cancel(occurrence: Occurrence): boolean {
    const pending = occurrence.act !== undefined;
    occurrence.act = undefined;
    return pending;
  }

  /** Moves time to the next occurrence and lets it happen; false when nothing is to come. */
  step(): boolean {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (next.act === undefined) continue;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      if (next.lane?.paused === true) {
        const held = this.#held.get(next.lane);
        if (held === undefined) this.#held.set(next.lane, [next]);
        else held.push(next);
        continue;
      }
      const { act } = next;
      next.act = undefined;
      act();
      return true;
    }
    return false;
  }

  /** When the next thing happens; undefined when nothing is to come. What a pause holds back does not count. */
  get nextMs(): number | undefined {
    while (this.#heap.first !== undefined && this.#heap.first.act === undefined) this.#heap.shift();
    return this.#heap.first?.atMs;
  }

  /** What happened to a lane while it was paused happens now. */
  release(lane: Lane): void {
    const held = this.#held.get(lane) ?? [];
    this.#held.delete(lane);
    for (const occurrence of held) {
      occurrence.atMs = this.nowMs;
      occurrence.sequence = this.#sequence++;
      this.#heap.push(occurrence);
    }
  }

  #next(): Occurrence | undefined {
    const first = this.#heap.shift();
    if (first === undefined || this.#heap.first?.atMs !== first.atMs) return first;
    const ties = [first];
    while (ties.length < tiesMax && this.#heap.first?.atMs === first.atMs) {
      const tie = this.#heap.shift();
      if (tie?.act !== undefined) ties.push(tie);
    }
    const firsts = ties.filter((tie, index) => ties.findIndex(({ lane }) => lane === tie.lane) === index);
    const chosen = firsts.length > 1 ? (this.#dice.pick(firsts) ?? first) : first;
    for (const tie of ties) if (tie !== chosen) this.#heap.push(tie);
    return chosen;
  }
}
