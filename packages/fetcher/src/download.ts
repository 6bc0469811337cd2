/** Brings the bytes of one URI into a file. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import { redirectsMaxDefault, stallTimeoutMsDefault } from './constants.ts';
import { FetchError } from './errors.ts';
import { writeAll } from './file-bytes.ts';
import type { FetchClock, FetchLimits } from './options.ts';
import { openFile } from './source/file-source.ts';
import { openHttp } from './source/http-source.ts';
import type { Content, SourceContext } from './source/source.ts';
import { StallGuard } from './stall-guard.ts';
import type { Origin } from './uri.ts';
import type { Identity } from './users.ts';

export interface DownloadOptions {
  clock: FetchClock;
  limits: FetchLimits;
  reader: Identity | undefined;
  signal: AbortSignal;
}

const fileFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Downloads or copies into a new file; when it rejects, an incomplete file may be there. */
export async function download(origin: Origin, path: string, options: DownloadOptions): Promise<void> {
  const file = await open(path, fileFlags, 0o644);
  try {
    const write = (content: Content, onProgress: () => void): Promise<void> =>
      writeAll(file, checked(content, options.limits.downloadBytesMax ?? Infinity, onProgress));
    if (origin.kind === 'http') await downloadHttp(origin.url, options, write);
    else await write(await openFile(origin.path, context(options, options.signal)), () => {});
  } finally {
    await file.close();
  }
}

async function downloadHttp(
  url: string,
  options: DownloadOptions,
  write: (content: Content, onProgress: () => void) => Promise<void>,
): Promise<void> {
  const timeoutMs = options.limits.stallTimeoutMs ?? stallTimeoutMsDefault;
  const transfer = new AbortController();
  let stalled = false;
  const stop = (): void => {
    stalled = true;
    transfer.abort();
  };
  using guard = new StallGuard(options.clock, timeoutMs, stop);
  try {
    const content = await openHttp(url, context(options, AbortSignal.any([options.signal, transfer.signal])));
    await write(content, () => guard.progress());
  } catch (error) {
    if (!stalled || options.signal.aborted) throw error;
    const reason = `The download stalled: nothing has arrived for ${timeoutMs} ms`;
    throw new FetchError('FETCH_STALLED', reason, { cause: error });
  } finally {
    // A body that was not read to its end keeps its connection otherwise.
    transfer.abort();
  }
}

function context(options: DownloadOptions, signal: AbortSignal): SourceContext {
  return { reader: options.reader, redirectsMax: options.limits.redirectsMax ?? redirectsMaxDefault, signal };
}

async function* checked(content: Content, bytesMax: number, onProgress: () => void): AsyncGenerator<Uint8Array> {
  if (content.sizeBytes !== undefined && content.sizeBytes > bytesMax) throw tooLarge(bytesMax);
  let bytes = 0;
  for await (const chunk of content.bytes) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    onProgress();
    yield chunk;
  }
  if (content.sizeBytes !== undefined && bytes !== content.sizeBytes) {
    throw new FetchError('FETCH_TRUNCATED', `Expecting ${content.sizeBytes} bytes, but ${bytes} arrived`);
  }
}

function tooLarge(bytesMax: number): FetchError {
  return new FetchError('FETCH_TOO_LARGE', `The file has more than ${bytesMax} bytes`);
}
