import { defineFlags, flag } from '@mesos-ts/flags';
import { levelLogStorage } from '@mesos-ts/replicated-log';
import { CliError } from '../errors.ts';
import { command } from '../program.ts';
import { within } from './deadline.ts';

/** `mesos-log initialize`: gives an empty replica its vote. */
export const initializeCommand = command({
  name: 'mesos-log initialize',
  flags: defineFlags({
    path: flag.path({ required: true, help: 'Path to the log.' }),
    timeout: flag.duration({
      min: 0,
      help: 'Maximum time allowed for the command to finish (e.g., 500ms, 1secs, etc.).',
    }),
  }),
  about:
    'Initializes the log of a replica: it votes from its start on, without asking the others. For the replicas of a new cluster only, before any ' +
    'of them has run: a replica that was started anew in place of one that had voted would break promises of that one. Nothing has to be done ' +
    'where replicas initialize themselves.',
  example: 'mesos-log initialize --path=/var/lib/mesos/replicated_log',
  run: async ({ path, timeout }, _rest, io) => {
    await within(timeout, 'initializing the log', initializeLog(path));
    io.stderr(`The log in ${path} is initialized\n`);
    return 0;
  },
});

/** Gives a log that is empty its vote. */
export async function initializeLog(path: string): Promise<void> {
  const storage = levelLogStorage({ path });
  try {
    const { metadata } = await storage.recover();
    if (metadata.status !== 'EMPTY') {
      throw new CliError('CLI_NOT_EMPTY', `The log is not empty: the replica in ${path} is ${metadata.status}`);
    }
    await storage.persist({ metadata: { ...metadata, status: 'VOTING' } });
  } finally {
    await storage.close();
  }
}
