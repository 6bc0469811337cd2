/** The program `mesos-master`. */
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadFlags } from '@mesos-ts/flags';
import { SystemClock, errorText, streamLogger } from '@mesos-ts/libprocess';
import { logFile, mesosVersion } from './constants.ts';
import { masterFlags, refuseLaterFlags, type MasterFlags } from './flags.ts';
import { startMaster, type MasterHandle } from './start-master.ts';
import type { Logger } from '@mesos-ts/libprocess';

/** Signals that the program listens to. */
export type MasterSignal = 'SIGINT' | 'SIGTERM';

/** What the program has of its surroundings. */
export interface ProgramIo {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Calls back for each such signal; answers how to stop that. */
  onSignal(signal: MasterSignal, callback: () => void): () => void;
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

/** Runs a master until it is told to end, by SIGINT or SIGTERM. Answers the exit status. */
export async function runMaster(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  io: ProgramIo = processIo,
): Promise<number> {
  const about = 'Offers the resources of agents to frameworks, and runs their tasks there.';
  const loaded = loadFlags(masterFlags, { argv, env, program: 'mesos-master', about });
  if (loaded.kind === 'help') {
    io.stdout(loaded.help);
    return 0;
  }
  const refused = refuseLaterFlags(argv, env) ?? (loaded.kind === 'error' ? loaded.error : undefined);
  if (refused !== undefined || loaded.kind === 'error') {
    io.stderr(`${refused ?? ''}\nSee 'mesos-master --help'.\n`);
    return 1;
  }
  const { flags, warnings } = loaded;
  if (flags.version) {
    io.stdout(`mesos ${mesosVersion}\n`);
    return 0;
  }
  let master: MasterHandle;
  try {
    const logger = createLogger(flags, io);
    for (const warning of warnings) logger.warn(warning);
    master = await startMaster({ flags, logger });
    logger.info(`Master ${master.info.id} is ready and serves ${master.url}`);
  } catch (error) {
    io.stderr(`Failed to start the master: ${errorText(error)}\n`);
    return 1;
  }
  return untilEnd(master, io);
}

async function untilEnd(master: MasterHandle, io: ProgramIo): Promise<number> {
  const stop = (): void => {
    void master.close();
  };
  const listening = [io.onSignal('SIGINT', stop), io.onSignal('SIGTERM', stop)];
  const end = await master.ended;
  await master.close();
  for (const stopListening of listening) stopListening();
  return end === 'failed' ? 1 : 0;
}

/** Writes to stderr, and to a file where the flags ask for one. */
function createLogger(flags: MasterFlags, io: ProgramIo): Logger {
  const clock = new SystemClock();
  const path = flags.log_dir === undefined ? undefined : join(flags.log_dir, logFile);
  if (flags.log_dir !== undefined) mkdirSync(flags.log_dir, { recursive: true });
  const file = path === undefined ? undefined : createWriteStream(path, { flags: 'a' });
  file?.on('error', (error) => {
    io.stderr(`Cannot write the log to '${path}': ${error.message}\n`);
  });
  const write = (line: string): void => {
    io.stderr(line);
    file?.write(line);
  };
  return streamLogger({ write, now: () => clock.now(), component: 'master' });
}
