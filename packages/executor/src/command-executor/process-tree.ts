import { readFileSync, readdirSync } from 'node:fs';

/** A process, as `/proc/<pid>/stat` describes it. */
export interface ProcessFacts {
  readonly pid: number;
  /** One letter; `Z` and `X` are dead. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

/** Reads the line of `/proc/<pid>/stat` (proc(5)); undefined for anything else. */
export function parseStat(text: string): ProcessFacts | undefined {
  // The name, in parentheses, may contain blanks and parentheses.
  const close = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  const [state = '', ...fields] = text.slice(close + 2).split(' ');
  const [parent = Number.NaN, group = Number.NaN, session = Number.NaN] = fields.slice(0, 3).map(Number);
  if (close < 0 || Number.isNaN(pid + parent + group + session)) return undefined;
  return { pid, state, parent, group, session };
}

/**
 * The living processes that belong to a session leader: those of its session and its group, their children, and the sessions and
 * groups of these.
 * @param reaped Whether the leader's end was noticed. A process of its number is then another one; the system gives the number
 * away only when nothing is left of session and group.
 */
export function membersOf(processes: readonly ProcessFacts[], leader: number, reaped: boolean): number[] {
  if (reaped && processes.some(({ pid }) => pid === leader)) return [];
  const members = new Set([leader]);
  for (let before = 0; before < members.size;) {
    before = members.size;
    for (const { pid, parent, group, session } of processes) {
      if (members.has(session) || members.has(group) || members.has(parent)) members.add(pid);
    }
  }
  const living = processes.filter(({ pid, state }) => members.has(pid) && state !== 'Z' && state !== 'X');
  return living.map(({ pid }) => pid);
}

/** Every process of this machine; none where there is no `/proc`. */
export function listProcesses(): ProcessFacts[] {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      return parseStat(readFileSync(`/proc/${name}/stat`, 'latin1')) ?? [];
    } catch {
      // It has ended in the meantime.
      return [];
    }
  });
}
