import { defineFlags } from '@mesos-ts/flags';
import { clusterFlags } from '../cluster.ts';
import { command } from '../program.ts';
import type { Command } from '../io.ts';

/** `mesos task exec`: a command beside a task. */
export const taskExecCommand = later('mesos task exec', 'Would run a command beside a task, in its container.', 'sh');

/** `mesos task attach`: a task's terminal. */
export const taskAttachCommand = later('mesos task attach', 'Would connect a terminal with a task.');

/** A command that needs what agents do not have yet. It says so, whatever it is asked for. */
function later(name: string, about: string, more = ''): Command {
  return command({
    name,
    flags: defineFlags(clusterFlags),
    about: `${about} Not supported yet: agents have no nested containers.`,
    example: `${name} hello ${more}`.trimEnd(),
    usage: 'TASK [options]',
    positionalsMax: 1_000,
    run: (_flags, _rest, io) => {
      io.stderr(`${name}: not supported yet: agents have no nested containers\n`);
      return Promise.resolve(1);
    },
  });
}
