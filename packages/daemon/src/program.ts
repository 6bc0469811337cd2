import { loadFlags, type Flag } from '@mesos-ts/flags';
import { errorText } from '@mesos-ts/libprocess';
import { asksForVersion, refuseLaterFlags, type CommonFlags } from './flags.ts';
import { openLog, type ProgramLog } from './log.ts';
import { mesosVersion } from './version.ts';
import type { Logger } from '@mesos-ts/libprocess';

/** Signals that a program may listen to. */
export type ProgramSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM' | 'SIGUSR1';

/** What a program has of its surroundings. */
export interface ProgramIo {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Calls back for each such signal; answers how to stop that. */
  onSignal(signal: ProgramSignal, callback: () => void): () => void;
}

/** The surroundings of this OS process. */
export const processIo: ProgramIo = {
  stdout: (text) => {
    process.stdout.write(text);
  },
  stderr: (text) => {
    process.stderr.write(text);
  },
  onSignal: (signal, callback) => {
    process.on(signal, callback);
    return () => {
      process.off(signal, callback);
    };
  },
};

/** A daemon that serves. */
export interface RunningDaemon {
  /** Says that it serves and where, in a sentence for the log. */
  readonly ready: string;
  /** Resolves when it has ended; `failed` if something in it broke. */
  readonly ended: Promise<string>;
  /** Ends it. Idempotent. */
  close(): Promise<void>;
  /** Reads certificates and secrets again, on SIGHUP; answers whether they have changed. @default SIGHUP has no effect */
  reload?(): Promise<boolean>;
  /** What it does on signals other than SIGINT and SIGTERM, which close it, and SIGHUP. */
  readonly signals?: Readonly<Partial<Record<ProgramSignal, () => void>>>;
}

/** A daemon's program. `F` is the type of its loaded flags. */
export interface DaemonProgram<F extends CommonFlags> {
  /** `master` for the program `mesos-master`. */
  readonly daemon: string;
  /** What it does, in a sentence for `--help`. */
  readonly about: string;
  readonly flags: { readonly [N in keyof F]: Flag<F[N]> };
  /** Flags that Mesos has and the program does not have yet: they are refused. */
  readonly laterFlags: readonly string[];
  /** Starts it; resolves when it serves. What it throws is told on stderr. */
  start(flags: F, logger: Logger, env: Invocation['env']): Promise<RunningDaemon>;
}

/** What a program was started with. */
export interface Invocation {
  /** The arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly io: ProgramIo;
}

/**
 * Runs a daemon until it ends, by itself or by a signal. Answers the exit status: 1 if it did not start or has failed, else 0.
 *
 * `--help` and `--version` answer whatever else is on the command line.
 */
export async function runDaemon<F extends CommonFlags>(
  program: DaemonProgram<F>,
  { argv, env, io }: Invocation,
): Promise<number> {
  const { about, daemon, laterFlags } = program;
  const loaded = loadFlags(program.flags, { argv, env, program: `mesos-${daemon}`, about });
  if (loaded.kind === 'help') {
    io.stdout(loaded.help);
    return 0;
  }
  if (asksForVersion(argv)) return showVersion(io);
  const refused = refuseLaterFlags(laterFlags, argv, env) ?? (loaded.kind === 'error' ? loaded.error : undefined);
  if (refused !== undefined || loaded.kind === 'error') {
    io.stderr(`${refused ?? ''}\nSee 'mesos-${daemon} --help'.\n`);
    return 1;
  }
  // The table has a row for each of these flags, which makes the loaded values those flags.
  const flags = loaded.flags as unknown as F;
  // Asked for by the environment.
  if (flags.version) return showVersion(io);
  let log: ProgramLog | undefined;
  let running: RunningDaemon;
  try {
    log = openLog(flags, daemon, io.stderr.bind(io));
    for (const warning of loaded.warnings) log.logger.warn(warning);
    running = await program.start(flags, log.logger, env);
  } catch (error) {
    io.stderr(`Failed to start the ${daemon}: ${errorText(error)}\n`);
    await log?.close();
    return 1;
  }
  const status = await untilEnd(running, log.logger, io);
  await log.close();
  return status;
}

function showVersion(io: ProgramIo): number {
  io.stdout(`mesos ${mesosVersion}\n`);
  return 0;
}

async function untilEnd(running: RunningDaemon, logger: Logger, io: ProgramIo): Promise<number> {
  const stop = (): void => {
    void running.close();
  };
  const reload = (): void => {
    void reloaded(running).then(([severity, text]) => {
      logger[severity](text);
    });
  };
  const onHangUp = running.reload === undefined ? {} : { SIGHUP: reload };
  const reactions = Object.entries({ ...onHangUp, SIGINT: stop, SIGTERM: stop, ...running.signals });
  const listening = reactions.map(([signal, react]) => io.onSignal(signal as ProgramSignal, react));
  // Not before it listens: whoever waits for the sentence may send a signal at once.
  logger.info(running.ready);
  const end = await running.ended;
  await running.close();
  for (const stopListening of listening) stopListening();
  return end === 'failed' ? 1 : 0;
}

/** What became of reading certificates and secrets again, for the log. */
async function reloaded(running: RunningDaemon): Promise<readonly ['info' | 'error', string]> {
  try {
    const isChanged = (await running.reload?.()) ?? false;
    return [
      'info',
      isChanged ? 'Uses other certificates or secrets from here on' : 'Certificates and secrets are unchanged',
    ];
  } catch (error) {
    return ['error', `Goes on with the certificates and secrets from before: ${errorText(error)}`];
  }
}
