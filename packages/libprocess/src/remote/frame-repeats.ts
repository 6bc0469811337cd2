import { addExtension } from 'msgpackr';
import { repeatType } from './frame-scan.ts';

/** Stands for a value that is the same as in the map before. */
class Repeat {
  readonly bytes = new Uint8Array(0);
}

const repeat = new Repeat();
addExtension({ Class: Repeat, type: repeatType, pack: (value: Repeat) => value.bytes });

type Properties = Readonly<Record<string, unknown>>;

/**
 * A body as it is written where it is large: where maps follow one another in a list, what one of them has in common with the one before
 * it is said once. Tasks of an agent, offers and statuses are alike but for an id, so that a tenth is left of what is sent, and the
 * receiver has one object of it.
 *
 * Each value is compared with the one before it once for each list around it, and only as far as two neighbours are the same: of all
 * lists around it, few can have neighbours that long.
 * @param body One that can be sent. What is not plain in it is left as it is.
 */
export function withoutRepeats(body: unknown): unknown {
  if (Array.isArray(body)) return listWithout(body);
  return isPlain(body) ? mapWithout(body, undefined) : body;
}

function isPlain(value: unknown): value is Properties {
  return typeof value === 'object' && value?.constructor === Object;
}

function listWithout(list: readonly unknown[]): readonly unknown[] {
  if (!list.some((item) => typeof item === 'object')) return list;
  let before: Properties | undefined;
  return list.map((item) => {
    if (!isPlain(item)) {
      before = undefined;
      return typeof item === 'object' ? withoutRepeats(item) : item;
    }
    const map = mapWithout(item, before);
    before = item;
    return map;
  });
}

function mapWithout(map: Properties, before: Properties | undefined): Properties {
  const rest: Record<string, unknown> = {};
  for (const name in map) {
    const value = map[name];
    if (before !== undefined && isWorthIt(value) && Object.hasOwn(before, name) && isSame(value, before[name])) {
      rest[name] = repeat;
    } else {
      rest[name] = typeof value === 'object' ? withoutRepeats(value) : value;
    }
  }
  return rest;
}

/** Whether it may take more than what it would be replaced by. */
function isWorthIt(value: unknown): boolean {
  return typeof value === 'object' ? value !== null : typeof value === 'string' && value.length > 2;
}

/** Whether the same is written for both: of plain data, whatever is the same in the same order. */
function isSame(value: unknown, other: unknown): boolean {
  if (Object.is(value, other)) return true;
  if (Array.isArray(value)) {
    return (
      Array.isArray(other) &&
      value.length === other.length &&
      value.every((item, index) => isSame(item, other[index] as unknown))
    );
  }
  if (!isPlain(value) || !isPlain(other)) return false;
  const names = Object.keys(value);
  const otherNames = Object.keys(other);
  return (
    names.length === otherNames.length &&
    names.every((name, index) => name === otherNames[index] && isSame(value[name], other[name]))
  );
}
