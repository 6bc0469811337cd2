import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorText } from '@mesos-ts/libprocess';

/**
 * Makes a directory that the program keeps files in, and those above it, unless it is there.
 * @throws an error that names it, and has the system's as its cause, when it cannot be made, is no directory, or cannot be written.
 */
export function ensureDirectory(path: string): void {
  try {
    const missing: string[] = [];
    // Not `mkdir` with `recursive`: below /proc, where nothing can be made, Node 20 tries for ever.
    for (let folder = resolve(path); !isDirectory(folder); folder = dirname(folder)) missing.unshift(folder);
    for (const folder of missing) mkdirUnlessThere(folder);
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw new Error(`Cannot keep files in '${path}': ${errorText(error)}`, { cause: error });
  }
}

/** Whether there is a directory; throws when there is something else. */
function isDirectory(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (!found.isDirectory()) throw new Error(`'${path}' is not a directory`);
  return true;
}

/** Two programs that start together may need the same directory. */
function mkdirUnlessThere(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
