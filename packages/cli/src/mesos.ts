import { nearest } from '@mesos-ts/flags';
import { commands } from './commands/index.ts';
import { exitStatus } from './exit-status.ts';
import type { Command, Io } from './io.ts';

/** The command `mesos`: finds the command that is meant by its first words, and runs it. */
export const mesos: Command = async (argv, env, io) => {
  const [first, second] = argv;
  const isHelp = first === '--help' || first === '-h' || (first === 'help' && second === undefined);
  if (first === undefined || isHelp) return showHelp(io, [...commands.keys()], isHelp);
  // `mesos help task log` is `mesos task log --help`.
  if (first === 'help') return run([...argv.slice(1), '--help'], env, io);
  if (first === '--version') return run(['master', '--version'], env, io);
  return run(argv, env, io);
};

async function run(argv: readonly string[], env: Parameters<Command>[1], io: Io): Promise<number> {
  const [first = '', second = ''] = argv;
  const subcommands = [...commands.keys()].filter((name) => name.startsWith(`${first} `));
  // What has subcommands takes no other word: one that is none of them is a mistake in it.
  const isSubcommandMeant = subcommands.length > 0 && second !== '' && !second.startsWith('-');
  for (const words of isSubcommandMeant ? [2] : [2, 1]) {
    const entry = commands.get(argv.slice(0, words).join(' '));
    if (entry !== undefined) return (await entry.load())(argv.slice(words), env, io);
  }
  if (subcommands.length === 0) return unknown(io, first, [...commands.keys()]);
  if (second !== '' && second !== '--help' && second !== '-h') return unknown(io, `${first} ${second}`, subcommands);
  return showHelp(io, subcommands, second !== '');
}

/** Help that was asked for goes to stdout; help in place of a command that is missing is an error. */
function showHelp(io: Io, names: readonly string[], isAskedFor: boolean): number {
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => `  ${name.padEnd(width)}  ${commands.get(name)?.summary ?? ''}\n`);
  const text = `Usage: mesos COMMAND [options]\n\n${lines.join('')}\nSee 'mesos COMMAND --help'.\n`;
  if (isAskedFor) io.stdout(text);
  else io.stderr(text);
  return isAskedFor ? exitStatus.done : exitStatus.misused;
}

function unknown(io: Io, name: string, known: readonly string[]): number {
  const near = nearest(name, known);
  const hint = near === undefined ? '' : ` Did you mean 'mesos ${near}'?`;
  io.stderr(`mesos: '${name}' is not a command.${hint}\nSee 'mesos --help'.\n`);
  return exitStatus.misused;
}
