import { FetchError, ioReason } from '../errors.ts';

/** The error of an archive that cannot be read to its end. */
export function corrupt(reason: string, cause?: unknown): FetchError {
  return new FetchError('FETCH_ARCHIVE_CORRUPT', `The archive cannot be unpacked: ${reason}`, { cause });
}

/** What failed while an archive was read: this package's errors, aborts and the disk's as they are, all else is corruption. */
export function asArchiveError(thrown: unknown): unknown {
  const own = thrown instanceof FetchError || (thrown instanceof Error && thrown.name === 'AbortError');
  return own || (thrown instanceof Error && 'syscall' in thrown) ? thrown : corrupt(ioReason(thrown), thrown);
}
