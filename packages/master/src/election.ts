/** How this master is elected, by its flags. */
import { join } from 'node:path';
import { ensureDirectory } from '@mesos-ts/daemon';
import { openBuiltInElection, openElection, parseMasters, resolveHost } from '@mesos-ts/election';
import { FileDisk, errorText } from '@mesos-ts/libprocess';
import { MasterError } from './errors.ts';
import { parseElectionService } from './flags.ts';
import type { Runtime } from '@mesos-ts/libprocess';
import type { MasterFlags } from './flags.ts';
import type { Election } from './leadership.ts';

/** Where a master keeps its vote, or what it knows of the service that elects, below its work directory. */
const electionFolder = 'election';

/** An election that was opened by the flags. */
export interface OpenedElection extends Election {
  /** Gives up, so that another may lead at once, and lets go of what it stands on. Never rejects. */
  close(): Promise<void>;
}

/** Opens the election that the flags ask for; undefined where they ask for none. Rejects with `MASTER_FLAGS_INVALID`, and as the elections do. */
export async function electionOf(flags: MasterFlags, runtime: Runtime): Promise<OpenedElection | undefined> {
  const problem = electionProblem(flags);
  if (problem !== undefined) throw new MasterError('MASTER_FLAGS_INVALID', problem);
  if (flags.masters !== undefined) return builtIn(flags, flags.masters, runtime);
  if (flags.zk === undefined) return undefined;
  const { error, value } = parseElectionService(flags.zk);
  if (error !== undefined) throw new MasterError('MASTER_FLAGS_INVALID', `Failed to use --zk: ${error}`);
  const { clock, logger, random } = runtime;
  const disk = flags.work_dir === undefined ? undefined : diskOf(flags.work_dir);
  const sessionTimeoutMs = flags.zk_session_timeout;
  return closing(await openElection(value, { clock, disk, logger, random, sessionTimeoutMs }), runtime, disk);
}

function diskOf(workDir: string): FileDisk {
  const folder = join(workDir, electionFolder);
  ensureDirectory(folder);
  return new FileDisk(folder);
}

/** `ip:port` of all masters, by `--masters`. */
export async function masterAddresses(masters: string): Promise<string[]> {
  const { error, value } = parseMasters(masters);
  if (error !== undefined) throw new MasterError('MASTER_FLAGS_INVALID', `Failed to use --masters: ${error}`);
  return Promise.all(value.masters.map(resolveHost));
}

/** What does not go together in the flags of elections. */
function electionProblem({ masters, work_dir, zk }: MasterFlags): string | undefined {
  if (masters !== undefined && zk !== undefined) {
    return '--masters and --zk are two ways to elect the leading master: expecting one of them';
  }
  if (masters !== undefined && work_dir === undefined) return '--work_dir needed with --masters: votes are kept there';
  return undefined;
}

async function builtIn(flags: MasterFlags, text: string, runtime: Runtime): Promise<OpenedElection> {
  const { error, value } = parseMasters(text);
  if (error !== undefined) throw new MasterError('MASTER_FLAGS_INVALID', `Failed to use --masters: ${error}`);
  const disk = diskOf(flags.work_dir ?? '');
  try {
    const { masters } = value;
    const options = { masters, quorum: flags.quorum, leaseMs: flags.master_lease, disk };
    return closing(await openBuiltInElection(runtime, options), runtime, disk);
  } catch (problem) {
    await disk.close();
    throw problem;
  }
}

function closing({ contender, detector }: Election, { logger }: Runtime, disk?: FileDisk): OpenedElection {
  return {
    contender,
    detector,
    close: async () => {
      try {
        await contender.close();
        await detector.close();
        await disk?.close();
      } catch (problem) {
        logger.warn(`Failed to leave the election: ${errorText(problem)}`);
      }
    },
  };
}
