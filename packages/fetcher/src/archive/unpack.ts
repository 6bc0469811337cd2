/** Unpacks an archive of any known format into a tree. */
import type { TreeWriter } from '../tree-writer.ts';
import { asArchiveError, corrupt } from './archive-error.ts';
import { gunzipped } from './decompress.ts';
import { entryPath } from './entry-path.ts';
import type { ArchiveFormat } from './format.ts';
import { unpackTar } from './tar.ts';
import { unpackZip } from './zip.ts';

/** An archive that is there to be unpacked. */
export interface Archive {
  format: ArchiveFormat;
  /** Its name in the sandbox, without directories; a plain gzip file unpacks to it without the `.gz`. */
  name: string;
  /** Where it is now. */
  path: string;
}

/** Unpacks; rejects with a `FetchError` or an error of the file system, leaving behind in the tree what it had made. */
export async function unpack(archive: Archive, tree: TreeWriter, signal: AbortSignal): Promise<void> {
  try {
    switch (archive.format) {
      case 'tar':
        return await unpackTar(archive.path, tree, signal);
      case 'zip':
        return await unpackZip(archive.path, tree);
      case 'gzip':
        return await unpackGzip(archive, tree, signal);
    }
  } catch (error) {
    throw asArchiveError(error);
  }
}

async function unpackGzip(archive: Archive, tree: TreeWriter, signal: AbortSignal): Promise<void> {
  const segments = entryPath(archive.name.slice(0, -'.gz'.length));
  if (!Array.isArray(segments) || segments.length === 0) throw corrupt("nothing remains of its name without '.gz'");
  await tree.file(segments, { mode: 0o644 }, gunzipped(archive.path, signal));
}
