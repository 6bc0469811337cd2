import { spawn } from 'node:child_process';
import { errorText } from '@mesos-ts/libprocess';
import { killTree, readProcess, sendSignal } from '@mesos-ts/libprocess/subprocess';
import type { CommandInfo } from '@mesos-ts/protocol';
import { describeExit } from '../command-executor/exit.ts';
import { programOf, variablesOf } from '../command-executor/command-line.ts';
import type { Variables } from '../environment.ts';
import type { Probe, ProbeOutcome } from './probe.ts';

/**
 * Runs a command, whose exit status is the result. It is a session of its own in this process's directory; what it writes comes to this
 * process's stderr. Its user and its URIs are ignored, as by Mesos. What it leaves in the background is killed.
 */
export function commandProbe(command: CommandInfo, environment: Variables): Probe {
  const program = programOf(command);
  if (program === undefined) return () => Promise.resolve({ failure: 'The command has no value' });
  const [argv0, ...args] = program.argv;
  const env = { ...environment, ...secretsOf(command), ...variablesOf(command) };
  return (signal) =>
    new Promise<ProbeOutcome>((resolve) => {
      const failed = (error: unknown): void => {
        resolve({ failure: `Failed to execute command: ${errorText(error)}` });
      };
      let child: ReturnType<typeof spawn>;
      try {
        child = spawn(program.file, args, {
          ...(argv0 === undefined ? {} : { argv0 }),
          detached: true,
          env,
          stdio: ['ignore', process.stderr.fd, process.stderr.fd],
        });
      } catch (error) {
        failed(error);
        return;
      }
      const { pid } = child;
      const startTicks = pid === undefined ? undefined : readProcess(pid)?.startTicks;
      const kill = (): void => {
        if (pid !== undefined) killTree({ leadsSession: true, pid, startTicks });
      };
      signal.addEventListener('abort', kill, { once: true });
      child.once('error', failed);
      child.once('exit', (code, exitSignal) => {
        signal.removeEventListener('abort', kill);
        if (pid !== undefined) sendSignal(-pid, 'SIGKILL');
        if (code === null) resolve({ failure: describeExit({ code, signal: exitSignal }) });
        else resolve({ status: { type: 'COMMAND', command: { exit_code: code } } });
      });
    });
}

/** The secrets of a check's own command that say their values. Nobody resolves those that refer to a store, as with Mesos. */
function secretsOf({ environment }: CommandInfo): Variables {
  const secrets = (environment?.variables ?? []).filter(({ type }) => type === 'SECRET');
  const values = secrets.map(({ name, secret }) => [name, secret?.value?.data] as const);
  return Object.fromEntries(values.flatMap(([name, data]) => (data === undefined ? [] : [[name, textOf(data)]])));
}

function textOf(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}
