import { defineFlags, flag } from '@mesos-ts/flags';
import { clusterFlags, clusterOf } from '../cluster.ts';
import { command, refuse } from '../program.ts';
import { TaskLog } from '../task-log.ts';

const name = 'mesos task log';

/** `mesos task log`: what a task has written. */
export const taskLogCommand = command({
  name,
  flags: defineFlags({
    follow: flag.boolean({ default: false, help: 'Prints what is added, until the task has ended or Ctrl-C.' }),
    ...clusterFlags,
  }),
  about: "Prints a task's stdout, or another file of its sandbox, as far as its agent still has it.",
  example: 'mesos task log hello stderr --follow',
  usage: 'TASK [stdout|stderr|FILE] [options]',
  positionalsMax: 2,
  run: async (flags, [id, file = 'stdout'], io, env) => {
    if (id === undefined) return refuse(io, name, 'Expecting the id of a task');
    const { address, http } = await clusterOf(flags, env);
    const log = await TaskLog.find(http, address, id, file);
    if (!flags.follow) {
      await log.print(io);
      return 0;
    }
    const interrupt = new AbortController();
    const release = io.onSignal('SIGINT', () => {
      interrupt.abort();
    });
    await log.follow(io, interrupt.signal);
    release();
    return 0;
  },
});
