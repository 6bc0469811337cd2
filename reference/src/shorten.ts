/** Leaves out of an answer what would only make it long. */
import { isObject, leftOut, type Json } from './json.ts';
import type { Shortening } from './scenario.ts';

/** A list of the first so many items, or of those that are named, and how many were left out; the rest as it is. */
export function shorten(value: Json, shortening: Shortening | undefined): Json {
  let shortened = value;
  for (const [pointer, how] of Object.entries(shortening ?? {})) {
    shortened = replace(shortened, pointer.split('/').slice(1), (list) => cut(list, how, pointer));
  }
  return shortened;
}

function cut(value: Json, how: Shortening[string], pointer: string): Json {
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    const kept =
      typeof how === 'number'
        ? items.slice(0, how)
        : how.only.map(
            (name) => items.find((item) => isObject(item) && item[how.by] === name) ?? missing(name, pointer),
          );
    // Not how many: that would change with every flag and metric.
    return kept.length < items.length ? [...kept, leftOut] : kept;
  }
  if (isObject(value)) {
    const entries = Object.entries(value);
    const kept = typeof how === 'number' ? entries.slice(0, how) : entries.filter(([name]) => how.only.includes(name));
    return { ...Object.fromEntries(kept), ...(kept.length < entries.length ? { [leftOut]: leftOut } : {}) };
  }
  throw new TypeError(`There is nothing to shorten at ${pointer}`);
}

function missing(name: string, pointer: string): never {
  throw new Error(`${pointer} has no ${name}`);
}

function replace(value: Json, path: readonly string[], change: (value: Json) => Json): Json {
  const [first, ...rest] = path;
  if (first === undefined) return change(value);
  if (Array.isArray(value)) {
    const isAny = first === '*';
    return (value as readonly Json[]).map((item, index) =>
      isAny || Number(first) === index ? replace(item, rest, change) : item,
    );
  }
  if (!isObject(value)) return value;
  const found = value[first];
  return found === undefined ? value : { ...value, [first]: replace(found, rest, change) };
}
