import { listProcesses, processTree } from './process-table.ts';
import type { ProcessEntry, ProcessRoot } from './process-table.ts';

// Somebody who is forking is found at the next look; stopped processes cannot, so looking soon ends.
const looksMax = 100;

/** Sends a signal to a process, or with a negative pid to a group; 0 only asks. Answers whether there was anybody to receive it. */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/**
 * Sends a signal to every process that `find` finds, and to those that these start meanwhile: all are stopped first and looked for again,
 * until there are no more. This process, pid 1 and zombies are left out. Answers how many there were.
 */
export function signalAll(find: () => readonly ProcessEntry[], signal: NodeJS.Signals): number {
  const look = (): ProcessEntry[] =>
    find().filter(({ isZombie, pid }) => !isZombie && pid !== process.pid && pid !== 1);
  let found = look();
  for (let before = -1, looks = 0; found.length !== before && looks < looksMax; looks++) {
    before = found.length;
    for (const { pid } of found) sendSignal(pid, 'SIGSTOP');
    found = look();
  }
  for (const { pid } of found) sendSignal(pid, signal);
  if (signal !== 'SIGKILL' && signal !== 'SIGSTOP') for (const { pid } of found) sendSignal(pid, 'SIGCONT');
  return found.length;
}

/**
 * Sends a signal to a process and everything that came of it (`processTree`). Where there is no `/proc`, to its group if it leads a session,
 * else to itself. Answers how many processes there were, as far as that is known.
 */
export function killTree(
  root: Omit<ProcessRoot, 'startTicks'> & { readonly startTicks: number | undefined },
  signal: NodeJS.Signals = 'SIGKILL',
): number {
  const { leadsSession, pid, startTicks } = root;
  if (startTicks === undefined) return sendSignal(leadsSession ? -pid : pid, signal) ? 1 : 0;
  return signalAll(() => processTree(listProcesses() ?? [], { leadsSession, pid, startTicks }), signal);
}
