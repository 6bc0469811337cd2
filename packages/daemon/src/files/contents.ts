/** What is in the files and directories that paths of `/files` mean. */
import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { errorText } from '@mesos-ts/libprocess';

import { fileDetails, readAccountNames, type FileDetails } from './file-info.ts';
import { isStillWithin, type Found } from './virtual-paths.ts';

/** At most 16 pages of memory are read at a time. */
const readBytesMax = 16 * 4096;

/** At most this many entries of a directory are listed. */
const listMax = 10_000;

/** Why a file cannot be had. The text is Mesos's, for the client; it may be empty. */
export interface FilesRefusal {
  readonly status: 400 | 403 | 404 | 500;
  readonly text: string;
}

/** A part of a file, and how long the file is. */
export interface FilePart {
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** An open file and what it was when it was opened, or the answer that says why there is none. */
export type Opened =
  | { readonly file: FileHandle; readonly stats: Stats; readonly refusal?: undefined }
  | { readonly refusal: FilesRefusal };

/** The entries of a directory in order of name; none for what is no directory. Links that lead nowhere are left out. */
export async function listDirectory(directory: string, requested: string): Promise<FileDetails[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch {
    return [];
  }
  const accounts = await readAccountNames();
  const shown = names.toSorted().slice(0, listMax);
  const entries = await Promise.all(
    shown.map(async (name) => {
      const stats = await stat(join(directory, name)).catch(() => undefined);
      return stats === undefined ? undefined : fileDetails(join(requested, name), stats, accounts);
    }),
  );
  return entries.filter((entry) => entry !== undefined);
}

/** Opens what a path means. Nothing is held by a pipe without a writer. */
export async function openFile(found: Found): Promise<Opened> {
  let file: FileHandle | undefined;
  try {
    file = await open(found.path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if (await isStillWithin(found, file.fd)) return { file, stats: await file.stat() };
    await file.close();
    return { refusal: { status: 400, text: `'${found.path}' is inaccessible.\n` } };
  } catch (error) {
    await file?.close();
    return { refusal: { status: 500, text: `Failed to open file at '${found.path}': ${errorText(error)}.\n` } };
  }
}

/** Reads a part of what a path means, or says why not. Length 0 asks for the size only; without one, as much as there may be. */
export async function readPart(
  found: Found,
  offset: number,
  length: number | undefined,
): Promise<FilePart | FilesRefusal> {
  const opened = await openFile(found);
  if (opened.refusal !== undefined) return opened.refusal;
  const { file, stats } = opened;
  try {
    if (stats.isDirectory()) return { status: 400, text: 'Cannot read a directory.\n' };
    const wanted = Math.min(length ?? readBytesMax, readBytesMax, Math.max(0, stats.size - offset));
    if (wanted === 0) return { size: stats.size, bytes: new Uint8Array() };
    const { bytesRead, buffer } = await file.read(new Uint8Array(wanted), 0, wanted, offset);
    return { size: stats.size, bytes: buffer.subarray(0, bytesRead) };
  } catch (error) {
    return { status: 500, text: `Failed to read file at '${found.path}': ${errorText(error)}.\n` };
  } finally {
    await file.close();
  }
}

/** The first bytes of a file, which is closed when they are read or nobody wants them, be it before the first. */
export function wholeFile(file: FileHandle, size: number): AsyncIterable<Uint8Array> {
  const stream = file.createReadStream({ end: size - 1 });
  const bytes: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    next: () => bytes.next(),
    return: () => {
      stream.destroy();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/**
 * How many of these bytes to tell so that no character of UTF-8 is cut at the end: a reader goes on where the text ended. Bytes that
 * are all of one cut character are told nevertheless.
 */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back && bytes.length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
