/**
 * A directory held open, and its children addressed through its descriptor.
 *
 * Whoever may write to a sandbox can rename a directory away and put a symbolic link in its place at any moment. Paths
 * through `/proc/self/fd/N` name the directory that was opened, whatever became of its name: on Linux nothing done here
 * can be led elsewhere. Where there is no such path, the directory's own path is used.
 */
import { constants, existsSync } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const descriptorPaths = existsSync('/proc/self/fd');
const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY;

export class SandboxDirectory implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #path: string;

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = descriptorPaths ? `/proc/self/fd/${handle.fd}` : path;
  }

  /** Opens a directory by a path that may lead through symbolic links. */
  static async open(path: string): Promise<SandboxDirectory> {
    return new SandboxDirectory(await open(path, directoryFlags), await realpath(path));
  }

  /** A path of one child, good as long as this directory is open. */
  path(name: string): string {
    return join(this.#path, name);
  }

  /** Opens a child; fails with `ENOTDIR` or `ELOOP` when it is no directory but, say, a symbolic link to one. */
  async child(name: string): Promise<SandboxDirectory> {
    const path = this.path(name);
    return new SandboxDirectory(await open(path, directoryFlags | constants.O_NOFOLLOW), path);
  }

  /** Whether the directory belongs to this program's user and nobody else may enter it. */
  async isPrivate(): Promise<boolean> {
    const { mode, uid } = await this.#handle.stat();
    return (mode & 0o077) === 0 && uid === (process.geteuid?.() ?? uid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
