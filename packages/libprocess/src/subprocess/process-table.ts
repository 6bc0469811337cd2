/**
 * The processes of this machine as Linux shows them under `/proc`. The files are memory of the kernel, so they are read synchronously: a
 * snapshot is then as close to one moment as it can be. Where there is no `/proc`, there are no entries.
 */
import { readFileSync, readdirSync } from 'node:fs';

/** One process. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** Whether it has ended and waits for its parent to ask. */
  readonly isZombie: boolean;
  /** When it started, in ticks since the machine did. With the pid it names a process for good. */
  readonly startTicks: number;
  readonly userSecs: number;
  readonly systemSecs: number;
}

/** Linux tells processor time in hundredths of a second, whatever its own clock. */
const ticksPerSecond = 100;

/** What is behind the name in a line of `/proc/<pid>/stat`, by proc(5)'s number of the field minus three. */
const field = { state: 0, parentPid: 1, groupId: 2, sessionId: 3, userTicks: 11, systemTicks: 12, startTicks: 19 };

/** Reads a line of `/proc/<pid>/stat`; undefined for anything else. The name in parentheses may itself contain parentheses and blanks. */
export function parseStat(line: string): ProcessEntry | undefined {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const fields = line.slice(close + 2).split(' ');
  const number = (index: number): number => Number(fields[index] ?? Number.NaN);
  const entry: ProcessEntry = {
    pid: Number(line.slice(0, open)),
    parentPid: number(field.parentPid),
    groupId: number(field.groupId),
    sessionId: number(field.sessionId),
    isZombie: fields[field.state] === 'Z' || fields[field.state] === 'X',
    startTicks: number(field.startTicks),
    userSecs: number(field.userTicks) / ticksPerSecond,
    systemSecs: number(field.systemTicks) / ticksPerSecond,
  };
  return Number.isInteger(entry.pid) && Number.isInteger(entry.startTicks) ? entry : undefined;
}

/** All processes; undefined where there is no `/proc`. */
export function listProcesses(): ProcessEntry[] | undefined {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return undefined;
  }
  const entries: ProcessEntry[] = [];
  for (const name of names) {
    const entry = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    if (entry !== undefined) entries.push(entry);
  }
  return entries.length === 0 ? undefined : entries;
}

/** One process; undefined when it is not there. */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    // It has ended.
    return undefined;
  }
}

/** A process for good: pids are used again, but not with the same start. */
export function processKey(entry: Pick<ProcessEntry, 'pid' | 'startTicks'>): string {
  return `${entry.pid}:${entry.startTicks}`;
}

/** Those of a list that `isSeed` names, and all that belong to them, to those that belong to them, and so on. */
export function closure(
  processes: readonly ProcessEntry[],
  isSeed: (entry: ProcessEntry) => boolean,
  belongs: (entry: ProcessEntry, members: ReadonlySet<number>) => boolean,
): ProcessEntry[] {
  const members = new Map<number, ProcessEntry>();
  const pids = new Set<number>();
  const add = (entry: ProcessEntry): void => {
    members.set(entry.pid, entry);
    pids.add(entry.pid);
  };
  for (const entry of processes) if (isSeed(entry)) add(entry);
  for (let before = -1; before !== members.size;) {
    before = members.size;
    for (const entry of processes) if (!members.has(entry.pid) && belongs(entry, pids)) add(entry);
  }
  return [...members.values()];
}

/** A process by what it was when somebody last looked. */
export interface ProcessRoot {
  readonly pid: number;
  readonly startTicks: number;
  /** Whether it leads a session, whose processes are then found when it has ended itself. */
  readonly leadsSession: boolean;
}

/**
 * A process with everything that came of it: its descendants, and the sessions and groups that they lead. What has left them and lost its
 * parents is not found.
 */
export function processTree(processes: readonly ProcessEntry[], root: ProcessRoot): ProcessEntry[] {
  // The system gives a pid away only when nothing is left of the session and the group it led.
  const isReused = processes.some(({ pid, startTicks }) => pid === root.pid && startTicks !== root.startTicks);
  if (isReused) return [];
  return closure(
    processes,
    ({ pid, sessionId, startTicks }) =>
      pid === root.pid || (root.leadsSession && sessionId === root.pid && startTicks >= root.startTicks),
    ({ groupId, parentPid, sessionId }, members) =>
      members.has(parentPid) || members.has(sessionId) || members.has(groupId),
  );
}
