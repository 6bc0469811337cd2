/** The program `mesos-master`. */
import { processIo, runDaemon, type ProgramIo } from '@mesos-ts/daemon';
import { laterFlags, masterFlags } from './flags.ts';
import { startMaster } from './start-master.ts';

/** Runs a master until it is told to end, by SIGINT or SIGTERM. Answers the exit status. */
export function runMaster(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  io: ProgramIo = processIo,
): Promise<number> {
  return runDaemon(
    {
      daemon: 'master',
      about: 'Offers the resources of agents to frameworks, and runs their tasks there.',
      flags: masterFlags,
      laterFlags,
      start: async (flags, logger, variables) => {
        const master = await startMaster({ flags, logger, env: variables });
        return {
          ready: `Master ${master.info.id} is ready and serves ${master.url}`,
          ended: master.ended,
          close: () => master.close(),
          reload: () => master.reload(),
        };
      },
    },
    { argv, env, io },
  );
}
