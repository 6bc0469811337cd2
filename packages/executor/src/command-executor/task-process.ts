import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { CommandLine } from './command-line.ts';
import type { Exit } from './exit.ts';
import { listProcesses, sendSignal } from '@mesos-ts/libprocess/subprocess';
import { membersOf } from './process-tree.ts';

/** The processes of a task. */
export interface TaskProcess {
  /** The first process; undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Sends a signal to everything that the task has started and that is still there. */
  signal(signal: 'SIGKILL' | 'SIGTERM'): void;
  /** Whether nothing is left. */
  isVacant(): boolean;
}

/** Starts a task, and tells once how its first process has ended. */
export type StartTask = (command: CommandLine, onExit: (exit: Exit) => void) => TaskProcess;

// Processes that fork while they are being killed are found at the next look; looking ends when nothing new is found.
const looksMax = 8;

/** Starts a task as a session of its own, in this process's directory, with this process's stdout and stderr. */
export const startTask: StartTask = (command, onExit) => {
  const child = spawnCommand(command);
  if (child instanceof Error) {
    failed(child);
    // In a turn of its own, as when the system refuses.
    void Promise.resolve().then(() => {
      onExit(notStarted);
    });
    return nothing;
  }
  let reaped = false;
  child.once('error', (error) => {
    failed(error);
    if (child.pid === undefined) onExit(notStarted);
  });
  child.once('exit', (code, signal) => {
    reaped = true;
    onExit({ code, signal });
  });
  const { pid } = child;
  if (pid === undefined) return nothing;
  return {
    pid,
    signal: (signal) => {
      signalTree(pid, signal, () => reaped);
    },
    isVacant: () => reaped && isVacant(pid),
  };
};

const notStarted: Exit = { code: 1, signal: null };
const nothing: TaskProcess = { pid: undefined, signal: () => undefined, isVacant: () => true };

/** Starts the first process, or answers why it cannot be tried: a NUL byte, for example, fits into no argument or variable. */
function spawnCommand(command: CommandLine): ChildProcess | Error {
  const [argv0, ...args] = command.argv;
  try {
    return spawn(command.file, args, {
      ...(argv0 === undefined ? {} : { argv0 }),
      detached: true,
      env: command.environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** As the launcher of Mesos, which tells the reason to the task's stderr. */
function failed(error: Error): void {
  process.stderr.write(`Failed to execute command: ${error.message}\n`);
}

function signalTree(leader: number, signal: 'SIGKILL' | 'SIGTERM', reaped: () => boolean): void {
  const signalled = new Set<number>();
  for (let look = 0; look < looksMax; look++) {
    const processes = listProcesses();
    if (processes === undefined) {
      // Without /proc the group is all that can be reached.
      sendSignal(-leader, signal);
      return;
    }
    const found = membersOf(processes, leader, reaped()).filter((pid) => !signalled.has(pid));
    if (found.length === 0) return;
    for (const pid of found) {
      signalled.add(pid);
      sendSignal(pid, signal);
    }
  }
}

function isVacant(leader: number): boolean {
  const processes = listProcesses();
  return processes === undefined ? !sendSignal(-leader, 0) : membersOf(processes, leader, true).length === 0;
}
