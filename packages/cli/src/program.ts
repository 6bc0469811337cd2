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
      return statusOf(error);
    }
  };
  return Object.assign(run, { flagNames: Object.keys(flags) });
}

const passing: ReadonlySet<string> = new Set<OperatorErrorCode>([
  'OPERATOR_TIMEOUT',
  'OPERATOR_UNAVAILABLE',
  'OPERATOR_UNREACHABLE',
]);

function statusOf(error: unknown): number {
  // Nobody was asked.
  if (error instanceof CliError && error.code === 'CLI_CREDENTIALS_INVALID') return exitStatus.misused;
  return isPassing(error) ? exitStatus.unavailable : exitStatus.failed;
}

/** Whether the same may be done a little later: no master leads, or none answers. */
function isPassing(error: unknown): boolean {
  if (error instanceof CliError) return error.code === 'CLI_TIMED_OUT';
  return error instanceof OperatorError && passing.has(error.code);
}

const masterHint = '--master, or MESOS_MASTER, says where the master is';

/** What an error is told as, in one line. */
function errorLine(error: unknown, flags: Readonly<Record<string, unknown>>): string {
  const code = error instanceof OperatorError ? error.code : undefined;
  const text = printable(errorText(error));
  if (code === 'OPERATOR_UNAUTHENTICATED')
    return `${text} (--principal with --secret_file, or --token_file, tells who you are)`;
  if (/ is not authenticated$|^Master refused authentication$/.test(text)) {
    return `${text} (--principal, with --secret or MESOS_SECRET, tells who the framework is)`;
  }
  // Of an agent, the master says where it is.
  const { master } = flags;
  if (error instanceof OperatorError && error.answer.startsWith('<')) {
    return `The server answered ${error.status ?? 0} with a page, as no master does (${masterHint})`;
  }
  if (text.includes('validate agent::Call')) return `${text} (this is an agent: ${masterHint})`;
  if (code === 'OPERATOR_UNREACHABLE') {
    const hint = secureHint(error, text);
    if (hint !== undefined) return `${text} (${hint})`;
    if (typeof master === 'string' && text.includes(master)) {
      return `${text} (${masterHint})`;
    }
  }
  if (code !== 'OPERATOR_UNSUPPORTED' || text.includes('not supported yet')) return text;
  return `not supported yet: ${text}`;
}

const trustHint = 'LIBPROCESS_SSL_CA_FILE says whom to trust';
const certificateHint = 'where it requires a certificate, LIBPROCESS_SSL_CERT_FILE and LIBPROCESS_SSL_KEY_FILE have it';
const withoutTlsHint = 'leave out https:// in --master, and LIBPROCESS_SSL_ENABLED';

/** What to look at where TLS is in the way, by the codes of Node.js, OpenSSL and undici. */
const secureHints: ReadonlyMap<unknown, string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', trustHint],
  ['SELF_SIGNED_CERT_IN_CHAIN', trustHint],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', trustHint],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', trustHint],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', withoutTlsHint],
  ['ERR_SSL_WRONG_VERSION_NUMBER', withoutTlsHint],
  // So ends a server that requires a certificate, and is shown none: how, depends on who is faster.
  ['ECONNRESET', certificateHint],
  ['EPIPE', certificateHint],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', certificateHint],
  ['UND_ERR_SOCKET', certificateHint],
]);

function secureHint(error: unknown, text: string): string | undefined {
  if (!text.startsWith('Cannot reach https:')) return undefined;
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  return cause instanceof Error && 'code' in cause ? secureHints.get(cause.code) : undefined;
}

/** Tells the user what is wrong with a command line. */
export function refuse(io: Io, name: string, reason: string): number {
  io.stderr(`${name}: ${reason}\nSee '${name} --help'.\n`);
  return exitStatus.misused;
}
