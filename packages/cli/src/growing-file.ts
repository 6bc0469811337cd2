import { pause } from './pause.ts';

/** How often to look for more, in milliseconds. */
const pollMs = 500;

/** Bytes asked for at once; servers send less. */
const pieceBytesMax = 256 * 1024;

/** What of a file there is from an offset on, and how large it is. */
export interface FilePiece {
  readonly data: Uint8Array;
  readonly size: number;
}

/** A file of a server's. */
export interface GrowingFile {
  /** Reads so many bytes at most. */
  read(offset: number, length: number): Promise<FilePiece>;
  /** Whether nothing will be added any more. Asked before it is read: what was written until then is there then. @default never */
  hasEnded?(): Promise<boolean>;
}

/** What of a file to tell. */
export interface FileOptions {
  /** Only so many lines at its end. @default all */
  readonly lines: number | undefined;
  /** Tells what is added, too, until it is aborted. @default only what there is at the beginning */
  readonly follow: AbortSignal | undefined;
}

/** What there is of a file, piece by piece, and with `follow` what is added. A file that becomes shorter is a new one. */
export async function* contentsOf(
  file: GrowingFile,
  { follow, lines }: FileOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hasEnded = (await file.hasEnded?.()) ?? false;
  const { size } = await file.read(0, 0);
  let offset = lines === undefined ? 0 : await startOfLines(file, size, lines);
  // A file that grows faster than it is read has an end nevertheless.
  while (offset < size) {
    const { data } = await file.read(offset, Math.min(pieceBytesMax, size - offset));
    if (data.length === 0) break;
    offset += data.length;
    yield data;
  }
  if (follow !== undefined) yield* additionsOf(file, { follow, hasEnded, offset });
}

async function* additionsOf(
  file: GrowingFile,
  start: { readonly follow: AbortSignal; readonly hasEnded: boolean; readonly offset: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { follow } = start;
  let { hasEnded, offset } = start;
  while (!follow.aborted) {
    const { data, size } = await file.read(offset, pieceBytesMax);
    if (data.length > 0) {
      offset += data.length;
      yield data;
    } else if (size < offset) {
      offset = 0;
    } else if (hasEnded) {
      return;
    } else {
      await pause(pollMs, follow);
      hasEnded = (await file.hasEnded?.()) ?? false;
    }
  }
}

/** Where the last so many lines begin. */
async function startOfLines(file: GrowingFile, size: number, lines: number): Promise<number> {
  let left = lines;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - pieceBytesMax);
    let data = new Uint8Array();
    // Servers send less than is asked for.
    while (start + data.length < end) {
      const piece = await file.read(start + data.length, end - start - data.length);
      if (piece.data.length === 0) return start;
      data = Buffer.concat([data, piece.data]);
    }
    for (let index = data.length - 1; index >= 0; index--) {
      // What ends the last line begins none.
      if (data[index] !== 0x0a || start + index === size - 1) continue;
      left--;
      if (left === 0) return start + index + 1;
    }
    end = start;
  }
  return 0;
}
