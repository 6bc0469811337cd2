/** The part of yazl in use; the package has no types of its own. */
declare module 'yazl' {
  import type { Readable } from 'node:stream';

  export class ZipFile {
    readonly outputStream: Readable;
    addBuffer(bytes: Buffer, name: string, options: { mode: number; mtime: Date }): void;
    end(): void;
  }
}
