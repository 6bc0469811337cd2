import { constants, type Stats } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** What there is to know of a file. */
export interface FileDetails {
  /** As the client knows it. */
  readonly path: string;
  readonly nlink: number;
  readonly size: number;
  /** Whole seconds since the epoch. */
  readonly mtime: number;
  /** As `stat` has it: the kind of file, and the permissions. */
  readonly mode: number;
  /** The user's name, or number if it has none. */
  readonly uid: string;
  /** The group's name, or number if it has none. */
  readonly gid: string;
}

/** An entry of `/files/browse`: the mode is as `ls -l` shows it, `-rw-r--r--`. */
export interface FileEntry extends Omit<FileDetails, 'mode'> {
  readonly mode: string;
}

/** The names of users and groups by number. */
export interface AccountNames {
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
}

/** Describes a file under the path that the client knows. */
export function fileDetails(path: string, stats: Stats, names: AccountNames): FileDetails {
  return {
    path,
    nlink: stats.nlink,
    size: stats.size,
    mtime: Math.floor(stats.mtimeMs / 1000),
    mode: stats.mode,
    uid: names.users.get(stats.uid) ?? String(stats.uid),
    gid: names.groups.get(stats.gid) ?? String(stats.gid),
  };
}

/** A file as Mesos's v0 API shows it. */
export function fileEntry(details: FileDetails): FileEntry {
  return { ...details, mode: formatMode(details.mode) };
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
function formatMode(mode: number): string {
  const permissions = [8, 7, 6, 5, 4, 3, 2, 1, 0].map((bit) => ((mode >> bit) & 1) === 1);
  const letters = permissions.map((isSet, index) => (isSet ? 'rwx'.charAt(index % 3) : '-'));
  special(letters, 2, mode & 0o4000, 's');
  special(letters, 5, mode & 0o2000, 's');
  special(letters, 8, mode & 0o1000, 't');
  return (kindLetters.get(mode & constants.S_IFMT) ?? '-') + letters.join('');
}

function special(letters: string[], index: number, isSet: number, letter: string): void {
  if (isSet !== 0) letters[index] = letters[index] === 'x' ? letter : letter.toUpperCase();
}

const kindLetters: ReadonlyMap<number, string> = new Map([
  [constants.S_IFDIR, 'd'],
  [constants.S_IFLNK, 'l'],
  [constants.S_IFBLK, 'b'],
  [constants.S_IFCHR, 'c'],
  [constants.S_IFIFO, 'p'],
  [constants.S_IFSOCK, 's'],
]);
