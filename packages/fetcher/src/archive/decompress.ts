/**
 * The plain bytes of a file that may be compressed, told by its first bytes and not by its name, as libarchive does.
 *
 * gzip is Node's own. bzip2 and xz have no maintained streaming library for Node: the system's programs do the work, and
 * their absence is an error that names them.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { childOutput } from '../child-output.ts';
import { xzMemoryLimit } from '../constants.ts';
import { FetchError, systemCode } from '../errors.ts';

interface Program {
  name: string;
  magic: Buffer;
  arguments: readonly string[];
}

const programs: readonly Program[] = [
  { name: 'bzip2', magic: Buffer.from('BZh'), arguments: ['--decompress', '--stdout'] },
  {
    name: 'xz',
    magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
    arguments: ['--decompress', '--stdout', `--memlimit-decompress=${xzMemoryLimit}`],
  },
];

/** Reads a file and decompresses it on the way, if it is compressed. */
export async function* decompressed(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const start = await firstBytes(path);
  const program = programs.find(({ magic }) => start.subarray(0, magic.length).equals(magic));
  if (program !== undefined) yield* decompressedBy(program, path, signal);
  else if (start[0] === 0x1f && start[1] === 0x8b) yield* gunzipped(path, signal);
  else yield* createReadStream(path, { signal });
}

/** Reads a gzip file and decompresses it on the way; fails when it is none, or is cut short. */
export async function* gunzipped(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  // The reader of `gunzip` gets every error; the pipeline only has to pass it on.
  pipeline(createReadStream(path, { signal }), gunzip, () => {});
  yield* gunzip;
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function* decompressedBy(program: Program, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    yield* childOutput(program.name, { arguments: program.arguments, signal, stdin: file.fd });
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    const reason = `The archive needs the program ${program.name}, which is not installed`;
    throw new FetchError('FETCH_ARCHIVE_UNSUPPORTED', reason, { cause: error });
  } finally {
    await file.close();
  }
}
