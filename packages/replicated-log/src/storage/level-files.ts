/**
 * LevelDB drops what it cannot read at the end of its journals, whether that is the torn last write of a loss of power, which nobody was told
 * of, or the rest of a block behind a byte that has gone bad, which may be hundreds of writes that were acknowledged. And it takes the blocks of its
 * tables for what they are without their checksums, until an assertion of its own ends the program. These functions find that before LevelDB opens its
 * files. (The formats: doc/log_format.md, doc/table_format.md and doc/impl.md of LevelDB.)
 *
 * @module
 */
import { crc32c } from './checksum.ts';

const blockBytes = 32_768;
const sectorBytes = 512;
const headBytes = 7;
const maskDelta = 0xa282_ead8;

const chunkTypes = { full: 1, first: 2, middle: 3, last: 4 } as const;

/** What a journal holds: its whole records, and what follows them. */
export interface Journal {
  readonly records: readonly Uint8Array[];
  /**
   * `whole`: nothing. `torn`: a record that did not come to its end, as when the power was lost. `damaged`: a record that had been whole, at an
   * offset.
   */
  readonly end: 'whole' | 'torn' | 'damaged';
  readonly offset: number;
}

/** Reads a file of records as LevelDB writes them. */
export function readJournal(bytes: Uint8Array): Journal {
  const records: Uint8Array[] = [];
  let pieces: Uint8Array[] = [];
  let begin = 0;
  let offset = 0;
  while (offset < bytes.length) {
    const left = blockBytes - (offset % blockBytes);
    // Too little for a record: zeros.
    if (left < headBytes) {
      offset += left;
      continue;
    }
    const chunk = chunkAt(bytes, offset);
    const continues = chunk?.type === chunkTypes.middle || chunk?.type === chunkTypes.last;
    if (chunk === undefined || continues !== pieces.length > 0) {
      // A record that begins within another one is no torn write.
      const torn = (chunk === undefined || continues) && isTorn(bytes, offset);
      return { records, end: torn ? 'torn' : 'damaged', offset };
    }
    if (!continues) begin = offset;
    pieces.push(bytes.subarray(offset + headBytes, chunk.end));
    if (chunk.type === chunkTypes.full || chunk.type === chunkTypes.last) {
      records.push(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces));
      pieces = [];
    }
    offset = chunk.end;
  }
  return pieces.length > 0 ? { records, end: 'torn', offset: begin } : { records, end: 'whole', offset };
}

/** What LevelDB's manifest says of its files. */
export interface Manifest {
  /** Journals from this number on have what is not in tables yet. */
  readonly journal: number;
  /** The bytes of each table, by its number. */
  readonly tables: ReadonlyMap<number, number>;
}

/** Reads the records of a manifest. Undefined when they are none. */
export function readManifest(records: readonly Uint8Array[]): Manifest | undefined {
  let journal = 0;
  const tables = new Map<number, number>();
  for (const record of records) {
    const fields = new Fields(record);
    while (fields.left) {
      const tag = fields.number();
      if (tag === 2) journal = fields.number();
      else if (tag === 3 || tag === 4 || tag === 9) fields.number();
      else if (tag === 1) fields.skip();
      else if (tag === 5) {
        fields.number();
        fields.skip();
      } else if (tag === 6) {
        fields.number();
        tables.delete(fields.number());
      } else if (tag === 7) {
        fields.number();
        tables.set(fields.number(), fields.number());
        fields.skip();
        fields.skip();
      } else return undefined;
      if (fields.failed) return undefined;
    }
  }
  return { journal, tables };
}

const footerBytes = 48;
const tableMagic = Buffer.from('57fb808b247547db', 'hex');
const blockTrailerBytes = 5;

