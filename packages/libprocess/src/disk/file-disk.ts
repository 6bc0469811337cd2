import { constants } from 'node:fs';
import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isFileName } from './disk.ts';
import { ProcessError, errorText } from '../errors.ts';
import type { FileHandle } from 'node:fs/promises';
import type { Disk, DiskFile } from './disk.ts';

/** A folder of the machine. Nobody else may change what is in it. Files stay open until it is closed. */
export class FileDisk implements Disk, AsyncDisposable {
  readonly #folder: string;
  readonly #open = new Map<string, Promise<FileHandle>>();

  /** @param folder The path of a folder that is there. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  list(): Promise<DiskFile[]> {
    return attempt('listing the files', async () => {
      const names = (await readdir(this.#folder)).filter(isFileName).toSorted();
      return Promise.all(names.map(async (name) => ({ name, bytes: (await stat(this.#path(name))).size })));
    });
  }

  read(name: string, offset: number, length: number): Promise<Uint8Array> {
    return attempt(`reading ${name}`, async () => {
      const file = await this.#file(name, constants.O_RDWR);
      const left = Math.max(0, (await file.stat()).size - offset);
      const bytes = new Uint8Array(Math.min(length, left));
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done);
        if (bytesRead === 0) return bytes.slice(0, done);
        done += bytesRead;
      }
      return bytes;
    });
  }

  write(name: string, offset: number, bytes: Uint8Array): Promise<void> {
    // The caller's bytes are its own again as soon as this returns.
    const copy = Uint8Array.from(bytes);
    return attempt(`writing ${name}`, async () => {
      const file = await this.#file(name, constants.O_RDWR | constants.O_CREAT);
      for (let done = 0; done < copy.length;) {
        done += (await file.write(copy, done, copy.length - done, offset + done)).bytesWritten;
      }
    });
  }

  sync(name: string): Promise<void> {
    return attempt(`syncing ${name}`, async () => {
      await (await this.#file(name, constants.O_RDWR)).sync();
      // The name of a file is in the folder, which has to be synced by itself (fsync(2)).
      const folder = await open(this.#folder, constants.O_RDONLY);
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    });
  }

  rename(from: string, to: string): Promise<void> {
    return attempt(`renaming ${from} to ${to}`, async () => {
      const [source, target] = [this.#path(from), this.#path(to)];
      await this.#forget(from);
      await this.#forget(to);
      await rename(source, target);
    });
  }

  remove(name: string): Promise<void> {
    return attempt(`removing ${name}`, async () => {
      const path = this.#path(name);
      await this.#forget(name);
      await unlink(path).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      });
    });
  }

  /** Closes the files. Idempotent. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((name) => this.#forget(name)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #path(name: string): string {
    if (!isFileName(name)) throw new Error(`'${name}' cannot name a file`);
    return join(this.#folder, name);
  }

  #file(name: string, flags: number): Promise<FileHandle> {
    let file = this.#open.get(name);
    if (file === undefined) {
      file = open(this.#path(name), flags);
      this.#open.set(name, file);
      // One that could not be opened may be there the next time.
      file.catch(() => this.#open.delete(name));
    }
    return file;
  }

  async #forget(name: string): Promise<void> {
    const file = this.#open.get(name);
    this.#open.delete(name);
    await (await file?.catch(() => undefined))?.close();
  }
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new ProcessError('DISK_FAILED', `The disk: ${what} failed: ${errorText(error)}`, { cause: error });
  }
}
