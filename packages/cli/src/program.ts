import { loadFlags } from '@mesos-ts/flags';
import { errorText } from '@mesos-ts/libprocess';
import { OperatorError } from '@mesos-ts/operator';
import { CliError } from './errors.ts';
import { exitStatus } from './exit-status.ts';
import { printable } from './table.ts';
import type { FlagTable, FlagValues } from '@mesos-ts/flags';
import type { OperatorErrorCode } from '@mesos-ts/operator';
import type { Command, Io, Variables } from './io.ts';

/** What a program is called, what it takes and what it does. */
export interface Program<T extends FlagTable> {
  /** As the user types it: `mesos tasks`. */
  readonly name: string;
  readonly flags: T;
  /** One sentence or more. */
  readonly about: string;
  /** A command line that makes sense, for the help. */
  readonly example: string;
  /** What follows the name in the usage line. @default '[options]' */
  readonly usage?: string;
  /** How many arguments may follow that are no flags. @default 0 */
  readonly positionalsMax?: number;
  /** Flags that are not taken from the environment, where the same name means another thing to a daemon. @default none */
  readonly argumentsOnly?: readonly (keyof T & string)[];
  /** Does it, and answers the exit status. An exception is told to the user, and status 1. */
  run(flags: FlagValues<T>, rest: readonly string[], io: Io, env: Variables): Promise<number>;
}

/** The command of a program: reads its flags, answers `--help`, and tells what is wrong. */
export function command<T extends FlagTable>(program: Program<T>): Command {
  const { example, flags } = program;
  const about = `${program.about}\n\nExample:\n  ${example}`;
  const run: Command = async (argv, env, io) => {
    const { argumentsOnly = [], name, positionalsMax = 0, usage = '[options]' } = program;
    const hidden = new Set(argumentsOnly.map((flagName) => `MESOS_${flagName.toUpperCase()}`));
    const taken = Object.fromEntries(Object.entries(env).filter(([variable]) => !hidden.has(variable)));
    const loaded = loadFlags(flags, { argv, env: taken, program: name, about, usage, positionalsMax });
    if (loaded.kind === 'help') {
      io.stdout(loaded.help);
      return 0;
    }
    if (loaded.kind === 'error') return refuse(io, name, loaded.error);
    for (const warning of loaded.warnings) io.stderr(`${name}: ${warning}\n`);
    try {
      return await program.run(loaded.flags, loaded.rest, io, env);
    } catch (error) {
      io.stderr(`${name}: ${errorLine(error, loaded.flags)}\n`);
      return isPassing(error) ? exitStatus.unavailable : exitStatus.failed;
    }
  };
  return Object.assign(run, { flagNames: Object.keys(flags) });
}

const passing: ReadonlySet<string> = new Set<OperatorErrorCode>([
  'OPERATOR_TIMEOUT',
  'OPERATOR_UNAVAILABLE',
  'OPERATOR_UNREACHABLE',
]);

/** Whether the same may be done a little later: no master leads, or none answers. */
function isPassing(error: unknown): boolean {
  if (error instanceof CliError) return error.code === 'CLI_TIMED_OUT';
  return error instanceof OperatorError && passing.has(error.code);
}

/** What an error is told as, in one line. */
function errorLine(error: unknown, flags: Readonly<Record<string, unknown>>): string {
  const code = error instanceof OperatorError ? error.code : undefined;
  const text = printable(errorText(error));
  if (code === 'OPERATOR_UNAUTHENTICATED')
    return `${text} (--principal with --secret_file, or --token_file, tells who you are)`;
  // Of an agent, the master says where it is.
  const { master } = flags;
  if (code === 'OPERATOR_UNREACHABLE' && typeof master === 'string' && text.includes(master)) {
    return `${text} (--master, or MESOS_MASTER, says where the master is)`;
  }
  if (code !== 'OPERATOR_UNSUPPORTED' || text.includes('not supported yet')) return text;
  return `not supported yet: ${text}`;
}

/** Tells the user what is wrong with a command line. */
export function refuse(io: Io, name: string, reason: string): number {
  io.stderr(`${name}: ${reason}\nSee '${name} --help'.\n`);
  return exitStatus.misused;
}
