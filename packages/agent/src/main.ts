/** The program `mesos-agent`. */
import { processIo, runDaemon } from '@mesos-ts/daemon';
import type { ProgramIo } from '@mesos-ts/daemon';

import { agentFlags, laterFlags } from './flags.ts';
import { startAgent } from './start-agent.ts';

/**
 * Runs an agent until it is told to end. Answers the exit status.
 *
 * SIGINT and SIGTERM end the agent; its executors and tasks go on without it. SIGUSR1 unregisters it, ends everything that it runs
 * and then the agent.
 */
export function runAgent(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  io: ProgramIo = processIo,
): Promise<number> {
  return runDaemon(
    {
      daemon: 'agent',
      about: 'Runs tasks for a Mesos master on this machine.',
      flags: agentFlags,
      laterFlags,
      start: async (flags, logger, variables) => {
        const agent = await startAgent({ flags, logger, env: variables });
        const leave = (): void => {
          void agent.shutdown({ unregister: true });
        };
        return {
          ready: `Agent is ready and serves ${agent.url}`,
          ended: agent.ended,
          close: () => agent.close(),
          reload: () => agent.reload(),
          signals: { SIGUSR1: leave },
        };
      },
    },
    { argv, env, io },
  );
}