/** A part of a file. */
interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** Whether each block of a table has its checksum. Tables that LevelDB has compressed are not known. */
export function isTableWhole(bytes: Buffer): boolean {
  const footer = bytes.subarray(Math.max(0, bytes.length - footerBytes));
  if (footer.length < footerBytes || !footer.subarray(footerBytes - tableMagic.length).equals(tableMagic)) return false;
  const fields = new Fields(footer);
  const parts = [handleOf(fields), handleOf(fields)];
  if (fields.failed) return false;
  let checked = footerBytes;
  // What describes the table, and what finds its entries; each of these leads to more blocks.
  for (const part of parts) {
    const handles = isBlockWhole(bytes, part)
      ? handlesIn(bytes.subarray(part.offset, part.offset + part.size))
      : undefined;
    if (handles === undefined || !handles.every((handle) => isBlockWhole(bytes, handle))) return false;
    for (const { size } of [part, ...handles]) checked += size + blockTrailerBytes;
  }
  // Nothing lies between the blocks.
  return checked === bytes.length;
}

function handleOf(fields: Fields): Handle {
  return { offset: fields.number(), size: fields.number() };
}

/** The handles that are the values of a block. Undefined when it is no such block. */
function handlesIn(block: Buffer): Handle[] | undefined {
  if (block.length < 4) return undefined;
  const entriesEnd = block.length - 4 - 4 * block.readUInt32LE(block.length - 4);
  const fields = new Fields(block.subarray(0, Math.max(0, entriesEnd)));
  const handles: Handle[] = [];
  while (fields.left) {
    fields.number();
    const keyBytes = fields.number();
    fields.number();
    fields.pass(keyBytes);
    handles.push(handleOf(fields));
    if (fields.failed) return undefined;
  }
  return handles;
}

/** Whether a block, which is not compressed, has its checksum. */
function isBlockWhole(bytes: Buffer, { offset, size }: Handle): boolean {
  const end = offset + size;
  if (end + blockTrailerBytes > bytes.length || bytes[end] !== 0) return false;
  return crc32c(bytes, offset, end + 1) === unmasked(bytes.readUInt32LE(end + 1));
}

/** Reads numbers and texts of a varying length. */
class Fields {
  failed = false;
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): boolean {
    return this.#offset < this.#bytes.length;
  }

  number(): number {
    let [value, scale] = [0, 1];
    for (let count = 0; count < 10; count++) {
      const byte = this.#bytes[this.#offset++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    this.failed = true;
    return 0;
  }

  skip(): void {
    this.pass(this.number());
  }

  pass(length: number): void {
    this.#offset += length;
    if (this.#offset > this.#bytes.length) this.failed = true;
  }
}

/** The piece of a record at an offset, if there is a valid one. */
function chunkAt(bytes: Uint8Array, offset: number): { readonly type: number; readonly end: number } | undefined {
  const blockEnd = Math.min(bytes.length, offset - (offset % blockBytes) + blockBytes);
  if (offset + headBytes > blockEnd) return undefined;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset + offset, headBytes);
  const end = offset + headBytes + head.readUInt16LE(4);
  const type = head.readUInt8(6);
  if (type < chunkTypes.full || type > chunkTypes.last || end > blockEnd) return undefined;
  return crc32c(bytes, offset + 6, end) === unmasked(head.readUInt32LE(0)) ? { type, end } : undefined;
}

/** A checksum as it was before LevelDB disguised it. */
function unmasked(checksum: number): number {
  const rotated = (checksum - maskDelta) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

/**
 * Whether what is wrong from an offset on can come from a loss of power during the last write: then no other record begins behind it, and the
 * file ends too early or has sectors that were never written, which are zero.
 */
function isTorn(bytes: Uint8Array, offset: number): boolean {
  for (let start = offset + 1; start + headBytes <= bytes.length; start++) {
    const type = bytes[start + 6];
    if (type !== chunkTypes.full && type !== chunkTypes.first) continue;
    if (chunkAt(bytes, start) !== undefined) return false;
  }
  const left = blockBytes - (offset % blockBytes);
  const length = (bytes[offset + 4] ?? 0) | ((bytes[offset + 5] ?? 0) << 8);
  const blockEnd = offset - (offset % blockBytes) + blockBytes;
  if (bytes.length < blockEnd && (bytes.length - offset < headBytes || offset + headBytes + length > bytes.length)) {
    return headBytes + length <= left;
  }
  for (let start = offset; start < bytes.length;) {
    const end = Math.min(bytes.length, start - (start % sectorBytes) + sectorBytes);
    if (isZero(bytes, start, end)) return true;
    start = end;
  }
  return false;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (bytes[index] !== 0) return false;
  return true;
}
