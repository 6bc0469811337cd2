/** Puts complete files into the sandbox, by renaming only. */
import { lchown, readdir, rename } from 'node:fs/promises';

import { FetchError, ioReason, quoted, systemCode } from './errors.ts';
import type { SandboxDirectory } from './sandbox-directory.ts';
import type { Identity } from './users.ts';

/** Gives everything below a directory to a user; links themselves, not what they point to. */
export async function giveAway(directory: SandboxDirectory, owner: Identity): Promise<void> {
  for (const entry of await readdir(directory.path('.'), { withFileTypes: true })) {
    if (entry.isDirectory()) {
      await using child = await directory.child(entry.name);
      await giveAway(child, owner);
    }
    await lchown(directory.path(entry.name), owner.uid, owner.gid);
  }
}

/**
 * Moves what is in one directory into another. Files and links replace files and links of the same name, directories
 * merge; a directory and anything else of the same name are in conflict. No link is followed.
 */
export async function merge(from: SandboxDirectory, to: SandboxDirectory): Promise<void> {
  for (const entry of await readdir(from.path('.'), { withFileTypes: true })) {
    const { name } = entry;
    if (entry.isDirectory()) await mergeDirectory(from, to, name);
    else await move(from, to, name);
  }
}

async function mergeDirectory(from: SandboxDirectory, to: SandboxDirectory, name: string): Promise<void> {
  const existing = await openIfThere(to, name);
  if (existing === undefined) {
    await move(from, to, name);
    return;
  }
  await using destination = existing;
  await using source = await from.child(name);
  await merge(source, destination);
}

async function openIfThere(directory: SandboxDirectory, name: string): Promise<SandboxDirectory | undefined> {
  try {
    return await directory.child(name);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw conflict(name, error);
  }
}

async function move(from: SandboxDirectory, to: SandboxDirectory, name: string): Promise<void> {
  try {
    await rename(from.path(name), to.path(name));
  } catch (error) {
    throw conflict(name, error);
  }
}

function conflict(name: string, cause: unknown): FetchError {
  const code = systemCode(cause);
  if (code === 'EISDIR' || code === 'ENOTEMPTY' || code === 'EEXIST') {
    return new FetchError('FETCH_CONFLICT', `A directory named ${quoted(name)} is in the way`, { cause });
  }
  if (code === 'ENOTDIR' || code === 'ELOOP') {
    return new FetchError('FETCH_CONFLICT', `A file or link named ${quoted(name)} is in the way`, { cause });
  }
  return new FetchError('FETCH_IO', `Cannot put ${quoted(name)} into the sandbox: ${ioReason(cause)}`, { cause });
}
