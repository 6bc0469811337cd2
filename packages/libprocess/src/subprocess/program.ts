import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';

/** Where programs are looked for by those whose environment does not say (execvp(3)). */
const defaultPath = '/usr/bin:/bin';

/**
 * Finds a program as execvp(3) does: as it is if its name has a slash, else in the directories of `PATH`. Rejects when it is not there or
 * may not be run, and when the working directory is none.
 */
export async function findProgram(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
  directory = '.',
): Promise<string> {
  if (!(await stat(directory)).isDirectory()) throw new Error(`'${directory}' is not a directory`);
  const candidates = file.includes('/')
    ? [resolve(directory, file)]
    : (environment['PATH'] ?? defaultPath).split(delimiter).map((path) => resolve(directory, path, file));
  for (const candidate of candidates) {
    if (await isProgram(candidate)) return candidate;
  }
  throw new Error('no such program');
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
