import type { Parsed } from './parsed.ts';

/** How the values of one kind of flag are written, read and printed. */
export interface FlagKind<T> {
  /** Stands for the value in help text, as in `--port=VALUE`; a boolean has none. */
  readonly placeholder: string | undefined;
  /**
   * Where the value comes from when the operator names a file: `contents` reads `file:///path`; `json` also reads a
   * bare `/path`; `never` leaves the text alone, for flags whose value is a path.
   */
  readonly file: 'contents' | 'json' | 'never';
  /** Reads the text of a value, or says what was expected. */
  readonly parse: (text: string) => Parsed<T>;
  /** Prints a value as Mesos's `/flags` endpoint does. */
  readonly print: (value: T) => string;
}

/** Bounds, inclusive. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** A JSON value. */
export type JsonValue = null | boolean | number | string | JsonArray | JsonObject;
/** A JSON array. */
export type JsonArray = readonly JsonValue[];
/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}
