import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** One entry of an image's file system. */
export type ImageFile =
  | { readonly type: 'file'; readonly target: string; readonly source: string }
  | { readonly type: 'link'; readonly target: string; readonly to: string }
  | { readonly type: 'folder'; readonly target: string; readonly mode: number };

/** Lays files out below a folder as they shall be in the image. */
export async function layOut(files: Iterable<ImageFile>, folder: string): Promise<void> {
  for (const file of files) {
    const path = join(folder, file.target);
    await mkdir(file.type === 'folder' ? path : dirname(path), { recursive: true });
    if (file.type === 'file') await copyFile(file.source, path);
    else if (file.type === 'link') await symlink(file.to, path);
    else await chmod(path, file.mode);
  }
}

/** What a change of a file is known by: its bytes, or its size and time, which cost nothing for a file of 100 MB. */
export type ChangeSign = 'content' | 'time';

/** Stands for files and extra texts; another hash means another image. */
export function hashOf(files: readonly ImageFile[], sign: ChangeSign, ...texts: readonly string[]): string {
  const hash = createHash('sha256');
  const sorted = files.toSorted((a, b) => (a.target < b.target ? -1 : 1));
  for (const file of sorted) hash.update(`${file.type} ${file.target} ${detailOf(file, sign)}\n`);
  for (const text of texts) hash.update(`${text}\n`);
  return hash.digest('hex').slice(0, 16);
}

function detailOf(file: ImageFile, sign: ChangeSign): string {
  if (file.type === 'link') return file.to;
  if (file.type === 'folder') return String(file.mode);
  const { size, mode, mtimeMs } = statSync(file.source);
  if (sign === 'time') return `${size} ${mode} ${mtimeMs}`;
  return `${mode} ${createHash('sha256').update(readFileSync(file.source)).digest('hex')}`;
}
