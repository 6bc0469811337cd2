/**
 * Which of the machine's processes belong to a container, and what else Linux tells of them under `/proc`. The files are memory of the
 * kernel, so they are read synchronously: a snapshot is then as close to one moment as it can be.
 */
import { readFileSync } from 'node:fs';

import { closure, processKey } from '@mesos-ts/libprocess/subprocess';
import type { ProcessEntry } from '@mesos-ts/libprocess/subprocess';

/** The memory of a process that is in RAM, in bytes; 0 when it is not there. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(readProcFile(pid, 'status') ?? '')?.[1];
  return kilobytes === undefined ? 0 : Number(kilobytes) * 1024;
}

/** Variables by which an agent tells the processes of a container where their sandbox is. */
const sandboxVariables = ['MESOS_SANDBOX=', 'MESOS_DIRECTORY='];

/** The directories that a process was told to be its sandbox; none when its environment may not be read. */
export function sandboxesOf(pid: number): string[] {
  const assignments = (readProcFile(pid, 'environ') ?? '').split('\0');
  return sandboxVariables.flatMap((name) =>
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

/** Which processes descend from which at one moment: listed once for all containers, of which there may be hundreds. */
export class Descent {
  readonly #entries = new Map<number, ProcessEntry>();
  readonly #children = new Map<number, ProcessEntry[]>();

  constructor(processes: readonly ProcessEntry[]) {
    for (const entry of processes) {
      this.#entries.set(entry.pid, entry);
      const siblings = this.#children.get(entry.parentPid);
      if (siblings === undefined) this.#children.set(entry.parentPid, [entry]);
      else siblings.push(entry);
    }
  }

  has(pid: number): boolean {
    return this.#entries.has(pid);
  }

  /** A process and everything that descends from it, as far as the parents are still alive. */
  subtree(rootPid: number): ProcessEntry[] {
    const root = this.#entries.get(rootPid);
    const found = new Set(root === undefined ? [] : [root]);
    // What is added is gone through as well.
    for (const { pid } of found) for (const child of this.#children.get(pid) ?? []) found.add(child);
    return [...found];
  }
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
  return closure(
    processes,
    isSeed,
    (entry, members) => members.has(entry.parentPid) || members.has(entry.sessionId) || members.has(entry.groupId),
  );
}
