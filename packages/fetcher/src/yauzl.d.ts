/** The part of yauzl in use; the package has no types of its own. */
declare module 'yauzl' {
  import type { EventEmitter } from 'node:events';
  import type { Readable } from 'node:stream';

  export interface Options {
    autoClose?: boolean;
    decodeStrings: false;
  }

  export interface ExtraField {
    readonly data: Buffer;
    readonly id: number;
  }

  export interface Entry {
    readonly compressedSize: number;
    readonly crc32: number;
    readonly externalFileAttributes: number;
    readonly extraFields: readonly ExtraField[];
    /** Not decoded, with `decodeStrings: false`. */
    readonly fileName: Buffer;
    readonly generalPurposeBitFlag: number;
    readonly uncompressedSize: number;
    readonly versionMadeBy: number;
    canDecodeFileData(): boolean;
    getLastModDate(): Date;
  }

  export interface ZipFile extends EventEmitter {
    close(): void;
    eachEntry(): AsyncIterableIterator<Entry>;
    openReadStreamPromise(entry: Entry): Promise<Readable>;
  }

  export function getFileNameLowLevel(
    generalPurposeBitFlag: number,
    fileName: Buffer,
    extraFields: readonly ExtraField[],
    strictFileNames: boolean,
  ): string;

  export function openPromise(path: string, options: Options): Promise<ZipFile>;
}
