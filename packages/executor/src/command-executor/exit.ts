import { constants } from 'node:os';

/** How a process has ended: with an exit status, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What `strsignal` calls signals, which is how Mesos names them. */
const signalTexts: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: 'Aborted',
  SIGALRM: 'Alarm clock',
  SIGBUS: 'Bus error',
  SIGFPE: 'Floating point exception',
  SIGHUP: 'Hangup',
  SIGILL: 'Illegal instruction',
  SIGINT: 'Interrupt',
  SIGKILL: 'Killed',
  SIGPIPE: 'Broken pipe',
  SIGQUIT: 'Quit',
  SIGSEGV: 'Segmentation fault',
  SIGSYS: 'Bad system call',
  SIGTERM: 'Terminated',
  SIGTRAP: 'Trace/breakpoint trap',
  SIGUSR1: 'User defined signal 1',
  SIGUSR2: 'User defined signal 2',
  SIGVTALRM: 'Virtual timer expired',
  SIGXCPU: 'CPU time limit exceeded',
  SIGXFSZ: 'File size limit exceeded',
};

/** The message of a task's last update: `Command exited with status 1`, `Command terminated with signal Killed`. */
export function describeExit({ code, signal }: Exit): string {
  if (signal === null) return `Command exited with status ${code ?? 0}`;
  return `Command terminated with signal ${signalTexts[signal] ?? `Unknown signal ${constants.signals[signal]}`}`;
}
