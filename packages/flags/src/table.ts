import { FlagsError } from './errors.ts';
import { flag, type Flag } from './flag.ts';

/** Rows by flag name, as {@link defineFlags} checked them. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

/** The loaded values of a table: one property for each flag, under the flag's own name. */
export type FlagValues<T extends FlagTable> = {
  readonly [N in keyof T]: T[N] extends Flag<infer V> ? V : never;
};

const namePattern = /^[a-z][a-z0-9_]*$/;

/** Every program has it without saying so, and it shows in Mesos's `/flags`. */
export const helpFlag = flag.boolean({ default: false, help: 'Prints this help message' });

/**
 * Checks a flag table and returns it as it is.
 *
 * @throws {@link FlagsError} `FLAG_TABLE_INVALID` when a name or alias is not snake_case, is used twice or is `help`,
 * or when a default would be refused as a given value or never used because the flag is required.
 */
export function defineFlags<const T extends FlagTable>(table: T): T {
  const names = new Set(['help']);
  for (const [name, row] of Object.entries(table)) {
    for (const each of row.alias === undefined ? [name] : [name, row.alias]) {
      if (!namePattern.test(each)) throw new FlagsError('FLAG_TABLE_INVALID', `Flag name '${each}' is not snake_case`);
      if (names.has(each)) throw new FlagsError('FLAG_TABLE_INVALID', `Flag name '${each}' is used twice`);
      names.add(each);
    }
    if (row.isRequired && row.default !== undefined) {
      throw new FlagsError('FLAG_TABLE_INVALID', `Flag '${name}' is required and has a default`);
    }
    const { error } = row.default === undefined ? {} : row.parse(row.print(row.default));
    if (error !== undefined) {
      throw new FlagsError('FLAG_TABLE_INVALID', `The default of flag '${name}' is no valid value: ${error}`);
    }
  }
  return table;
}

/**
 * Prints loaded flags as the object under `flags` in the answer of Mesos's `/flags` endpoint: every value a string,
 * names in order, flags without a value left out, `help` included.
 */
export function flagsToJson<T extends FlagTable>(table: T, values: FlagValues<T>): Record<string, string> {
  const printed: [string, string][] = [['help', 'false']];
  for (const [name, row] of Object.entries(table)) {
    const value: unknown = values[name];
    if (value !== undefined) printed.push([name, row.print(value)]);
  }
  return Object.fromEntries(printed.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
