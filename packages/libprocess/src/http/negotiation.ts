import type { IncomingHttpHeaders } from 'node:http';

/** A media type as `Content-Type` has it, in lower case but for the values of parameters. */
export interface MediaType {
  /** For example `application/json`. */
  readonly type: string;
  /** For example `{ charset: 'utf-8' }`, by lower-case name. */
  readonly parameters: Readonly<Record<string, string>>;
}

// RFC 9110, sections 5.6.2 and 8.3.1.
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const typePattern = new RegExp(`^[ \\t]*(${token}/${token})[ \\t]*(?=;|$)`);
const parameterPattern = new RegExp(
  `;[ \\t]*(?:(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)"))?[ \\t]*(?=;|$)`,
  'y',
);

/** Parses the value of `Content-Type`; undefined when it is none. */
export function parseMediaType(text: string): MediaType | undefined {
  const head = typePattern.exec(text);
  if (head?.[1] === undefined) return undefined;
  // Without a prototype: a parameter may have any name.
  const parameters = Object.create(null) as Record<string, string>;
  let position = head[0].length;
  while (position < text.length) {
    parameterPattern.lastIndex = position;
    const match = parameterPattern.exec(text);
    if (match === null) return undefined;
    const [whole, name, plain, inQuotes] = match;
    if (name !== undefined) parameters[name.toLowerCase()] ??= plain ?? (inQuotes ?? '').replaceAll(/\\(.)/g, '$1');
    position += whole.length;
  }
  return { type: head[1].toLowerCase(), parameters };
}

interface Preference {
  readonly range: string;
  readonly quality: number;
}

/**
 * Whether the value of an `Accept` header allows a media type, as libprocess reads it: any does without the header; the exact type is
 * looked for first, then `type/*`, then `*` + `/*`; what is found counts unless its `q` is 0 or no number.
 */
export function acceptsMediaType(accept: string | undefined, mediaType: string): boolean {
  return accept === undefined || qualityOf(parsePreferences(accept), rangesOf(mediaType)) > 0;
}

/**
 * The media type of these that a client likes best; of two that it likes equally, the first. Undefined when it takes none (406).
 * @param accept The value of `Accept`; undefined takes the first.
 */
export function preferredMediaType<T extends string>(accept: string | undefined, offered: readonly T[]): T | undefined {
  if (accept === undefined) return offered[0];
  const preferences = parsePreferences(accept);
  let best: T | undefined;
  let highest = 0;
  for (const mediaType of offered) {
    const quality = qualityOf(preferences, rangesOf(mediaType));
    if (quality > highest) [best, highest] = [mediaType, quality];
  }
  return best;
}

/**
 * Whether `Accept-Encoding` allows a content coding, as libprocess reads it: none does without the header or with an empty one; `*`
 * stands for any that is not named; a `q` of 0 forbids.
 */
export function acceptsEncoding(headers: IncomingHttpHeaders, coding: string): boolean {
  const accept = headers['accept-encoding'];
  if (accept === undefined) return false;
  return qualityOf(parsePreferences(Array.isArray(accept) ? accept.join(',') : accept), [coding, '*']) > 0;
}

function rangesOf(mediaType: string): string[] {
  const type = mediaType.toLowerCase();
  return [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'];
}

function qualityOf(preferences: readonly Preference[], ranges: readonly string[]): number {
  for (const range of ranges) {
    const found = preferences.find((preference) => preference.range === range);
    if (found !== undefined) return found.quality;
  }
  return 0;
}

function parsePreferences(text: string): Preference[] {
  return text
    .toLowerCase()
    .replaceAll(/[ \t]/g, '')
    .split(',')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [range = '', ...parameters] = entry.split(';');
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      if (quality === undefined) return { range, quality: 1 };
      const value = /^(?:\d+\.?\d*|\.\d+)$/.test(quality) ? Number(quality) : 0;
      return { range, quality: Math.min(1, value) };
    });
}
