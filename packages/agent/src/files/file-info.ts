import type { Stats } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** An entry of `/files/browse`, as Mesos's v0 API shows it. */
export interface FileEntry {
  readonly path: string;
  readonly nlink: number;
  readonly size: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  /** As `ls -l` shows it: `-rw-r--r--`. */
  readonly mode: string;
  /** The user's name, or number if it has none. */
  readonly uid: string;
  /** The group's name, or number if it has none. */
  readonly gid: string;
}

/** The names of users and groups by number. */
export interface AccountNames {
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
}

/** Describes a file under the path that the client knows. */
export function fileEntry(path: string, stats: Stats, names: AccountNames): FileEntry {
  return {
    path,
    nlink: stats.nlink,
    size: stats.size,
    mtime: Math.floor(stats.mtimeMs / 1000),
    mode: formatMode(stats),
    uid: names.users.get(stats.uid) ?? String(stats.uid),
    gid: names.groups.get(stats.gid) ?? String(stats.gid),
  };
}

/** Reads who is who from the system's account files. Accounts that only a directory service knows stay numbers. */
export async function readAccountNames(): Promise<AccountNames> {
  const [users, groups] = await Promise.all([readNames('/etc/passwd'), readNames('/etc/group')]);
  return { users, groups };
}

async function readNames(file: string): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  const text = await readFile(file, 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    const number = Number(id);
    if (name !== undefined && id !== undefined && id !== '' && !names.has(number)) names.set(number, name);
  }
  return names;
}

/** A mode as `ls -l` shows it. */
export function formatMode(stats: Stats): string {
  const permissions = [8, 7, 6, 5, 4, 3, 2, 1, 0].map((bit) => ((stats.mode >> bit) & 1) === 1);
  const letters = permissions.map((isSet, index) => (isSet ? 'rwx'.charAt(index % 3) : '-'));
  special(letters, 2, stats.mode & 0o4000, 's');
  special(letters, 5, stats.mode & 0o2000, 's');
  special(letters, 8, stats.mode & 0o1000, 't');
  return kindLetter(stats) + letters.join('');
}

function special(letters: string[], index: number, isSet: number, letter: string): void {
  if (isSet !== 0) letters[index] = letters[index] === 'x' ? letter : letter.toUpperCase();
}

function kindLetter(stats: Stats): string {
  if (stats.isDirectory()) return 'd';
  if (stats.isSymbolicLink()) return 'l';
  if (stats.isBlockDevice()) return 'b';
  if (stats.isCharacterDevice()) return 'c';
  if (stats.isFIFO()) return 'p';
  return stats.isSocket() ? 's' : '-';
}
