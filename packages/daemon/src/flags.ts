import { join } from 'node:path';
import { flag, type FlagTable, type FlagValues } from '@mesos-ts/flags';

/** What differs in the flags that both daemons have. */
export interface CommonFlagsOptions {
  /** What the program is called in the help, for example `master`. */
  readonly daemon: string;
  /** The port that it listens on unless told otherwise. */
  readonly port: number;
  /** Where its log can be seen, in the words of a help text: `in /state`. */
  readonly logShown: string;
}

/** The rows of the flags that both daemons have with the same meaning (Mesos's `docs/configuration/master-and-agent.md`). */
export function commonFlags({ daemon, port, logShown }: CommonFlagsOptions) {
  return {
    advertise_ip: flag.string({
      help: `IP address that is told to others to reach this ${daemon}, when it differs from the one it listens on.`,
    }),
    advertise_port: flag.integer({
      min: 1,
      max: 65_535,
      help: `Port that is told to others to reach this ${daemon}.`,
    }),
    external_log_file: flag.path({
      help: `A file into which somebody writes the ${daemon}'s log; shown ${logShown}.`,
    }),
    hostname: flag.string({
      help: `The name under which this ${daemon} is known. Without it, the name that its IP address resolves to.`,
    }),
    hostname_lookup: flag.boolean({
      default: true,
      help: 'Whether to look up a name where --hostname is not given; if not, the IP address is used.',
    }),
    ip: flag.string({ help: 'IP address to listen on, and to be reached at.' }),
    log_dir: flag.path({ help: `A directory to which the log is written, beside stderr; shown ${logShown}.` }),
    port: flag.integer({ default: port, min: 0, max: 65_535, help: 'Port to listen on; 0: any free one.' }),
    version: flag.boolean({ default: false, help: 'Prints the version.' }),
  };
}

/** The values of the flags that both daemons have. */
export type CommonFlags = FlagValues<ReturnType<typeof commonFlags>>;

/** The file to which a daemon writes its log by `--log_dir`, or nothing. */
export function logFile(flags: Pick<CommonFlags, 'log_dir'>, daemon: string): string | undefined {
  return flags.log_dir === undefined ? undefined : join(flags.log_dir, `mesos-${daemon}.INFO`);
}

/**
 * Says which flag of a command line or an environment is one that Mesos has and the program does not have yet, or nothing. Refused
 * and not ignored, so that nobody believes that it has an effect.
 * @param names The flags that the program will have.
 */
export function refuseLaterFlags(
  names: readonly string[],
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const later = new Set(names);
  for (const argument of beforeRest(argv)) {
    const name = /^--(?:no-)?([a-z0-9_]+)(?:=|$)/.exec(argument)?.[1];
    if (name !== undefined && later.has(name)) return `Flag '${name}' is not supported yet`;
  }
  const variable = names.find((name) => env[variableOf(name)] !== undefined);
  return variable === undefined
    ? undefined
    : `Flag '${variable}' is not supported yet, but ${variableOf(variable)} is set`;
}

/** Whether a command line asks for the version. As with `--help`, nothing else on it matters then. */
export function asksForVersion(argv: readonly string[]): boolean {
  return beforeRest(argv).some((argument) => /^--version(?:=(?:true|1)?)?$/.test(argument));
}

/** The arguments that may be flags: what stands behind `--` is none. */
function beforeRest(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end < 0 ? argv : argv.slice(0, end);
}

function variableOf(name: string): string {
  return `MESOS_${name.toUpperCase()}`;
}

/** The flags of a table, with defaults for those that are not given. */
export function completeFlags<T extends FlagTable>(table: T, given: Partial<FlagValues<T>>): FlagValues<T> {
  const values = Object.entries(table).map(([name, row]): [string, unknown] => {
    const value: unknown = given[name];
    return [name, value ?? row.default];
  });
  // Each value is of the type of its own row, which the compiler cannot follow through a list.
  return Object.fromEntries(values) as FlagValues<T>;
}
