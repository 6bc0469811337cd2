/** Which real file or directory a path of `/files` means, and that nothing outside of what was attached is reached. */
import { readlink, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** A real path without links, and the real path of what was attached, which it is or is in. */
export interface Found {
  readonly kind: 'found';
  readonly path: string;
  readonly root: string;
}

/** What a path means. `invalid` carries the text for the client. */
export type Resolved = Found | { readonly kind: 'missing' } | { readonly kind: 'invalid'; readonly message: string };

/** Finds the attached path that is the longest prefix, segment by segment, of a requested path; and what follows it. */
export function longestPrefix<T>(
  attached: ReadonlyMap<string, T>,
  requested: string,
): { readonly root: T; readonly rest: string } | undefined {
  const segments = withoutTrailingSlash(requested).split('/');
  for (let length = segments.length; length > 0; length--) {
    const root = attached.get(segments.slice(0, length).join('/'));
    if (root !== undefined) return { root, rest: segments.slice(length).join('/') };
  }
  return undefined;
}

/** The path without slashes at its end. */
export function withoutTrailingSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

/** Finds what a requested path means. Links are followed as long as they stay within what was attached. */
export async function resolvePath(attached: ReadonlyMap<string, string>, requested: string): Promise<Resolved> {
  if (requested.includes('\0')) return { kind: 'invalid', message: 'The path contains a zero byte.\n' };
  const prefix = longestPrefix(attached, requested);
  if (prefix === undefined) return { kind: 'missing' };
  const { rest } = prefix;
  let root: string;
  let path: string;
  try {
    root = await realpath(prefix.root);
    // Something below a file is not there.
    if (rest !== '' && !(await stat(root)).isDirectory()) return { kind: 'missing' };
    path = await realpath(join(root, rest));
  } catch (error) {
    const wanted = join(prefix.root, rest);
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    return { kind: 'invalid', message: `Failed to determine canonical path of '${wanted}': ${String(code)}.\n` };
  }
  if (!isWithin(path, root)) return { kind: 'invalid', message: `'${join(root, rest)}' is inaccessible.\n` };
  return { kind: 'found', path, root };
}

/**
 * Whether what was opened is within what was attached. A task may have put a link in the place of a directory since the path was
 * looked at. Where the system does not tell what is open (it has no `/proc`), the path is believed.
 */
export async function isStillWithin(found: Found, fd: number): Promise<boolean> {
  let path: string;
  try {
    path = await readlink(`/proc/self/fd/${fd}`);
  } catch {
    return true;
  }
  return isWithin(path, found.root);
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
