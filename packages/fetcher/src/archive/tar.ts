/** Unpacks a tar archive, compressed or not, entry by entry as its bytes arrive. */
import { FetchError, quoted } from '../errors.ts';
import type { TreeWriter } from '../tree-writer.ts';
import { decompressed } from './decompress.ts';
import { entryPath, refused } from './entry-path.ts';
import { tarEntries } from './tar-reader.ts';
import type { TarEntry } from './tar-reader.ts';

export async function unpackTar(path: string, tree: TreeWriter, signal: AbortSignal): Promise<void> {
  for await (const entry of tarEntries(decompressed(path, signal))) {
    // A volume's label is no file.
    if (entry.type !== 'TapeVolumeHeader') await writeEntry(entry, tree);
  }
}

async function writeEntry(entry: TarEntry, tree: TreeWriter): Promise<void> {
  const segments = entryPath(entry.name);
  if (segments instanceof FetchError) throw segments;
  // GNU tar writes the pieces of a sparse file under such a name.
  if (segments.some((segment) => /^GNUSparseFile\.\d+$/.test(segment))) {
    throw new FetchError('FETCH_ARCHIVE_UNSUPPORTED', `The archive's entry ${quoted(entry.name)} is a sparse file`);
  }
  if (entry.type === 'File' || entry.type === 'OldFile' || entry.type === 'ContiguousFile') {
    return tree.file(segments, entry, entry.bytes);
  }
  if (entry.type === 'Directory') return tree.directory(segments, entry.mode);
  if (entry.type === 'SymbolicLink') return tree.symbolicLink(segments, entry.linkTarget);
  if (entry.type === 'Link') return writeHardLink(segments, entry, tree);
  throw refused(entry.name, `it is neither a file, a directory nor a link, but of type ${entry.type}`);
}

async function writeHardLink(segments: string[], entry: TarEntry, tree: TreeWriter): Promise<void> {
  const target = entryPath(entry.linkTarget);
  if (target instanceof FetchError) throw refused(entry.name, `it links to ${quoted(entry.linkTarget)}`);
  await tree.hardLink(segments, target);
}
