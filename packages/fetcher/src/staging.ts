/**
 * The private directory in a sandbox where files are until they are complete. It is on the sandbox's own file system, so
 * that completing is renaming.
 */
import { mkdir, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { basename } from 'node:path';

import { stagingPrefix } from './constants.ts';
import { FetchError } from './errors.ts';
import type { SandboxDirectory } from './sandbox-directory.ts';

export class Staging implements AsyncDisposable {
  readonly #sandbox: SandboxDirectory;
  readonly #directory: SandboxDirectory;
  readonly #name: string;

  private constructor(sandbox: SandboxDirectory, directory: SandboxDirectory, name: string) {
    this.#sandbox = sandbox;
    this.#directory = directory;
    this.#name = name;
  }

  static async create(sandbox: SandboxDirectory): Promise<Staging> {
    const name = basename(await mkdtemp(sandbox.path(stagingPrefix)));
    const directory = await sandbox.child(name);
    if (await directory.isPrivate()) return new Staging(sandbox, directory, name);
    await directory[Symbol.asyncDispose]();
    throw new FetchError('FETCH_IO', 'Somebody else has replaced a directory that was just made in the sandbox');
  }

  path(name: string): string {
    return this.#directory.path(name);
  }

  /** Makes a directory that everybody may enter once it is in the sandbox. */
  async makeDirectory(name: string): Promise<SandboxDirectory> {
    await mkdir(this.path(name), 0o755);
    return this.openDirectory(name);
  }

  /** Opens a directory that was made before. */
  openDirectory(name: string): Promise<SandboxDirectory> {
    return this.#directory.child(name);
  }

  /** Removes the directory and what is left in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    // What is in it is nobody else's; its name in the sandbox may by now be something else's.
    try {
      for (const name of await readdir(this.path('.'))) await rm(this.path(name), { force: true, recursive: true });
      await rmdir(this.#sandbox.path(this.#name)).catch(() => {});
    } finally {
      await this.#directory[Symbol.asyncDispose]();
    }
  }
}
