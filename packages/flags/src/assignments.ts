/** A flag as somebody gave it, not yet looked up. */
export interface Assignment {
  /** Lower case, with the `no-` of a negation removed. */
  readonly name: string;
  readonly isNegated: boolean;
  /** What stands after `=`, or undefined without `=`. */
  readonly text: string | undefined;
  /** How to point at it in a message: `'--no-port'`, `environment variable 'MESOS_PORT'`. */
  readonly origin: string;
}

/** A command line taken apart. */
export interface CommandLine {
  readonly assignments: readonly Assignment[];
  /** Arguments that are no flags, and all arguments after `--`. */
  readonly rest: readonly string[];
}

const negation = 'no-';

/**
 * Takes a command line apart, without the program's name. `--name` and `--name=value` are flags, as in Mesos, and `-h`, which is
 * short for `--help`. Unlike in Mesos, a flag that cannot be without a value may have it as the next argument: `--name value`.
 *
 * @param needsValue Whether the flag of that name cannot be without a value.
 */
export function readCommandLine(argv: readonly string[], needsValue: (name: string) => boolean): CommandLine {
  const end = argv.findIndex((argument) => argument.trim() === '--');
  const before = end === -1 ? argv : argv.slice(0, end);
  const assignments: Assignment[] = [];
  const rest: string[] = [];
  for (let index = 0; index < before.length; index++) {
    const argument = before[index] ?? '';
    if (!isFlag(argument)) {
      rest.push(argument);
      continue;
    }
    const given = readArgument(argument);
    const next = before[index + 1];
    if (given.text === undefined && !given.isNegated && next !== undefined && !isFlag(next) && needsValue(given.name)) {
      assignments.push({ ...given, text: next });
      index++;
    } else {
      assignments.push(given);
    }
  }
  return { assignments, rest: end === -1 ? rest : [...rest, ...argv.slice(end + 1)] };
}

function isFlag(argument: string): boolean {
  return argument.trim().startsWith('--') || argument === '-h';
}

function readArgument(argument: string): Assignment {
  if (argument === '-h') return assignment('help', undefined, `'-h'`);
  const flag = argument.trim().slice(2);
  const equals = flag.indexOf('=');
  const name = equals === -1 ? flag : flag.slice(0, equals);
  return assignment(name, equals === -1 ? undefined : flag.slice(equals + 1), `'--${name}'`);
}

/**
 * Collects flags from variables such as `MESOS_PORT` (or `MESOS_port`), in the order of their names.
 *
 * A variable may be meant for somebody else, so the caller drops the names it does not know.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>, prefix: string): Assignment[] {
  return Object.keys(env)
    .filter((variable) => variable.startsWith(prefix))
    .toSorted()
    .map((variable) => assignment(variable.slice(prefix.length), env[variable], `environment variable '${variable}'`));
}

function assignment(typed: string, text: string | undefined, origin: string): Assignment {
  const lower = typed.toLowerCase();
  const isNegated = lower.startsWith(negation);
  return { name: isNegated ? lower.slice(negation.length) : lower, isNegated, text, origin };
}
