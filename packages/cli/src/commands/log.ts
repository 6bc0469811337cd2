import { defineFlags, flag } from '@mesos-ts/flags';
import { OperatorError } from '@mesos-ts/operator';
import { agentClient, agentFlag } from '../agent-flag.ts';
import { clusterFlags, clusterOf } from '../cluster.ts';
import { CliError } from '../errors.ts';
import { contentsOf } from '../growing-file.ts';
import { linesFlag } from '../lines-flag.ts';
import { command } from '../program.ts';
import { untilInterrupted } from '../until-interrupted.ts';

/** `mesos log`: what the master or an agent has logged. */
export const logCommand = command({
  name: 'mesos log',
  flags: defineFlags({
    agent: agentFlag,
    follow: flag.boolean({ default: false, help: 'Prints what is added, until Ctrl-C.' }),
    lines: linesFlag,
    ...clusterFlags,
  }),
  about: 'Prints the log of the master, or of an agent, where it is started with --log_dir or --external_log_file.',
  example: 'mesos log --lines=20 --follow',
  run: async (flags, _rest, io, env) => {
    const cluster = await clusterOf(flags, env);
    const agent = flags.agent === undefined ? undefined : await agentClient(cluster, flags.agent);
    const files = agent ?? cluster.client;
    const path = agent === undefined ? '/master/log' : '/slave/log';
    try {
      return await untilInterrupted(io, async (signal) => {
        const file = { read: (offset: number, length: number) => files.readFile(path, { offset, length }, { signal }) };
        const follow = flags.follow ? signal : undefined;
        await io.pipe(contentsOf(file, { follow, lines: flags.lines }), signal);
      });
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code !== 'OPERATOR_NOT_FOUND') throw error;
      throw new CliError('CLI_NOT_FOUND', 'There is no log: it was started without --log_dir and --external_log_file', {
        cause: error,
      });
    }
  },
});
