/**
 * Which names an archive's entries may have, and where its links may point.
 *
 * A symbolic link may go up only at its start, and not above the sandbox. Its own directory is never a link, so going up
 * from there is what it looks like; what follows goes down, through links that obey the same rule. Hence no chain of
 * links leads out, whatever order they come in and whatever later archives add.
 */
import { entryDepthMax, linkTargetBytesMax } from '../constants.ts';
import { FetchError, quoted } from '../errors.ts';

/** An entry's path from the sandbox, in segments; none stands for the sandbox itself. */
export function entryPath(name: string): string[] | FetchError {
  if (name === '' || name.includes('\0')) return refused(name, 'its name is empty or has a NUL');
  if (name.startsWith('/')) return refused(name, 'its name is an absolute path');
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) return refused(name, "its name has '..'");
  if (segments.length > entryDepthMax) return refused(name, `it lies more than ${entryDepthMax} directories deep`);
  return segments;
}

/** Why a symbolic link may not be made; undefined when it may. */
export function linkTargetProblem(segments: readonly string[], target: string): FetchError | undefined {
  const name = segments.join('/');
  const shown = quoted(target);
  if (target === '' || target.includes('\0')) return refused(name, "its link's target is empty or has a NUL");
  if (Buffer.byteLength(target) > linkTargetBytesMax) return refused(name, "its link's target is too long");
  if (target.startsWith('/')) return refused(name, `it links to the absolute path ${shown}`);
  let ups = 0;
  let down = false;
  for (const segment of target.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') {
      down = true;
      continue;
    }
    if (down) return refused(name, `it links to ${shown}, which has '..' after a name`);
    ups += 1;
  }
  return ups > segments.length - 1 ? refused(name, `it links to ${shown}, outside the sandbox`) : undefined;
}

/** The error of an entry that is not allowed. */
export function refused(name: string, reason: string): FetchError {
  return new FetchError('FETCH_ARCHIVE_REFUSED', `Refused the archive's entry ${quoted(name)}: ${reason}`);
}
