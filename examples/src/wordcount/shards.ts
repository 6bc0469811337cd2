import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileHandle } from 'node:fs/promises';

/** A piece of a file, from byte `start` up to, not including, byte `end`. */
export interface Piece {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** The input of one task: pieces that are counted one after the other. */
export type Shard = readonly Piece[];

// As git and grep do: a file with a NUL byte near its beginning is not text.
const sniffBytes = 8_000;
const scanBytes = 4_096;

/** The text files of a directory and those below it, in a fixed order; directories whose name begins with a dot, and `node_modules`, are left out. */
export async function textFiles(directory: string): Promise<{ path: string; size: number }[]> {
  const files: { path: string; size: number }[] = [];
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && entry.name !== 'node_modules') files.push(...(await textFiles(path)));
    } else if (entry.isFile() && (await isText(path))) {
      files.push({ path, size: (await stat(path)).size });
    }
  }
  return files;
}

/** Cuts files into shards of about so many bytes; a cut is only ever made at white space. */
export async function cutShards(
  files: readonly { path: string; size: number }[],
  bytesPerShard: number,
): Promise<Shard[]> {
  const shards: Shard[] = [];
  let shard: Piece[] = [];
  let filled = 0;
  for (const { path, size } of files) {
    for (const piece of await cutFile(path, size, bytesPerShard)) {
      if (filled > 0 && filled + piece.end - piece.start > bytesPerShard) {
        shards.push(shard);
        shard = [];
        filled = 0;
      }
      shard.push(piece);
      filled += piece.end - piece.start;
    }
  }
  if (shard.length > 0) shards.push(shard);
  return shards;
}

/** The bytes of a shard. Pieces are kept apart by a newline, so that no word spans two files. */
export async function* readShard(shard: Shard): AsyncGenerator<Buffer> {
  for (const piece of shard) {
    if (piece.end === piece.start) continue;
    const file = await open(piece.path);
    try {
      yield* file.createReadStream({
        start: piece.start,
        end: piece.end - 1,
        autoClose: false,
      }) as AsyncIterable<Buffer>;
    } finally {
      await file.close();
    }
    yield Buffer.from('\n');
  }
}

async function isText(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(sniffBytes), 0, sniffBytes, 0);
    return !buffer.subarray(0, bytesRead).includes(0);
  } finally {
    await file.close();
  }
}

async function cutFile(path: string, size: number, pieceBytes: number): Promise<Piece[]> {
  const pieces: Piece[] = [];
  if (size <= pieceBytes) return [{ path, start: 0, end: size }];
  const file = await open(path);
  try {
    for (let start = 0; start < size;) {
      const end = start + pieceBytes >= size ? size : await nextBlank(file, start + pieceBytes, size);
      pieces.push({ path, start, end });
      start = end;
    }
  } finally {
    await file.close();
  }
  return pieces;
}

/** The position of the first white space at or after a position. */
async function nextBlank(file: FileHandle, from: number, size: number): Promise<number> {
  for (let position = from; position < size; position += scanBytes) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(scanBytes), 0, scanBytes, position);
    const index = buffer.subarray(0, bytesRead).findIndex((byte) => byte === 32 || (byte >= 9 && byte <= 13));
    if (index >= 0) return position + index;
  }
  return size;
}
