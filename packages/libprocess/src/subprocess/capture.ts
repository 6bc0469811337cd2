import { finished } from 'node:stream/promises';
import type { Readable } from 'node:stream';

/** What a child has written. */
export interface Captured {
  readonly bytes: Buffer;
  /** How many bytes came after those, beyond the bound. */
  readonly dropped: number;
}

/** Reads a stream to its end and keeps its first so many bytes; the child is never kept waiting. */
export async function capture(stream: Readable, bytesMax: number): Promise<Captured> {
  const chunks: Buffer[] = [];
  let [kept, dropped] = [0, 0];
  stream.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, bytesMax - kept);
    // A part would keep the whole chunk in memory.
    if (part.length > 0) chunks.push(part.length === chunk.length ? chunk : Buffer.from(part));
    kept += part.length;
    dropped += chunk.length - part.length;
  });
  // A pipe that breaks has no more to say; how the child has ended is told elsewhere.
  await finished(stream, { writable: false }).catch(() => undefined);
  return { bytes: Buffer.concat(chunks), dropped };
}
