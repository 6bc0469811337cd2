import { formatBytes, parseBytes } from './bytes.ts';
import { formatDuration, parseDuration } from './duration.ts';
import type { FlagKind, JsonArray, JsonObject, JsonValue, Range } from './kind.ts';
import { nearest } from './nearest.ts';
import { parsed, unparsable, type Parsed } from './parsed.ts';

const fileScheme = 'file://';
const placeholder = 'VALUE';

export const stringKind: FlagKind<string> = {
  placeholder: placeholder,
  file: 'contents',
  parse: parsed,
  print: (value) => value,
};

/** Keeps the path itself; a leading `file://` says nothing more and is removed, as in Mesos. */
export const pathKind: FlagKind<string> = {
  placeholder: 'PATH',
  file: 'never',
  parse: (text) => {
    const path = text.startsWith(fileScheme) ? text.slice(fileScheme.length) : text;
    return path === '' ? unparsable('Expecting a path') : parsed(path);
  },
  print: (value) => value,
};

export const booleanKind: FlagKind<boolean> = {
  placeholder: undefined,
  file: 'contents',
  parse: (text) => {
    if (text === 'true' || text === '1') return parsed(true);
    if (text === 'false' || text === '0') return parsed(false);
    return unparsable('Expecting a boolean (true or false)');
  },
  print: String,
};

export function integerKind(range: Range): FlagKind<number> {
  return quantityKind('an integer', range, String, (text) => {
    const value = Number(text);
    return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(value) ? parsed(value) : unparsable('');
  });
}

export function numberKind(range: Range): FlagKind<number> {
  return quantityKind('a number', range, String, (text) => {
    const value = Number(text);
    const isDecimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
    return isDecimal && Number.isFinite(value) ? parsed(value) : unparsable('');
  });
}

export function durationKind(range: Range): FlagKind<number> {
  return quantityKind('a duration such as 10secs, 1.5mins or 250ms', range, formatDuration, parseDuration);
}

export function bytesKind(range: Range): FlagKind<number> {
  return quantityKind('an amount of bytes such as 64MB', range, formatBytes, parseBytes);
}

/** A number with a unit or none; a text that cannot be read and one out of range get the same hint. */
function quantityKind(
  what: string,
  { min, max }: Range,
  print: (value: number) => string,
  parse: (text: string) => Parsed<number>,
): FlagKind<number> {
  const limits = [
    ...(min === undefined ? [] : [`at least ${print(min)}`]),
    ...(max === undefined ? [] : [`at most ${print(max)}`]),
  ];
  const expects = limits.length === 0 ? what : `${what}, ${limits.join(' and ')}`;
  return {
    placeholder: placeholder,
    file: 'contents',
    parse: (text) => {
      const result = parse(text);
      if (result.error !== undefined) return unparsable(sentences(result.error, `Expecting ${expects}`));
      const inRange = (min === undefined || result.value >= min) && (max === undefined || result.value <= max);
      return inRange ? result : unparsable(`Expecting ${expects}`);
    },
    print,
  };
}

/** Items apart by commas; spaces around an item and empty items are dropped, a repeated item is a mistake. */
export const listKind: FlagKind<readonly string[]> = {
  placeholder: 'A,B,...',
  file: 'contents',
  parse: (text) => {
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    const repeated = items.find((item, index) => items.indexOf(item) !== index);
    return repeated === undefined ? parsed(items) : unparsable(`Duplicate item '${repeated}'`);
  },
  print: (value) => value.join(','),
};

export function choiceKind<const C extends string>(choices: readonly C[]): FlagKind<C> {
  const expects = `one of ${choices.join(', ')}`;
  return {
    placeholder: choices.join('|'),
    file: 'contents',
    parse: (text) => {
      const chosen = choices.find((choice) => choice === text);
      if (chosen !== undefined) return parsed(chosen);
      const meant = nearest(text, choices);
      return unparsable(sentences(`Expecting ${expects}`, meant === undefined ? '' : `Did you mean '${meant}'?`));
    },
    print: (value) => value,
  };
}

/** The JSON types a flag may ask for. */
export interface JsonShapes {
  readonly any: JsonValue;
  readonly array: JsonArray;
  readonly object: JsonObject;
}

const jsonTests: { readonly [S in keyof JsonShapes]: (value: JsonValue) => value is JsonShapes[S] } = {
  any: (value): value is JsonValue => value !== undefined,
  array: (value): value is JsonArray => Array.isArray(value),
  object: (value): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value),
};

export function jsonKind<S extends keyof JsonShapes>(shape: S): FlagKind<JsonShapes[S]> {
  const what = { any: 'JSON', array: 'a JSON array', object: 'a JSON object' }[shape];
  const expects = `${what}, inline or as file:///path`;
  return {
    placeholder: 'JSON',
    file: 'json',
    parse: (text) => {
      const result = parseJson(text);
      if (result.error !== undefined) return unparsable(sentences(result.error, `Expecting ${expects}`));
      return jsonTests[shape](result.value) ? parsed(result.value) : unparsable(`Expecting ${expects}`);
    },
    print: (value) => JSON.stringify(value),
  };
}

function parseJson(text: string): Parsed<JsonValue> {
  try {
    return parsed(JSON.parse(text) as JsonValue);
  } catch (error) {
    return unparsable(error instanceof Error ? error.message : String(error));
  }
}

function sentences(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('. ');
}
