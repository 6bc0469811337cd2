import { nearest } from '@mesos-ts/flags';
import type { Command, Io } from '../io.ts';

interface Tool {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const tools: ReadonlyMap<string, Tool> = new Map([
  [
    'benchmark',
    { summary: 'Measures appends to a log', load: async () => (await import('./benchmark.ts')).benchmarkCommand },
  ],
  [
    'initialize',
    {
      summary: 'Makes an empty log one that votes',
      load: async () => (await import('./initialize.ts')).initializeCommand,
    },
  ],
  ['replica', { summary: 'Runs a replica of a log', load: async () => (await import('./replica.ts')).replicaCommand }],
  ['read', { summary: 'Prints what a log holds', load: async () => (await import('./read.ts')).readCommand }],
  [
    'salvage',
    {
      summary: 'Makes a log of its own of the one replica that is left',
      load: async () => (await import('./salvage.ts')).salvageCommand,
    },
  ],
]);

/** The command `mesos-log`: looks after the replicas of a log, as that of Mesos. */
export const mesosLog: Command = async (argv, env, io) => {
  const [first, ...rest] = argv;
  if (first === undefined) return usage(io, false);
  const [name, options] = first === 'help' ? [rest[0], ['--help']] : [first, rest];
  if (name === undefined || name === '--help' || name === '-h') return usage(io, true);
  const tool = tools.get(name);
  if (tool !== undefined) return (await tool.load())(options, withoutMesos(env), io);
  const near = nearest(name, [...tools.keys()]);
  io.stderr(`Cannot find command '${name}'${near === undefined ? '' : `. Did you mean '${near}'?`}\n\n`);
  return usage(io, false);
};

/** Help that was asked for goes to stdout; help in place of a command that is missing is an error. */
function usage(io: Io, isAskedFor: boolean): number {
  const width = Math.max(...[...tools.keys()].map((name) => name.length));
  const lines = [...tools].map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`);
  const text = `Usage: mesos-log COMMAND [options]\n\n  ${'help'.padEnd(width)}  Prints this\n${lines.join('')}\nSee 'mesos-log COMMAND --help'.\n`;
  if (isAskedFor) io.stdout(text);
  else io.stderr(text);
  return isAskedFor ? 0 : 1;
}

/** `MESOS_QUORUM` and the like are meant for a master in the same environment: the tools of Mesos do not read them either. */
function withoutMesos(env: Parameters<Command>[1]): Parameters<Command>[1] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('MESOS_')));
}
