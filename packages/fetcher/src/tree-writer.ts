/**
 * Writes the files of one URI below a private directory.
 *
 * It knows every entry that it made, so that no write goes through a link, and creates every file exclusively. Entries
 * are written one at a time; when a call has settled, nothing is going on any more.
 */
import { constants } from 'node:fs';
import { link, mkdir, open, rename, symlink, unlink } from 'node:fs/promises';

import { linkTargetProblem, refused } from './archive/entry-path.ts';
import { FetchError } from './errors.ts';
import { writeAll } from './file-bytes.ts';
import type { SandboxDirectory } from './sandbox-directory.ts';

type Kind = 'directory' | 'file' | 'link';

/** How much may still be unpacked; shared by all archives of one fetch. */
export interface ExtractionBudget {
  bytes: number;
  entries: number;
}

/** What an archive says about a file, besides its bytes. */
export interface FileAttributes {
  /** Permission bits. Set-user-id, set-group-id and sticky bits are never kept. */
  mode: number;
  /** When it was changed last, in milliseconds since the epoch. */
  mtimeMs?: number | undefined;
}

const fileFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export class TreeWriter {
  readonly #root: SandboxDirectory;
  readonly #budget: ExtractionBudget;
  readonly #signal: AbortSignal;
  readonly #made = new Map<string, Kind>();

  constructor(root: SandboxDirectory, budget: ExtractionBudget, signal: AbortSignal) {
    this.#root = root;
    this.#budget = budget;
    this.#signal = signal;
  }

  /** Takes in a file that is complete. */
  async adopt(segments: readonly string[], path: string): Promise<void> {
    await rename(path, await this.#vacate(segments));
    this.#note(segments, 'file');
  }

  /** Makes a directory, and those it lies in; it may exist. */
  async directory(segments: readonly string[], mode: number): Promise<void> {
    this.#charge();
    await this.#parents(segments);
    if (segments.length > 0) await this.#makeDirectory(segments, mode);
  }

  /** Writes a file from its bytes; a file or a link of the same name, from earlier in the archive, is replaced. */
  async file(segments: readonly string[], attributes: FileAttributes, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    this.#charge();
    const handle = await open(await this.#vacate(segments), fileFlags, attributes.mode & 0o777);
    this.#note(segments, 'file');
    try {
      await writeAll(handle, this.#metered(bytes));
      const { mtimeMs } = attributes;
      if (mtimeMs !== undefined && Number.isFinite(mtimeMs)) await handle.utimes(mtimeMs / 1000, mtimeMs / 1000);
    } finally {
      await handle.close();
    }
  }

  /** Makes a symbolic link that stays in the sandbox. */
  async symbolicLink(segments: readonly string[], target: string): Promise<void> {
    this.#charge();
    const problem = linkTargetProblem(segments, target);
    if (problem !== undefined) throw problem;
    await symlink(target, await this.#vacate(segments));
    this.#note(segments, 'link');
  }

  /** Makes another name of a file that came earlier. */
  async hardLink(segments: readonly string[], target: readonly string[]): Promise<void> {
    this.#charge();
    const from = target.join('/');
    if (this.#made.get(from) !== 'file') throw refused(segments.join('/'), `'${from}' is no file of this archive`);
    if (from === segments.join('/')) return;
    await link(this.#path(target), await this.#vacate(segments));
    this.#note(segments, 'file');
  }

  #path(segments: readonly string[]): string {
    return this.#root.path(segments.join('/'));
  }

  #note(segments: readonly string[], kind: Kind): void {
    this.#made.set(segments.join('/'), kind);
  }

  /** A path at which there is nothing, in a directory that is there. */
  async #vacate(segments: readonly string[]): Promise<string> {
    if (segments.length === 0) throw refused('.', 'only a directory can stand for the sandbox');
    await this.#parents(segments);
    const path = this.#path(segments);
    const kind = this.#made.get(segments.join('/'));
    if (kind === 'directory') throw refused(segments.join('/'), 'a directory of this name came earlier');
    if (kind !== undefined) await unlink(path);
    return path;
  }

  async #parents(segments: readonly string[]): Promise<void> {
    for (let length = 1; length < segments.length; length += 1) {
      await this.#makeDirectory(segments.slice(0, length), 0o755);
    }
  }

  async #makeDirectory(segments: readonly string[], mode: number): Promise<void> {
    const kind = this.#made.get(segments.join('/'));
    if (kind === 'directory') return;
    if (kind !== undefined) throw refused(segments.join('/'), `a ${kind} stands where a directory is needed`);
    // Without all rights for its owner the directory could be neither filled nor removed.
    await mkdir(this.#path(segments), (mode & 0o777) | 0o700);
    this.#note(segments, 'directory');
  }

  #charge(): void {
    this.#signal.throwIfAborted();
    this.#budget.entries -= 1;
    if (this.#budget.entries < 0) throw new FetchError('FETCH_TOO_LARGE', 'The archive has too many entries');
  }

  async *#metered(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      this.#signal.throwIfAborted();
      this.#budget.bytes -= chunk.length;
      if (this.#budget.bytes < 0) throw new FetchError('FETCH_TOO_LARGE', 'The archive unpacks to too many bytes');
      yield chunk;
    }
  }
}
