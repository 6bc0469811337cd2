import type { FlagKind, Range } from './kind.ts';
import {
  booleanKind,
  bytesKind,
  choiceKind,
  durationKind,
  integerKind,
  jsonKind,
  listKind,
  numberKind,
  pathKind,
  stringKind,
  type JsonShapes,
} from './kinds.ts';
import { unparsable, type Parsed } from './parsed.ts';

/**
 * One row of a flag table. Made by the functions of {@link flag}; `T` is the type of the loaded value, which includes
 * undefined for a flag that is neither required nor has a default.
 */
export interface Flag<T> {
  readonly help: string;
  readonly alias: string | undefined;
  readonly isAliasDeprecated: boolean;
  readonly isBoolean: boolean;
  readonly isRequired: boolean;
  readonly placeholder: string;
  readonly file: FlagKind<T>['file'];
  /** The value of a flag that is not given. */
  readonly default: T | undefined;
  /** Reads and validates the text of a value. */
  parse(text: string): Parsed<T>;
  /** Prints a value as Mesos's `/flags` endpoint does. */
  print(value: T): string;
}

/** What every kind of flag can say about itself. */
export interface FlagOptions<T> {
  /** For `--help`: sentences about the meaning. Line breaks are kept, long lines are wrapped, the default is added. */
  readonly help: string;
  /** A second name for the flag. */
  readonly alias?: string;
  /** The alias is an old name: using it gives a warning. */
  readonly deprecatedAlias?: string;
  /** The value when the flag is not given. Without it the value is undefined. */
  readonly default?: T;
  /** Loading fails when the flag is not given. Excludes `default`. */
  readonly required?: true;
  /** Says what is wrong with a value that was read, in a sentence without the flag's name, or returns undefined. */
  readonly validate?: (value: T) => string | undefined;
}

/** The type of a loaded value: without a default and not required, it may be undefined. */
export type Loaded<T, O> = O extends { readonly default: T } | { readonly required: true } ? T : T | undefined;

/** Makes the rows of a flag table, one function for each kind of value. */
export const flag = {
  /** `--name`, `--no-name`, `--name=true|false|1|0`. */
  boolean: <const O extends FlagOptions<boolean>>(options: O) => row<boolean, O>(booleanKind, options),
  /** Bytes, written `64MB`; the value is a number of bytes. */
  bytes: <const O extends FlagOptions<number> & Range>(options: O) => row<number, O>(bytesKind(options), options),
  /** One of a fixed set of words. */
  choice: <const C extends string, const O extends FlagOptions<NoInfer<C>>>(
    options: O & { readonly choices: readonly C[] },
  ) => row<C, O>(choiceKind(options.choices), options),
  /** A duration, written `15secs`; the value is in milliseconds. */
  duration: <const O extends FlagOptions<number> & Range>(options: O) => row<number, O>(durationKind(options), options),
  /** A whole number. */
  integer: <const O extends FlagOptions<number> & Range>(options: O) => row<number, O>(integerKind(options), options),
  /** JSON, inline or in a file; `shape` says which type the value must have at its top. */
  json: <const S extends keyof JsonShapes, const O extends FlagOptions<JsonShapes[S]>>(
    options: O & { readonly shape: S },
  ) => row<JsonShapes[S], O>(jsonKind(options.shape), options),
  /** Texts apart by commas. */
  list: <const O extends FlagOptions<readonly string[]>>(options: O) => row<readonly string[], O>(listKind, options),
  /** A number, whole or decimal. */
  number: <const O extends FlagOptions<number> & Range>(options: O) => row<number, O>(numberKind(options), options),
  /** A path of a file or folder; never read by this package. */
  path: <const O extends FlagOptions<string>>(options: O) => row<string, O>(pathKind, options),
  /** A text. */
  string: <const O extends FlagOptions<string>>(options: O) => row<string, O>(stringKind, options),
};

function row<T, const O extends FlagOptions<T>>(kind: FlagKind<T>, options: O): Flag<Loaded<T, O>> {
  const made: Flag<T> = {
    help: options.help,
    alias: options.alias ?? options.deprecatedAlias,
    isAliasDeprecated: options.alias === undefined,
    isBoolean: kind.placeholder === undefined,
    isRequired: options.required ?? false,
    placeholder: kind.placeholder ?? '',
    file: kind.file,
    default: options.default,
    parse: (text) => {
      const result = kind.parse(text);
      if (result.error !== undefined) return result;
      const objection = options.validate?.(result.value);
      return objection === undefined ? result : unparsable(objection);
    },
    print: kind.print,
  };
  // A flag with a default or a required one always has a value, which the options' type proves and `T` alone cannot.
  return made;
}
