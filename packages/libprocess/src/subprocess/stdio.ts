import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/**
 * Where a child reads from: nowhere, what this process reads from, a pipe whose other end is `Subprocess.stdin`, a file, or an open
 * descriptor, which stays open here.
 */
export type Input = 'ignore' | 'inherit' | 'pipe' | { readonly path: string } | { readonly fd: number };

/**
 * Where a child writes to: nowhere, where this process writes to, a pipe whose other end is `Subprocess.stdout` or `stderr`, a file (made
 * if it is not there, appended to), an open descriptor, or memory of a bounded size.
 */
export type Output = Input | { readonly captureBytesMax: number };

/** What Node's `spawn` takes for one descriptor. */
export type StdioEntry = 'ignore' | 'inherit' | 'pipe' | number;

/** The mode of files that are made for output, as in libprocess. */
const fileMode = 0o644;

/** Files that are opened for a child and closed here when it has them. */
export class OpenFiles implements AsyncDisposable {
  readonly #handles: FileHandle[] = [];

  async input(input: Input): Promise<StdioEntry> {
    if (typeof input === 'string') return input;
    return 'fd' in input ? input.fd : this.#open(input.path, constants.O_RDONLY);
  }

  async output(output: Output): Promise<StdioEntry> {
    if (typeof output === 'string') return output;
    if ('captureBytesMax' in output) return 'pipe';
    const { O_APPEND, O_CREAT, O_WRONLY } = constants;
    return 'fd' in output ? output.fd : this.#open(output.path, O_WRONLY | O_CREAT | O_APPEND);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#handles.map((handle) => handle.close()));
  }

  async #open(path: string, flags: number): Promise<number> {
    const handle = await open(path, flags, fileMode);
    this.#handles.push(handle);
    return handle.fd;
  }
}
