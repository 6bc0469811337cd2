import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';

/** Where programs are looked for by those whose environment does not say (execvp(3)). */
const defaultPath = '/usr/bin:/bin';

/**
 * Finds a program as execvp(3) does: as it is if its name has a slash, else in the directories of `PATH`. Rejects when it is not there or
 * may not be run.
 */
export async function findProgram(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
  directory = '.',
): Promise<string> {
  const candidates = file.includes('/')
    ? [resolve(directory, file)]
    : (environment['PATH'] ?? defaultPath).split(delimiter).map((path) => resolve(directory, path, file));
  for (const candidate of candidates) {
    if (await isProgram(candidate)) return candidate;
  }
  throw new Error('no such program');
}

/** Rejects when a working directory is none: of that the system says that the program is not there. */
export async function checkDirectory(directory: string): Promise<void> {
  if (!(await stat(directory)).isDirectory()) throw new Error(`'${directory}' is not a directory`);
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
