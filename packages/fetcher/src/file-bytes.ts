/** Writing a stream of bytes to an open file, a piece at a time. */
import type { FileHandle } from 'node:fs/promises';

/** Writes all bytes at the file's position; the next piece is asked for when the last is with the system. */
export async function writeAll(file: FileHandle, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) {
    let offset = 0;
    while (offset < chunk.length) offset += (await file.write(chunk, offset)).bytesWritten;
  }
}
