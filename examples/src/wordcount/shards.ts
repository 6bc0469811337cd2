import { open, readdir, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { errorText } from '@mesos-ts/libprocess';
import type { FileHandle } from 'node:fs/promises';

/** A piece of a file, from byte `start` up to, not including, byte `end`. */
interface Piece {
  readonly path: Buffer;
  readonly start: number;
  readonly end: number;
}

/** The input of one task: pieces that are counted one after the other. */
export type Shard = readonly Piece[];

// As git and grep do: a file with a NUL byte near its beginning is not text.
const sniffBytes = 8_000;
const scanBytes = 4_096;

/** A file to count. */
export interface TextFile {
  /** Bytes, because not every name is UTF-8. */
  readonly path: Buffer;
  readonly size: number;
}

/** What a directory has that is not counted. */
export interface LeftOut {
  /** For people. */
  readonly path: string;
  readonly reason: string;
  /** Whether it would have been counted, could it have been read. */
  readonly isError: boolean;
}

/**
 * The text files of a directory and those below it, in a fixed order, and what is left out: files that are not text or cannot be
 * read. Directories whose name begins with a dot, and `node_modules`, are passed over, and so are links to directories, which may
 * lead in circles. Throws if the directory cannot be read or has no text files.
 */
export async function textFiles(directory: string): Promise<{ files: TextFile[]; leftOut: LeftOut[] }> {
  const found = { files: [] as TextFile[], leftOut: [] as LeftOut[] };
  await collect(Buffer.from(directory), found);
  const [first] = found.leftOut;
  if (found.files.length === 0) {
    const detail = first === undefined ? '' : `: ${first.path} is left out (${first.reason})`;
    throw new Error(`There are no text files in ${directory}${detail}`);
  }
  return found;
}

async function collect(directory: Buffer, found: { files: TextFile[]; leftOut: LeftOut[] }): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true, encoding: 'buffer' });
  for (const entry of entries.toSorted((a, b) => Buffer.compare(a.name, b.name))) {
    const name = entry.name.toString();
    const path = Buffer.concat([directory, Buffer.from(sep), entry.name]);
    try {
      const stats = await stat(path);
      if (stats.isDirectory()) {
        const isPassedOver = entry.isSymbolicLink() || name.startsWith('.') || name === 'node_modules';
        if (!isPassedOver) await collect(path, found);
      } else if (stats.isFile() && (await isText(path))) {
        found.files.push({ path, size: stats.size });
      } else {
        found.leftOut.push({ path: path.toString(), reason: 'not a text file', isError: false });
      }
    } catch (error) {
      found.leftOut.push({ path: path.toString(), reason: errorText(error), isError: true });
    }
  }
}

/** Cuts files into shards of about so many bytes; a cut is only ever made at white space. */
export async function cutShards(files: readonly TextFile[], bytesPerShard: number): Promise<Shard[]> {
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

async function isText(path: Buffer): Promise<boolean> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(sniffBytes), 0, sniffBytes, 0);
    return !buffer.subarray(0, bytesRead).includes(0);
  } finally {
    await file.close();
  }
}

async function cutFile(path: Buffer, size: number, pieceBytes: number): Promise<Piece[]> {
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
