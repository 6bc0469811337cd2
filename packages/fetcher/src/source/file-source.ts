/** Local files, which may be reached through symbolic links. */
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';

import { errorText } from '@mesos-ts/libprocess';

import { childOutput } from '../child-output.ts';
import { FetchError } from '../errors.ts';
import type { Identity } from '../users.ts';
import type { Content, Source } from './source.ts';

export const openFile: Source = async (path, { reader, signal }) => {
  try {
    return reader === undefined ? await openHere(path, signal) : await openAs(reader, path, signal);
  } catch (error) {
    throw error instanceof FetchError || signal.aborted ? error : unreadable(error);
  }
};

async function openHere(path: string, signal: AbortSignal): Promise<Content> {
  // Not to wait for the other end if it is a named pipe.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    requireRegular((await file.stat()).isFile(), path);
  } catch (error) {
    await file.close();
    throw error;
  }
  return { bytes: file.createReadStream({ highWaterMark: 2 ** 18, signal }), sizeBytes: undefined };
}

/**
 * Reads a file with another user's rights. Node cannot change the user of one thread, so that the file is read by a
 * process of that user; it has no supplementary groups.
 */
async function openAs(reader: Identity, path: string, signal: AbortSignal): Promise<Content> {
  requireRegular((await stat(path)).isFile(), path);
  return { bytes: readAs(reader, path, signal), sizeBytes: undefined };
}

async function* readAs(reader: Identity, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* childOutput('cat', { arguments: ['--', path], identity: reader, signal });
  } catch (error) {
    throw signal.aborted ? error : unreadable(error);
  }
}

function requireRegular(regular: boolean, path: string): void {
  if (!regular) throw new FetchError('FETCH_SOURCE_UNREADABLE', `'${path}' is not a regular file`);
}

function unreadable(cause: unknown): FetchError {
  return new FetchError('FETCH_SOURCE_UNREADABLE', `Cannot read the file: ${errorText(cause)}`, { cause });
}
