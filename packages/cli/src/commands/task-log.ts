import { defineFlags, flag } from '@mesos-ts/flags';
import { clusterFlags, clusterOf } from '../cluster.ts';
import { contentsOf } from '../growing-file.ts';
import { linesFlag } from '../lines-flag.ts';
import { command, refuse } from '../program.ts';
import { TaskLog } from '../task-log.ts';
import { untilInterrupted } from '../until-interrupted.ts';

const name = 'mesos task log';

/** `mesos task log`: what a task has written. */
export const taskLogCommand = command({
  name,
  flags: defineFlags({
    follow: flag.boolean({ default: false, help: 'Prints what is added, until the task has ended or Ctrl-C.' }),
    framework: flag.string({ help: "The id of the task's framework, where several have a task of that id." }),
    lines: linesFlag,
    ...clusterFlags,
  }),
  about: "Prints a task's stdout, or another file of its sandbox, as far as its agent still has it.",
  example: 'mesos task log hello stderr --lines=20 --follow',
  usage: 'TASK [stdout|stderr|FILE] [options]',
  positionalsMax: 2,
  run: async (flags, [id, file = 'stdout'], io, env) => {
    if (id === undefined) return refuse(io, name, 'Expecting the id of a task');
    const cluster = await clusterOf(flags, env);
    return untilInterrupted(io, async (signal) => {
      const asked = { id, frameworkId: flags.framework, file, isAwaited: flags.follow, signal };
      const log = await TaskLog.find(cluster, asked);
      const follow = flags.follow ? signal : undefined;
      await io.pipe(contentsOf(log, { follow, lines: flags.lines }), signal);
    });
  },
});
