import { defineFlags, flag } from '@mesos-ts/flags';
import { SystemRandom } from '@mesos-ts/libprocess';
import { levelLogStorage } from '@mesos-ts/replicated-log';
import { CliError } from '../errors.ts';
import { command } from '../program.ts';
import { within } from './deadline.ts';

/** `mesos-log salvage`: makes a log of its own of what one replica has. */
export const salvageCommand = command({
  name: 'mesos-log salvage',
  flags: defineFlags({
    path: flag.path({ required: true, help: 'Path to the log.' }),
    others_are_lost: flag.boolean({
      default: false,
      help: 'Says that no other replica of this log will ever run again. Nothing is done without it.',
    }),
    timeout: flag.duration({
      min: 0,
      help: 'Maximum time allowed for the command to finish (e.g., 500ms, 1secs, etc.).',
    }),
  }),
  about:
    'Makes the only replica of a new log, with a quorum of 1, of one that has lost the majority of the others for good. What was acknowledged and this ' +
    'replica has not heard of is lost: take the one that led last, or that has the greatest last position by `mesos-log read`, and keep a copy of its directory. ' +
    'Replicas of the log as it was are refused from then on: empty their directories, and they learn this one.',
  example: 'mesos-log salvage --path=/var/lib/mesos/replicated_log --others_are_lost',
  run: async ({ path, others_are_lost: isAlone, timeout }, _rest, io) => {
    if (!isAlone) {
      throw new CliError(
        'CLI_LOG_INVALID',
        'This gives up what other replicas know. If none of them will ever run again, say so: --others_are_lost',
      );
    }
    const end = await within(timeout, 'salvaging the log', salvageLog(path, new SystemRandom().uuid()));
    io.stderr(
      `The log in ${path} is one of its own now, with all that this replica has up to position ${end}, and a quorum of 1\n`,
    );
    return 0;
  },
});

/** Gives the log on a disk an id of its own and a quorum of 1. Answers with its last position. */
async function salvageLog(path: string, log: string): Promise<number> {
  const storage = levelLogStorage({ path, create: false });
  try {
    const { metadata, end } = await storage.recover();
    if (metadata.status !== 'VOTING') {
      throw new CliError(
        'CLI_LOG_INVALID',
        `The replica in ${path} is ${metadata.status}: it does not know what its log was`,
      );
    }
    await storage.persist({ metadata: { status: 'VOTING', promised: metadata.promised, log, quorum: 1 } });
    return end;
  } finally {
    await storage.close();
  }
}
