/** The program `mesos-agent`. */
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { loadFlags } from '@mesos-ts/flags';
import { SystemClock, errorText, streamLogger } from '@mesos-ts/libprocess';
import type { Logger } from '@mesos-ts/libprocess';

import { LOG_FILE, VERSION } from './constants.ts';
import { agentFlags, refuseLaterFlags } from './flags.ts';
import type { AgentFlags } from './flags.ts';
import { startAgent } from './start-agent.ts';
import type { AgentHandle } from './start-agent.ts';

/** Signals that the program listens to. */
export type AgentSignal = 'SIGINT' | 'SIGTERM' | 'SIGUSR1';

/** What the program has of its surroundings. */
export interface ProgramIo {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Calls back for each such signal; answers how to stop that. */
  onSignal(signal: AgentSignal, callback: () => void): () => void;
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

/**
 * Runs an agent until it is told to end. Answers the exit status.
 *
 * SIGINT and SIGTERM end the agent; its executors and tasks go on without it. SIGUSR1 unregisters it, ends everything that it runs
 * and then the agent.
 */
export async function runAgent(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  io: ProgramIo = processIo,
): Promise<number> {
  if (argv.includes('--version')) {
    io.stdout(`mesos ${VERSION}\n`);
    return 0;
  }
  const about = 'Runs tasks for a Mesos master on this machine.';
  const loaded = loadFlags(agentFlags, { argv, env, program: 'mesos-agent', about });
  if (loaded.kind === 'help') {
    io.stdout(loaded.help);
    return 0;
  }
  const refused = refuseLaterFlags(argv, env) ?? (loaded.kind === 'error' ? loaded.error : undefined);
  if (refused !== undefined || loaded.kind === 'error') {
    io.stderr(`${refused ?? ''}\nSee 'mesos-agent --help'.\n`);
    return 1;
  }
  const { flags, warnings } = loaded;
  let agent: AgentHandle;
  try {
    const logger = createLogger(flags, io);
    for (const warning of warnings) logger.warn(warning);
    agent = await startAgent({ flags, logger });
    logger.info(`Agent is ready and serves ${agent.url}`);
  } catch (error) {
    io.stderr(`Failed to start the agent: ${errorText(error)}\n`);
    return 1;
  }
  return untilEnd(agent, io);
}

async function untilEnd(agent: AgentHandle, io: ProgramIo): Promise<number> {
  const stop = (): void => {
    void agent.close();
  };
  const leave = (): void => {
    void agent.shutdown({ unregister: true });
  };
  const listening = [io.onSignal('SIGINT', stop), io.onSignal('SIGTERM', stop), io.onSignal('SIGUSR1', leave)];
  const end = await agent.ended;
  await agent.close();
  for (const stopListening of listening) stopListening();
  return end === 'failed' ? 1 : 0;
}

/** Writes to stderr, and to a file where the flags ask for one. */
function createLogger(flags: AgentFlags, io: ProgramIo): Logger {
  const clock = new SystemClock();
  const write = (line: string): void => {
    io.stderr(line);
    file?.write(line);
  };
  const logger = streamLogger({ write, now: () => clock.now(), component: 'agent' });
  if (flags.log_dir !== undefined) mkdirSync(flags.log_dir, { recursive: true });
  const file =
    flags.log_dir === undefined ? undefined : createWriteStream(join(flags.log_dir, LOG_FILE), { flags: 'a' });
  file?.on('error', (error) => {
    io.stderr(`Cannot write the log to '${join(flags.log_dir ?? '', LOG_FILE)}': ${error.message}\n`);
  });
  return logger;
}
