/**
 * Reads the entries of a tar archive, one after the other, from a stream of its bytes.
 *
 * The formats of headers and of pax records are node-tar's business. The loop over them is not: its parser hands out
 * entries while others are still being written and skips what it does not know, where a fetch has to stop at the first
 * entry that is not right, with nothing under way.
 */
import { Header, Pax } from 'tar';

import { FetchError, quoted } from '../errors.ts';
import { corrupt } from './archive-error.ts';
import { ByteReader } from './byte-reader.ts';

/** One entry. Its bytes can be read until the next entry is asked for. */
export interface TarEntry {
  bytes: AsyncIterable<Uint8Array>;
  linkTarget: string;
  mode: number;
  mtimeMs: number | undefined;
  name: string;
  /** node-tar's name of the entry's type. */
  type: Header['type'] | 'Unsupported';
}

interface Overrides {
  /** From a pax record or a GNU long name, for the next entry. */
  next: Pax | undefined;
  /** From a global pax record, for all that follow. */
  global: Pax | undefined;
}

const blockBytes = 512;
const metadataBytesMax = 2 ** 20;
const metadataInRowMax = 1000;
const trailerBytesMax = 16 * 2 ** 20;

const metadataTypes: ReadonlySet<string> = new Set([
  'ExtendedHeader',
  'GlobalExtendedHeader',
  'NextFileHasLongLinkpath',
  'NextFileHasLongPath',
  'OldExtendedHeader',
  'OldGnuLongPath',
]);

/** The entries of an archive; fails with `FETCH_ARCHIVE_CORRUPT` where it is none, or is cut short. */
export async function* tarEntries(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(chunks);
  try {
    yield* entriesOf(reader);
    // Errors of compression show at its end, which is behind the padding.
    await reader.drain(trailerBytesMax);
  } finally {
    await reader.close();
  }
}

async function* entriesOf(reader: ByteReader): AsyncGenerator<TarEntry> {
  const overrides: Overrides = { global: undefined, next: undefined };
  let metadata = 0;
  for (let blocks = 0; ; blocks += 1) {
    const block = await reader.exactly(blockBytes);
    if (block === undefined) {
      if (blocks === 0) throw corrupt('it is empty');
      return;
    }
    const header = new Header(block);
    if (header.nullBlock) return;
    if (!header.cksumValid) throw corrupt(blocks === 0 ? 'it is no tar archive' : 'a header has a wrong checksum');
    if (metadataTypes.has(header.type)) {
      metadata += 1;
      if (metadata > metadataInRowMax) throw corrupt('it has too much metadata and no entries');
      await readMetadata(reader, header, overrides);
    } else {
      metadata = 0;
      const size = sizeOf(header, overrides);
      const body = reader.take(size);
      yield entryOf(header, overrides, body);
      for await (const _ of body);
      await skipPadding(reader, size);
      overrides.next = undefined;
    }
  }
}

function entryOf(header: Header, { global, next }: Overrides, bytes: AsyncIterable<Uint8Array>): TarEntry {
  const name = next?.path ?? header.path ?? '';
  const isFile = header.type === 'File' || header.type === 'OldFile';
  return {
    bytes,
    linkTarget: next?.linkpath ?? header.linkpath ?? '',
    mode: header.mode ?? (header.type === 'Directory' ? 0o755 : 0o644),
    mtimeMs: (next?.mtime ?? global?.mtime ?? header.mtime)?.getTime(),
    name,
    // Archives older than the type of directories end their names with a slash.
    type: isFile && name.endsWith('/') ? 'Directory' : header.type,
  };
}

function sizeOf(header: Header, overrides?: Overrides): number {
  const size = overrides?.next?.size ?? overrides?.global?.size ?? header.size ?? 0;
  if (!Number.isSafeInteger(size) || size < 0)
    throw corrupt(`the entry ${quoted(header.path ?? '')} has no valid size`);
  return size;
}

async function readMetadata(reader: ByteReader, header: Header, overrides: Overrides): Promise<void> {
  const size = sizeOf(header);
  if (size > metadataBytesMax) throw new FetchError('FETCH_TOO_LARGE', 'The archive has metadata of more than 1 MiB');
  const bytes = (await reader.exactly(size)) ?? Buffer.alloc(0);
  if (bytes.length !== size) throw corrupt('it is cut short');
  await skipPadding(reader, size);
  const text = bytes.toString('utf8');
  if (header.type === 'GlobalExtendedHeader') {
    overrides.global = Pax.parse(text, overrides.global, true);
  } else if (header.type === 'NextFileHasLongLinkpath') {
    overrides.next = Object.assign(overrides.next ?? new Pax({}), { linkpath: upToNul(text) });
  } else if (header.type === 'NextFileHasLongPath' || header.type === 'OldGnuLongPath') {
    overrides.next = Object.assign(overrides.next ?? new Pax({}), { path: upToNul(text) });
  } else {
    overrides.next = Pax.parse(text, overrides.next);
  }
}

async function skipPadding(reader: ByteReader, size: number): Promise<void> {
  const padding = (blockBytes - (size % blockBytes)) % blockBytes;
  if (padding > 0 && (await reader.exactly(padding)) === undefined) throw corrupt('it is cut short');
}

function upToNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul === -1 ? text : text.slice(0, nul);
}
