/** Archives made byte by byte, so that they can be as wrong as a test wants. */
import { buffer } from 'node:stream/consumers';

import { Header } from 'tar';
import type { HeaderData } from 'tar';
import { ZipFile } from 'yazl';

/** node-tar's name of a type of entries. */
export type EntryTypeName = Exclude<HeaderData['type'], undefined>;

export type TarEntryData = HeaderData & { body?: string | Buffer };

/** A tar archive of entries as they are given. */
export function tarOf(...entries: TarEntryData[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)]);
}

export function tarEntry({ body = '', ...data }: TarEntryData): Buffer {
  const bytes = Buffer.from(body);
  const block = Buffer.alloc(512);
  new Header({ mode: 0o644, mtime: new Date(1_600_000_000_000), size: bytes.length, type: 'File', ...data }).encode(
    block,
  );
  return Buffer.concat([block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

export interface ZipEntryData {
  name: string;
  body?: string;
  /** File type and permission bits. */
  mode?: number;
}

/** A zip archive; each name is written as it is, even if no honest program would. */
export async function zipOf(...entries: ZipEntryData[]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [index, { body = '', mode = 0o100644, name }] of entries.entries()) {
    // yazl refuses bad names; one of the same length stands in for it until the archive is written.
    const standIn = String(index).padStart(name.length, 'x');
    zip.addBuffer(Buffer.from(body), standIn, { mode, mtime: new Date(1_600_000_000_000) });
  }
  zip.end();
  let bytes: Buffer = await buffer(zip.outputStream);
  for (const [index, { name }] of entries.entries()) {
    bytes = replaceAll(bytes, Buffer.from(String(index).padStart(name.length, 'x')), Buffer.from(name));
  }
  return bytes;
}

function replaceAll(bytes: Buffer, from: Buffer, to: Buffer): Buffer {
  const result = Buffer.from(bytes);
  for (let at = result.indexOf(from); at !== -1; at = result.indexOf(from, at + 1)) to.copy(result, at);
  return result;
}
