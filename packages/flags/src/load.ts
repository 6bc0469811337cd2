import { readFileSync } from 'node:fs';
import { readCommandLine, readEnvironment, type Assignment } from './assignments.ts';
import type { Flag } from './flag.ts';
import { formatHelp } from './help.ts';
import { nearest } from './nearest.ts';
import { parsed, unparsable, type Parsed } from './parsed.ts';
import { helpFlag, type FlagTable, type FlagValues } from './table.ts';

/** Where flags come from, and how the program presents itself. */
export interface LoadOptions {
  /** Arguments after the program's name: `process.argv.slice(2)`. */
  readonly argv: readonly string[];
  /** Environment variables: `process.env`. @default none */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the variable of a flag starts with; the rest is the flag's name in capitals. @default 'MESOS_' */
  readonly envPrefix?: string;
  /** Reads the file of a `file://` value; may throw. @default reads from disk */
  readonly readFile?: (path: string) => string;
  /** The program's name, for the usage line. @default 'mesos' */
  readonly program?: string;
  /** What follows the program's name in the usage line. @default '[options]' */
  readonly usage?: string;
  /** One sentence or more about the program, below the usage line. */
  readonly about?: string;
  /** How many arguments may follow that are no flags. More are an error. @default 0 */
  readonly positionalsMax?: number;
  /** Columns of the terminal, for `--help`. @default 100 */
  readonly columns?: number;
}

/** What came of loading flags. */
export type LoadedFlags<T extends FlagTable> =
  | {
      readonly kind: 'loaded';
      readonly flags: FlagValues<T>;
      /** Arguments that are no flags, in order. */
      readonly rest: readonly string[];
      /** Sentences for the log, about old ways that still work. */
      readonly warnings: readonly string[];
    }
  /** `--help` was asked for: the text to print. */
  | { readonly kind: 'help'; readonly help: string }
  /** What is wrong, in one line. */
  | { readonly kind: 'error'; readonly error: string };

/**
 * Loads the flags of a program from its command line and its environment, where the command line wins.
 *
 * Never throws, prints or ends the process: the caller does with the result what its program needs. `--help` wins over
 * every mistake on the command line.
 */
export function loadFlags<T extends FlagTable>(table: T, options: LoadOptions): LoadedFlags<T> {
  const rows = rowsByName(table);
  const { assignments, rest } = readCommandLine(options.argv, (name) => rows.get(name)?.row.isBoolean === false);
  if (assignments.some(asksForHelp)) return { kind: 'help', help: formatHelp(table, options) };

  const environment = readEnvironment(options.env ?? {}, options.envPrefix ?? 'MESOS_');
  const loading = new Loading(rows, options.readFile ?? readFromDisk);
  const error =
    loading.take(assignments) ??
    loading.takeMissing(environment) ??
    surplusArgument(rest, options.positionalsMax ?? 0) ??
    missingFlag(table, loading.values);
  if (error !== undefined) return { kind: 'error', error };

  const values = Object.entries(table).map(([name, row]) => [name, loading.values.get(name) ?? row.default]);
  // Each value was read, or was the default, of the row of its own name; the compiler cannot follow that through a list.
  const flags: FlagValues<T> = Object.fromEntries(values);
  return { kind: 'loaded', flags, rest, warnings: loading.warnings };
}

function asksForHelp({ name, isNegated, text }: Assignment): boolean {
  return name === 'help' && !isNegated && text !== 'false' && text !== '0';
}

interface NamedRow {
  readonly name: string;
  readonly row: Flag<unknown>;
}

function rowsByName(table: FlagTable): ReadonlyMap<string, NamedRow> {
  const rows = new Map<string, NamedRow>([['help', { name: 'help', row: helpFlag }]]);
  for (const [name, row] of Object.entries(table)) {
    rows.set(name, { name, row });
    if (row.alias !== undefined) rows.set(row.alias, { name, row });
  }
  return rows;
}

/** The values taken so far, from one source after the other. */
class Loading {
  readonly values = new Map<string, unknown>();
  readonly warnings: string[] = [];
  readonly #origins = new Map<string, string>();
  readonly #rows: ReadonlyMap<string, NamedRow>;
  readonly #readFile: (path: string) => string;

  constructor(rows: ReadonlyMap<string, NamedRow>, readFile: (path: string) => string) {
    this.#rows = rows;
    this.#readFile = readFile;
  }

