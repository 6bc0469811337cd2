import { readFileSync, statSync } from 'node:fs';
import { ProcessError, errorText } from '../errors.ts';

const bytesMax = 65_536;

/**
 * Reads secrets from a file: one in each line, as text, blanks at both ends ignored; empty lines and those that begin with `#` are left
 * out. Throws `TRUST_INVALID`, which names the file, when it cannot be read.
 */
export function readSecrets(path: string): readonly string[] {
  let text: string;
  try {
    if (statSync(path).size > bytesMax) throw new Error(`it has more than ${bytesMax} bytes`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = `The secrets in '${path}' cannot be read: ${errorText(error)}`;
    throw new ProcessError('TRUST_INVALID', reason, { cause: error });
  }
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

/** Whether others than the owner of a file may read it. */
export function isReadByOthers(path: string): boolean {
  return (statSync(path).mode & 0o044) !== 0;
}
