/**
 * LevelDB drops what it cannot read at the end of its journals, whether that is the torn last write of a loss of power, which nobody was told
 * of, or the rest of a block behind a byte that has gone bad, which may be hundreds of writes that were acknowledged. These functions tell the
 * two apart before LevelDB opens its files. (The formats: doc/log_format.md and doc/impl.md of LevelDB.)
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

/** What LevelDB's manifest says of its journals: those from this number on have what is not in tables yet. Undefined when it says nothing. */
export function journalNumber(manifest: readonly Uint8Array[]): number | undefined {
  let number: number | undefined;
  for (const edit of manifest) {
    const fields = new Fields(edit);
    while (fields.left) {
      const tag = fields.number();
      if (tag === 2) number = fields.number();
      else if (tag === 3 || tag === 4 || tag === 9) fields.number();
      else if (tag === 1) fields.skip();
      else if (tag === 5) {
        fields.number();
        fields.skip();
      } else if (tag === 6) {
        fields.number();
        fields.number();
      } else if (tag === 7) {
        for (let count = 0; count < 3; count++) fields.number();
        fields.skip();
        fields.skip();
      } else return undefined;
      if (fields.failed) return undefined;
    }
  }
  return number;
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
    const length = this.number();
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
  const rotated = (head.readUInt32LE(0) - maskDelta) >>> 0;
  const expected = ((rotated >>> 17) | (rotated << 15)) >>> 0;
  return crc32c(bytes, offset + 6, end) === expected ? { type, end } : undefined;
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
