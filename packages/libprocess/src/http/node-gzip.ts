import { promisify } from 'node:util';
import { createGunzip, gzip as gzipCallback } from 'node:zlib';
import { ProcessError, errorText } from '../errors.ts';
import type { IncomingHttpHeaders } from 'node:http';

/** Compresses a whole body. */
export const gzip = promisify<string | Uint8Array, Buffer>(gzipCallback);

// What gzip can make of honest data, and how much of it may come before the ratio tells anything.
const ratioMax = 100;
const ratioFreeBytes = 1024 * 1024;

/** The header of a body that is handed on decompressed: neither its coding nor its length is true any more. */
export function withoutCoding(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'content-encoding': _coding, 'content-length': _length, ...rest } = headers;
  return rest;
}

/**
 * Decompresses a body while it is read. Fails with `HTTP_BODY_INVALID` for what is not gzip, or is cut off, and with
 * `HTTP_BODY_TOO_LARGE` for a bomb: more than 1 MiB, and more than 100 times what came in. Never holds more than a few chunks.
 */
export async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const inflate = createGunzip();
  let bytesIn = 0;
  let bytesOut = 0;
  let resume: (() => void) | undefined;
  inflate.on('drain', () => resume?.());
  inflate.on('close', () => resume?.());
  const iterator = source[Symbol.asyncIterator]();
  const feed = async (): Promise<void> => {
    while (!inflate.destroyed) {
      const next = await iterator.next();
      if (inflate.destroyed) return;
      if (next.done === true) {
        inflate.end();
        return;
      }
      bytesIn += next.value.length;
      if (inflate.write(next.value)) continue;
      await new Promise<void>((resolve) => {
        resume = resolve;
      });
    }
  };
  let failure: unknown;
  const feeding = feed().catch((error: unknown) => {
    failure = error;
    inflate.destroy(error instanceof Error ? error : new Error(errorText(error)));
  });
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      bytesOut += chunk.length;
      if (bytesOut > ratioFreeBytes && bytesOut > bytesIn * ratioMax) {
        throw new ProcessError(
          'HTTP_BODY_TOO_LARGE',
          `The body is more than ${ratioMax} times as large as its gzip form`,
        );
      }
      yield chunk;
    }
    await feeding;
  } catch (error) {
    if (failure !== undefined) throw failure;
    if (error instanceof ProcessError) throw error;
    throw new ProcessError('HTTP_BODY_INVALID', `The body is not gzip: ${errorText(error)}`, { cause: error });
  } finally {
    inflate.destroy();
    // Not waited for: it may be stuck in a read that nobody wants any more.
    iterator.return?.().catch(() => undefined);
  }
}
