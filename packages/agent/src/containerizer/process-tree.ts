/**
 * The processes of this machine as Linux shows them under `/proc`, and which of them belong to a container. The files are memory
 * of the kernel, so they are read synchronously: a snapshot is then as close to one moment as it can be.
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
const TICKS_PER_SECOND = 100;

/** What is behind the name in a line of `/proc/<pid>/stat`, by proc(5)'s number of the field minus three. */
const FIELD = { state: 0, parentPid: 1, groupId: 2, sessionId: 3, userTicks: 11, systemTicks: 12, startTicks: 19 };

/** Reads a line of `/proc/<pid>/stat`. The name in parentheses may itself contain parentheses and blanks. */
export function parseStat(line: string): ProcessEntry | undefined {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const fields = line.slice(close + 2).split(' ');
  const number = (index: number): number => Number(fields[index] ?? Number.NaN);
  const entry: ProcessEntry = {
    pid: Number(line.slice(0, open)),
    parentPid: number(FIELD.parentPid),
    groupId: number(FIELD.groupId),
    sessionId: number(FIELD.sessionId),
    isZombie: fields[FIELD.state] === 'Z' || fields[FIELD.state] === 'X',
    startTicks: number(FIELD.startTicks),
    userSecs: number(FIELD.userTicks) / TICKS_PER_SECOND,
    systemSecs: number(FIELD.systemTicks) / TICKS_PER_SECOND,
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
  const text = readProcFile(pid, 'stat');
  return text === undefined ? undefined : parseStat(text);
}

/** The memory of a process that is in RAM, in bytes; 0 when it is not there. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(readProcFile(pid, 'status') ?? '')?.[1];
  return kilobytes === undefined ? 0 : Number(kilobytes) * 1024;
}

/** Variables by which an agent tells the processes of a container where their sandbox is. */
const SANDBOX_VARIABLES = ['MESOS_SANDBOX=', 'MESOS_DIRECTORY='];

/** The directories that a process was told to be its sandbox; none when its environment may not be read. */
export function sandboxesOf(pid: number): string[] {
  const assignments = (readProcFile(pid, 'environ') ?? '').split('\0');
  return SANDBOX_VARIABLES.flatMap((name) =>
    assignments.filter((assignment) => assignment.startsWith(name)).map((assignment) => assignment.slice(name.length)),
  );
}

function readProcFile(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended, or it is another user's.
    return undefined;
  }
}

/** A process and everything that descends from it, as far as the parents are still alive. */
export function subtree(processes: readonly ProcessEntry[], rootPid: number): ProcessEntry[] {
  return grow(
    processes,
    (entry) => entry.pid === rootPid,
    (entry, members) => members.has(entry.parentPid),
  );
}

/** What is known of a container whose processes are looked for. */
export interface ContainerMark {
  /** The container's first process, which leads a session of its own. */
  readonly rootPid: number;
  /** When it started; a process of that pid that started at another time is another one. */
  readonly rootStartTicks: number;
  /** Processes that were found before, as `pid:startTicks`. */
  readonly known: ReadonlySet<string>;
  /** Tells a container's own environment; asked only for processes that are not found by descent. */
  readonly isMarked: (entry: ProcessEntry) => boolean;
}

/**
 * The processes of a container: its first one, everything of the session and the group it leads, those found before, those whose
 * environment says so, and all descendants, sessions and groups of these. A process that left the session, lost its parents and
 * wiped its environment cannot be told from any other.
 */
export function containerProcesses(processes: readonly ProcessEntry[], mark: ContainerMark): ProcessEntry[] {
  // The system gives a pid away only when nothing is left of the session and the group it led.
  const isReused = processes.some((entry) => entry.pid === mark.rootPid && entry.startTicks !== mark.rootStartTicks);
  const isSeed = (entry: ProcessEntry): boolean => {
    // A container's process cannot be older than the container.
    if (entry.startTicks < mark.rootStartTicks) return false;
    if (entry.pid === mark.rootPid) return entry.startTicks === mark.rootStartTicks;
    const isOfSession = entry.sessionId === mark.rootPid && !isReused;
    return isOfSession || mark.known.has(processKey(entry)) || mark.isMarked(entry);
  };
  return grow(
    processes,
    isSeed,
    (entry, members) => members.has(entry.parentPid) || members.has(entry.sessionId) || members.has(entry.groupId),
  );
}

/** A process for good: pids are used again, but not with the same start. */
export function processKey(entry: ProcessEntry): string {
  return `${entry.pid}:${entry.startTicks}`;
}

function grow(
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
