import { defineFlags } from '@mesos-ts/flags';
import { completionScript, shells } from '../completion-script.ts';
import { command, refuse } from '../program.ts';
import type { Command } from '../io.ts';
import type { CompletedCommand } from '../completion-script.ts';

const name = 'mesos completion';

/** `mesos completion`: what a shell completes. */
export function completionCommand(commands: () => Promise<readonly CompletedCommand[]>): Command {
  return command({
    name,
    flags: defineFlags({}),
    about:
      'Prints a script that has your shell complete commands and flags. Put it where your shell looks for these, or run it.',
    example: 'source <(mesos completion bash)',
    usage: 'bash|zsh|fish',
    positionalsMax: 1,
    run: async (_flags, [asked], io) => {
      const shell = shells.find((known) => known === asked);
      if (shell === undefined) return refuse(io, name, `Expecting one of ${shells.join(', ')}`);
      io.stdout(completionScript(shell, await commands()));
      return 0;
    },
  });
}
