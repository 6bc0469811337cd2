import type { Interval } from './protocol/action.ts';

/**
 * A set of positions, kept as intervals: a million positions in a row cost as much as one. Finding is a binary search; a change moves what lies
 * behind it when the number of intervals changes.
 */
export class IntervalSet {
  /** Where each interval begins and ends, both included, ascending; none touches the next. */
  readonly #from: number[] = [];
  #to: number[] = [];

  constructor(intervals: Iterable<Interval> = []) {
    for (const { from, to } of intervals) this.add(from, to);
  }

  /** How many intervals there are. */
  get length(): number {
    return this.#from.length;
  }

  /** How many positions there are. */
  get size(): number {
    let size = 0;
    for (let index = 0; index < this.#from.length; index++) size += this.#toAt(index) - this.#fromAt(index) + 1;
    return size;
  }

  /** The last interval. */
  get last(): Interval | undefined {
    const index = this.#from.length - 1;
    return index < 0 ? undefined : { from: this.#fromAt(index), to: this.#toAt(index) };
  }

  has(position: number): boolean {
    return this.containing(position) !== undefined;
  }

  /** Whether it has any of the positions `from` to `to`, both included. */
  intersects(from: number, to: number): boolean {
    return from <= to && this.#fromAt(this.#firstEndingAt(from)) <= to;
  }

  /** The interval that has a position. */
  containing(position: number): Interval | undefined {
    const index = this.#firstEndingAt(position);
    const from = this.#from[index];
    return from !== undefined && from <= position ? { from, to: this.#toAt(index) } : undefined;
  }

  /** Adds positions `from` to `to`, both included. Nothing when `to` is less. */
  add(from: number, to = from): void {
    if (to < from) return;
    const count = this.#from.length;
    // What grows at its end is what nearly every call does.
    if (count > 0 && from === this.#toAt(count - 1) + 1) {
      this.#to[count - 1] = to;
      return;
    }
    const first = this.#firstEndingAt(from - 1);
    let next = first;
    let [begin, end] = [from, to];
    while (next < count && this.#fromAt(next) <= to + 1) {
      begin = Math.min(begin, this.#fromAt(next));
      end = Math.max(end, this.#toAt(next));
      next++;
    }
    this.#from.splice(first, next - first, begin);
    this.#to.splice(first, next - first, end);
  }

  /** Removes positions `from` to `to`, both included. Nothing when `to` is less. */
  remove(from: number, to = from): void {
    if (to < from) return;
    const first = this.#firstEndingAt(from);
    let next = first;
    const keptFrom: number[] = [];
    const keptTo: number[] = [];
    while (next < this.#from.length && this.#fromAt(next) <= to) {
      if (this.#fromAt(next) < from) {
        keptFrom.push(this.#fromAt(next));
        keptTo.push(from - 1);
      }
      if (this.#toAt(next) > to) {
        keptFrom.push(to + 1);
        keptTo.push(this.#toAt(next));
      }
      next++;
    }
    if (next === first) return;
    this.#from.splice(first, next - first, ...keptFrom);
    this.#to.splice(first, next - first, ...keptTo);
  }

  /** The intervals, ascending, cut to positions `from` to `to`. */
  within(from = 0, to = Number.MAX_SAFE_INTEGER): Interval[] {
    const found: Interval[] = [];
    for (let index = this.#firstEndingAt(from); index < this.#from.length; index++) {
      const begin = this.#fromAt(index);
      if (begin > to) break;
      found.push({ from: Math.max(begin, from), to: Math.min(this.#toAt(index), to) });
    }
    return found;
  }

  /** The intervals of `from` to `to` that are not in it, ascending: the first `max` positions at most. */
  missing(from: number, to: number, max = Number.MAX_SAFE_INTEGER): Interval[] {
    const found: Interval[] = [];
    let left = max;
    let cursor = from;
    for (let index = this.#firstEndingAt(from); cursor <= to && left > 0; index++) {
      const end = Math.min(this.#from[index] === undefined ? to : this.#fromAt(index) - 1, to, cursor + left - 1);
      if (end >= cursor) {
        found.push({ from: cursor, to: end });
        left -= end - cursor + 1;
      }
      if (index >= this.#to.length) break;
      cursor = Math.max(cursor, this.#toAt(index) + 1);
    }
    return found;
  }

  /** The index of the first interval whose end is not before a position. */
  #firstEndingAt(position: number): number {
    let [low, high] = [0, this.#to.length];
    // Nearly always the last one is looked for.
    if (high > 0 && this.#toAt(high - 1) < position) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#toAt(middle) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #fromAt(index: number): number {
    return this.#from[index] ?? Number.NaN;
  }

  #toAt(index: number): number {
    return this.#to[index] ?? Number.NaN;
  }
}

/** How many positions intervals have together. */
export function sizeOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}

/** Each position of intervals. */
export function* positionsOf(intervals: readonly Interval[]): Generator<number> {
  for (const { from, to } of intervals) for (let position = from; position <= to; position++) yield position;
}
