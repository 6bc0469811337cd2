import { frameDepthMax } from './frame-scan.ts';

/** How deep a body may nest: it is in an entry, which is in a frame. */
export const bodyDepthMax = frameDepthMax - 2;

/** What bodies were found to have. */
export class BodyFindings {
  /** Something that writes itself, by a `toJSON`: of that nothing can be said from here. */
  isUnsure = false;
  /** How many values there are, in all. */
  values = 0;
}

/**
 * Why a body cannot be sent, after the place in it: `.items[3]: ...`. msgpackr writes bytes that are not theirs for typed arrays other
 * than `Uint8Array`, and receivers end the connection for what nests too deeply, for keys that are no names and for names that reach for
 * prototypes.
 * @param found Is told what else is of interest.
 */
export function bodyProblem(body: unknown, found: BodyFindings): string | undefined {
  return typeof body === 'object' && body !== null ? problemOf(body, 1, found) : undefined;
}

const constructorName = 'constructor';

/**
 * Whether a body that has arrived reaches for the prototype of all objects, should anybody merge it into another object property by
 * property. The name `__proto__` is not among those that arrive: msgpackr changes it.
 */
export function reachesPrototype(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  if (Array.isArray(body)) return body.some(reachesPrototype);
  return Object.entries(body).some(([key, value]) => isPrototypeOfAll(key, value) || reachesPrototype(value));
}

/** The one way to the prototype of all objects by a name that any object may have. */
function isPrototypeOfAll(key: string, value: unknown): boolean {
  return key === constructorName && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype');
}

function problemOf(value: object, depth: number, found: BodyFindings): string | undefined {
  if (depth > bodyDepthMax) return `: nested more than ${bodyDepthMax} deep`;
  if (Array.isArray(value)) return problemOfItems(value, depth, found);
  if (value.constructor === Object) return problemOfProperties(value, depth, found);
  if (value instanceof Uint8Array || value instanceof Date) return undefined;
  if (ArrayBuffer.isView(value)) return `: a ${value.constructor.name}; of typed arrays, Uint8Array only can be sent`;
  if (value instanceof Map) return problemOfMap(value, depth, found);
  if (value instanceof Set) return problemOfItems([...value], depth, found);
  // A plain object that has a `constructor` of its own counts as one of a class, whose `toJSON` msgpackr calls, whatever it is.
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function') {
    found.isUnsure = true;
    return undefined;
  }
  return toJSON ? ': a toJSON that is no function' : problemOfProperties(value, depth, found);
}

function problemOfItems(items: readonly unknown[], depth: number, found: BodyFindings): string | undefined {
  found.values += items.length;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (typeof item !== 'object' || item === null) continue;
    const problem = problemOf(item, depth + 1, found);
    if (problem !== undefined) return `[${index}]${problem}`;
  }
  return undefined;
}

function problemOfProperties(value: object, depth: number, found: BodyFindings): string | undefined {
  for (const key in value) {
    const item = (value as Readonly<Record<string, unknown>>)[key];
    const problem = problemOfProperty(key, item, depth, found);
    if (problem !== undefined) return `.${key}${problem}`;
  }
  return undefined;
}

function problemOfProperty(key: string, item: unknown, depth: number, found: BodyFindings): string | undefined {
  found.values++;
  if (key === '__proto__' || isPrototypeOfAll(key, item)) return ': a name that reaches for a prototype';
  return typeof item === 'object' && item !== null ? problemOf(item, depth + 1, found) : undefined;
}

function problemOfMap(map: ReadonlyMap<unknown, unknown>, depth: number, found: BodyFindings): string | undefined {
  for (const [key, item] of map) {
    if (typeof key !== 'string' && typeof key !== 'number') return ': a Map with keys that are no names';
    const problem = problemOfProperty(String(key), item, depth, found);
    if (problem !== undefined) return `.${key}${problem}`;
  }
  return undefined;
}
