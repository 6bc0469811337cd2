import { defineFlags, flag } from '@mesos-ts/flags';
import { OperatorError } from '@mesos-ts/operator';
import { agentFlag, agentUrl } from '../agent-flag.ts';
import { clusterFlags, clusterOf } from '../cluster.ts';
import { CliError } from '../errors.ts';
import { pause } from '../pause.ts';
import { command } from '../program.ts';

/** How often to look for more, in milliseconds. */
const pollMs = 500;

/** Bytes asked for at once. */
const pieceBytesMax = 256 * 1024;

type Read = (offset: number) => Promise<{ readonly data: Uint8Array; readonly size: number }>;

/** `mesos log`: what the master or an agent has logged. */
export const logCommand = command({
  name: 'mesos log',
  flags: defineFlags({
    agent: agentFlag,
    follow: flag.boolean({ default: false, help: 'Prints what is added, until Ctrl-C.' }),
    ...clusterFlags,
  }),
  about: 'Prints the log of the master, or of an agent, where it is started with --log_dir or --external_log_file.',
  example: 'mesos log --follow',
  run: async (flags, _rest, io, env) => {
    const cluster = await clusterOf(flags, env);
    const interrupt = new AbortController();
    const releases = (['SIGINT', 'SIGTERM'] as const).map((signal) =>
      io.onSignal(signal, () => {
        interrupt.abort();
      }),
    );
    try {
      const url = flags.agent === undefined ? undefined : await agentUrl(cluster, flags.agent);
      const files = url === undefined ? cluster.client : cluster.client.agent(url);
      const path = url === undefined ? '/master/log' : '/slave/log';
      const read: Read = (offset) => files.readFile(path, { offset, length: pieceBytesMax });
      await io.pipe(piecesOf(read, flags.follow ? interrupt.signal : undefined));
      return 0;
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code !== 'OPERATOR_NOT_FOUND') throw error;
      throw new CliError('CLI_NOT_FOUND', 'There is no log: it was started without --log_dir and --external_log_file', {
        cause: error,
      });
    } finally {
      for (const release of releases) release();
    }
  },
});

/** What there is, and with a signal what is added until that is aborted. A file that becomes shorter is a new one. */
async function* piecesOf(read: Read, follow: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = 0;
  while (!isAborted(follow)) {
    const { data, size } = await read(offset);
    if (data.length > 0) {
      offset += data.length;
      yield data;
    } else if (size < offset) {
      offset = 0;
    } else if (follow === undefined) {
      return;
    } else {
      await pause(pollMs, follow);
    }
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted ?? false;
}
