import { readFileSync, statSync } from 'node:fs';

/** The contents of a file of secrets. */
export interface SecretText {
  readonly path: string;
  readonly text: string;
  /** Says that others may read it, where that is so. */
  readonly warnings: readonly string[];
}

/** A file of 100,000 credentials fits. */
const bytesMax = 16 * 1024 * 1024;

/**
 * Reads a file of secrets.
 * @param what What is in it, in an operator's words: `credentials`.
 * @throws with the name of the file when it cannot be read.
 */
export function readSecretFile(path: string, what: string): SecretText {
  // Somebody has given the secrets themselves: they must not be shown.
  if (path.trimStart().startsWith('{')) throw new Error(`Expecting the path of a ${what} file, not what is in it`);
  try {
    const { mode, size } = statSync(path);
    if (size > bytesMax) throw new Error(`it has more than ${bytesMax} bytes`);
    const text = readFileSync(path, 'utf8');
    const warnings =
      (mode & 0o007) === 0
        ? []
        : [
            `Permissions on ${what} file '${path}' are too open; it is recommended that your ${what} file is NOT accessible by others`,
          ];
    return { path, text, warnings };
  } catch (error) {
    throw new Error(
      `Failed to read ${what} file '${path}': ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * Reads a key: all bytes of a file, as text.
 * @throws when it cannot be read or is empty.
 */
export function readKeyFile(path: string, what: string): SecretText {
  const file = readSecretFile(path, what);
  if (file.text === '') throw new Error(`The ${what} file '${path}' is empty`);
  return file;
}
