import { loadFlags } from '@mesos-ts/flags';
import type { FlagTable, FlagValues } from '@mesos-ts/flags';
import { errorText } from '@mesos-ts/libprocess';
import type { Command, Io, Variables } from './io.ts';

/** What a program is called, what it takes and what it does. */
export interface Program<T extends FlagTable> {
  /** As the user types it: `mesos tasks`. */
  readonly name: string;
  readonly flags: T;
  /** One sentence or more. */
  readonly about: string;
  /** What follows the name in the usage line. @default '[options]' */
  readonly usage?: string;
  /** How many arguments may follow that are no flags. @default 0 */
  readonly positionalsMax?: number;
  /** Does it, and answers the exit status. An exception is told to the user, and status 1. */
  run(flags: FlagValues<T>, rest: readonly string[], io: Io, env: Variables): Promise<number>;
}

/** The command of a program: reads its flags, answers `--help`, and tells what is wrong. */
export function command<T extends FlagTable>(program: Program<T>): Command {
  return async (argv, env, io) => {
    const { about, flags, name, positionalsMax = 0, usage = '[options]' } = program;
    const loaded = loadFlags(flags, { argv, env, program: name, about, usage, positionalsMax });
    if (loaded.kind === 'help') {
      io.stdout(loaded.help);
      return 0;
    }
    if (loaded.kind === 'error') return refuse(io, name, loaded.error);
    for (const warning of loaded.warnings) io.stderr(`${name}: ${warning}\n`);
    try {
      return await program.run(loaded.flags, loaded.rest, io, env);
    } catch (error) {
      io.stderr(`${name}: ${errorText(error)}\n`);
      return 1;
    }
  };
}

/** Tells the user what is wrong with a command line. */
export function refuse(io: Io, name: string, reason: string): number {
  io.stderr(`${name}: ${reason}\nSee '${name} --help'.\n`);
  return 1;
}
