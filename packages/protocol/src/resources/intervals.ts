// Sets of integers as sorted, disjoint, never adjacent intervals, flat: [begin, end, begin, end, ...], both ends included.
import type { Value_Range } from '../generated/mesos-v1.ts';

/** A normalised list of intervals: `begin, end, begin, end, ...`. */
export type Intervals = readonly number[];

/** The intervals of a list of ranges in any order; overlapping and adjacent ones are joined, inverted ones left out. */
export function intervalsOf(ranges: readonly Value_Range[]): Intervals {
  const sorted = ranges.filter((range) => range.begin <= range.end).toSorted((a, b) => a.begin - b.begin);
  const result: number[] = [];
  for (const { begin, end } of sorted) append(result, begin, end);
  return result;
}

/** Adds an interval that begins nowhere before the last one. */
function append(result: number[], begin: number, end: number): void {
  const last = result.at(-1);
  if (last === undefined || begin > last + 1) result.push(begin, end);
  else if (end > last) result[result.length - 1] = end;
}

/** The ranges of a list of intervals. */
export function rangesOf(intervals: Intervals): Value_Range[] {
  const ranges: Value_Range[] = [];
  for (let i = 0; i < intervals.length; i += 2) ranges.push({ begin: at(intervals, i), end: at(intervals, i + 1) });
  return ranges;
}

/** The member at an index that exists. */
function at(intervals: Intervals, index: number): number {
  return intervals[index] ?? Number.NaN;
}

/** How many integers there are. */
export function intervalsCount(intervals: Intervals): number {
  let count = 0;
  for (let i = 0; i < intervals.length; i += 2) count += at(intervals, i + 1) - at(intervals, i) + 1;
  return count;
}

/** The integers of either side. */
export function unite(left: Intervals, right: Intervals): Intervals {
  const result: number[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    if (j >= right.length || (i < left.length && at(left, i) <= at(right, j))) {
      append(result, at(left, i), at(left, i + 1));
      i += 2;
    } else {
      append(result, at(right, j), at(right, j + 1));
      j += 2;
    }
  }
  return result;
}

/** The integers of the left side that the right side lacks. */
export function without(left: Intervals, right: Intervals): Intervals {
  const result: number[] = [];
  let j = 0;
  for (let i = 0; i < left.length; i += 2) {
    let begin = at(left, i);
    const end = at(left, i + 1);
    while (j < right.length && at(right, j + 1) < begin) j += 2;
    for (let k = j; k < right.length && at(right, k) <= end; k += 2) {
      if (at(right, k) > begin) result.push(begin, at(right, k) - 1);
      begin = at(right, k + 1) + 1;
    }
    if (begin <= end) result.push(begin, end);
  }
  return result;
}

/** The integers that both sides have. */
export function intersect(left: Intervals, right: Intervals): Intervals {
  return without(left, without(left, right));
}

/** Whether the left side has every integer of the right side. */
export function covers(left: Intervals, right: Intervals): boolean {
  let i = 0;
  for (let j = 0; j < right.length; j += 2) {
    while (i < left.length && at(left, i + 1) < at(right, j)) i += 2;
    if (i >= left.length || at(left, i) > at(right, j) || at(left, i + 1) < at(right, j + 1)) return false;
  }
  return true;
}
