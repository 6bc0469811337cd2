/** The query of `/files/read`, with Mesos's rules and texts. Pure. */

/** What to read, or the text of a 400. */
export type ReadQuery =
  | { readonly path: string; /** -1: only the size. */ readonly offset: number; readonly length: number | undefined }
  | { readonly error: string };

/** Reads the query of `/files/read`. Offset -1, which is also the default, asks for the size; length -1 is no length. */
export function parseReadQuery(query: URLSearchParams): ReadQuery {
  const path = requiredPath(query);
  if (path === undefined) return { error: pathMissing };
  const offset = integerIn(query, 'offset');
  if (typeof offset === 'string') return { error: offset };
  const length = integerIn(query, 'length');
  if (typeof length === 'string') return { error: length };
  return { path, offset: offset ?? -1, length: length === -1 ? undefined : length };
}

/** The text of a 400 for a request without a path. */
export const pathMissing = "Expecting 'path=value' in query.\n";

/** The path that is asked for, if any. */
export function requiredPath(query: URLSearchParams): string | undefined {
  const path = query.get('path');
  return path === null || path === '' ? undefined : path;
}

function integerIn(query: URLSearchParams, name: 'length' | 'offset'): number | string | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) return `Failed to parse ${name}: Failed to convert '${text}' to number.\n`;
  const title = name === 'offset' ? 'offset' : 'length';
  return value < -1 ? `Negative ${title} provided: ${value}.\n` : value;
}
