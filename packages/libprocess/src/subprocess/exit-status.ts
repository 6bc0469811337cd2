import { constants } from 'node:os';

/** How a process has ended: with an exit code, or by a signal. One of the two is null. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The status as wait(2) tells it, which is what libprocess's futures have: the code times 256, or the number of the signal. */
export function waitStatus({ code, signal }: ExitStatus): number {
  return signal === null ? ((code ?? 0) & 0xff) << 8 : constants.signals[signal];
}

/** What wait(2) tells, as a status. Whether there is a core dump is left out. */
export function exitStatusOf(status: number): ExitStatus {
  const number = status & 0x7f;
  if (number === 0) return { code: (status >> 8) & 0xff, signal: null };
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  // What is among the names of signals is one.
  return { code: null, signal: (name ?? 'SIGKILL') as NodeJS.Signals };
}

/** A status in words: `exited with status 3`, `terminated with signal SIGKILL`. */
export function describeExit({ code, signal }: ExitStatus): string {
  return signal === null ? `exited with status ${code ?? 0}` : `terminated with signal ${signal}`;
}
