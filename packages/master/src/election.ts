/** How this master is elected, by its flags. */
import { openElection } from '@mesos-ts/election';
import { errorText } from '@mesos-ts/libprocess';
import { MasterError } from './errors.ts';
import { parseElectionService } from './flags.ts';
import type { Runtime } from '@mesos-ts/libprocess';
import type { MasterFlags } from './flags.ts';
import type { Election } from './leadership.ts';

/** An election that was opened by the flags. */
export interface OpenedElection extends Election {
  /** Gives up, so that another may lead at once, and lets go of what it stands on. Never rejects. */
  close(): Promise<void>;
}

/** Opens the election that the flags ask for; undefined where they ask for none. Throws `MASTER_FLAGS_INVALID`. */
export async function electionOf(flags: MasterFlags, runtime: Runtime): Promise<OpenedElection | undefined> {
  if (flags.zk === undefined) return undefined;
  const { error, value } = parseElectionService(flags.zk);
  if (error !== undefined) throw new MasterError('MASTER_FLAGS_INVALID', `Failed to use --zk: ${error}`);
  const { clock, logger, random } = runtime;
  const election = await openElection(value, { clock, logger, random, sessionTimeoutMs: flags.zk_session_timeout });
  return {
    ...election,
    close: async () => {
      try {
        await election.contender.close();
        await election.detector.close();
      } catch (problem) {
        logger.warn(`Failed to leave the election: ${errorText(problem)}`);
      }
    },
  };
}