  /** Takes every assignment; returns the first mistake. */
  take(assignments: readonly Assignment[]): string | undefined {
    for (const assignment of assignments) {
      const error = this.#takeOne(assignment);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  /** Takes assignments that name a flag of the table which no earlier source gave. */
  takeMissing(assignments: readonly Assignment[]): string | undefined {
    const given = new Set(this.#origins.keys());
    return this.take(
      assignments.filter(({ name }) => {
        const named = this.#rows.get(name);
        return named !== undefined && named.name !== 'help' && !given.has(named.name);
      }),
    );
  }

  #takeOne(assignment: Assignment): string | undefined {
    const { name, origin } = assignment;
    const named = this.#rows.get(name);
    if (named === undefined) return unknownFlag(assignment, this.#rows);
    const earlier = this.#origins.get(named.name);
    if (earlier !== undefined) return `Flag '${named.name}' is given twice: by ${earlier} and by ${origin}`;
    this.#origins.set(named.name, origin);

    const text = textOf(assignment, named.row);
    const value = text.error === undefined ? this.#parse(named, text.value) : text;
    if (value.error !== undefined) return `Failed to load flag '${named.name}' from ${origin}: ${value.error}`;
    this.values.set(named.name, value.value);
    if (name !== named.name && named.row.isAliasDeprecated) {
      this.warnings.push(`Flag '${name}' is an old name; use '${named.name}'`);
    }
    return undefined;
  }

  #parse({ name, row }: NamedRow, text: string): Parsed<unknown> {
    const path = fileOf(row, text);
    const contents = path === undefined ? parsed(text) : readWith(this.#readFile, path);
    if (contents.error !== undefined) return contents;
    if (path !== undefined && !text.startsWith(fileScheme)) {
      this.warnings.push(`Flag '${name}' names a file by its bare path, which is an old way; use 'file://${path}'`);
    }
    const result = row.parse(contents.value);
    const shown = path === undefined ? `value '${abridged(text)}'` : `the contents of '${path}'`;
    return result.error === undefined ? result : unparsable(`Failed to load ${shown}: ${result.error}`);
  }
}

/** The text of the value an assignment gives to a row: booleans know a negation and need no text. */
function textOf({ text, isNegated }: Assignment, row: Flag<unknown>): Parsed<string> {
  if (!row.isBoolean) {
    if (isNegated) return unparsable('Only a boolean flag can be negated');
    return text === undefined ? unparsable(`Missing value: Expecting '=${row.placeholder}'`) : parsed(text);
  }
  const isBare = text === undefined || text === '';
  if (isNegated)
    return isBare ? parsed('false') : unparsable(`A negated flag takes no value, found '${abridged(text)}'`);
  return parsed(isBare ? 'true' : text);
}

const fileScheme = 'file://';

/** The path of the file a value names, or undefined when the text is the value itself. */
function fileOf(row: Flag<unknown>, text: string): string | undefined {
  if (row.file === 'never') return undefined;
  if (text.startsWith(fileScheme)) return text.slice(fileScheme.length);
  return row.file === 'json' && text.startsWith('/') ? text : undefined;
}

/** The last line break belongs to the file, not to the value. */
function readWith(readFile: (path: string) => string, path: string): Parsed<string> {
  try {
    return parsed(readFile(path).replace(/\r?\n$/, ''));
  } catch (error) {
    return unparsable(`Error reading file '${path}': ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readFromDisk(path: string): string {
  return readFileSync(path, 'utf8');
}

function unknownFlag({ name, isNegated, origin }: Assignment, rows: ReadonlyMap<string, NamedRow>): string {
  const meant = nearest(name, rows.keys()) ?? '';
  const negation = isNegated && rows.get(meant)?.row.isBoolean === true ? 'no-' : '';
  const hint = meant === '' ? '' : `: Did you mean '--${negation}${meant}'?`;
  return `Failed to load unknown flag ${abridged(origin)}${hint}`;
}

function surplusArgument(rest: readonly string[], max: number): string | undefined {
  const surplus = rest[max];
  if (surplus === undefined) return undefined;
  const hint = surplus.startsWith('-') ? `: Flags start with '--'` : '';
  return `Unexpected argument '${abridged(surplus)}'${hint}`;
}

function missingFlag(table: FlagTable, values: ReadonlyMap<string, unknown>): string | undefined {
  const missing = Object.entries(table).find(([name, row]) => row.isRequired && !values.has(name));
  return missing === undefined ? undefined : `Flag '${missing[0]}' is required, but it was not provided`;
}

const shownMax = 200;

/** Keeps a message to one readable line whatever was typed. */
function abridged(text: string): string {
  const line = text.replaceAll(/\p{Cc}/gu, ' ');
  return line.length <= shownMax ? line : `${line.slice(0, shownMax)}...`;
}
