/** Unpacks a zip archive, entry by entry in the order of its directory. */
import { crc32 } from 'node:zlib';

import { getFileNameLowLevel, openPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';

import { linkTargetBytesMax } from '../constants.ts';
import { FetchError, quoted } from '../errors.ts';
import type { TreeWriter } from '../tree-writer.ts';
import { corrupt } from './archive-error.ts';
import { entryPath, refused } from './entry-path.ts';

const typeMask = 0o170000;
const directoryType = 0o040000;
const fileType = 0o100000;
const linkType = 0o120000;
const madeByUnix = 3;

export async function unpackZip(path: string, tree: TreeWriter): Promise<void> {
  // Names are decoded and judged here, so that a zip's are refused as a tar's are.
  const zip = await openPromise(path, { autoClose: false, decodeStrings: false });
  const closed = new Promise((resolve) => zip.once('close', resolve));
  // Errors reach the one who iterates or reads; an unheard 'error' event would end the program.
  zip.on('error', () => {});
  try {
    for await (const entry of zip.eachEntry()) await writeEntry(zip, entry, tree);
  } finally {
    zip.close();
    await closed;
  }
}

async function writeEntry(zip: ZipFile, entry: Entry, tree: TreeWriter): Promise<void> {
  const name = nameOf(entry);
  const segments = entryPath(name);
  if (segments instanceof FetchError) throw segments;
  const mode = entry.versionMadeBy >>> 8 === madeByUnix ? entry.externalFileAttributes >>> 16 : 0;
  const type = mode & typeMask;
  if (name.endsWith('/') || type === directoryType) {
    return tree.directory(segments, mode === 0 ? 0o755 : mode);
  }
  if (!entry.canDecodeFileData()) {
    const reason = `The archive's entry ${quoted(name)} is encrypted or compressed in an unknown way`;
    throw new FetchError('FETCH_ARCHIVE_UNSUPPORTED', reason);
  }
  if (type === linkType) return tree.symbolicLink(segments, await linkTarget(zip, entry));
  if (type !== 0 && type !== fileType) throw refused(name, 'it is neither a file, a directory nor a link');
  const mtimeMs = entry.getLastModDate().getTime();
  return tree.file(segments, { mode: (mode & 0o777) === 0 ? 0o644 : mode, mtimeMs }, contents(zip, entry));
}

async function linkTarget(zip: ZipFile, entry: Entry): Promise<string> {
  if (entry.uncompressedSize > linkTargetBytesMax) throw refused(nameOf(entry), "its link's target is too long");
  const chunks: Uint8Array[] = [];
  for await (const chunk of contents(zip, entry)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** An entry's bytes, of which the library checks the number; the checksum is checked here. */
async function* contents(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  let sum = 0;
  const stream = await zip.openReadStreamPromise(entry);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== entry.crc32) throw corrupt(`the entry ${quoted(nameOf(entry))} has a wrong checksum`);
}

function nameOf(entry: Entry): string {
  return getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileName, entry.extraFields, false);
}
