import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';

const deflated = promisify<Uint8Array, object, Buffer>(deflateRaw);

// A low one: what is compressed is compressed again when a part of it changes, and texts that repeat themselves so much come to a tenth anyway.
const level = 3;

/** Some bytes in the form that they have within a file of gzip (RFC 1952), whatever comes before and after them there. */
export interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of the bytes as they were. */
  readonly length: number;
  readonly crc: number;
}

/** What comes before everything: no name, no time, an unknown system. */
export const gzipHeader = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);

/** Compresses bytes, in another thread. They end at a byte of the stream and refer to nothing before them, so that any others may be around. */
export async function packed(bytes: Uint8Array): Promise<Packed> {
  const made = await deflated(bytes, { level, finishFlush: constants.Z_SYNC_FLUSH });
  // Memory of its own, which can be given away.
  return { bytes: new Uint8Array(made), length: bytes.length, crc: crc32(bytes) };
}

/** What comes behind all parts: the end of the stream, and the sums of what they were. */
export function gzipTrailer(parts: readonly Pick<Packed, 'crc' | 'length'>[]): Uint8Array<ArrayBuffer> {
  let crc = 0;
  let length = 0;
  for (const part of parts) {
    crc = combinedCrc(crc, part.crc, part.length);
    length += part.length;
  }
  const trailer = new Uint8Array(10);
  // An empty last block.
  trailer.set([0x03, 0x00]);
  const view = new DataView(trailer.buffer);
  view.setUint32(2, crc, true);
  view.setUint32(6, length % 2 ** 32, true);
  return trailer;
}

const polynomial = 0xedb88320;
const bits = 32;

/** A linear map of CRCs: for each bit what it becomes. */
type Operator = readonly number[];

/** The CRC of two runs of bytes, of which the CRCs and the length of the second are known: zeros are added to the first one's. */
export function combinedCrc(first: number, second: number, secondLength: number): number {
  let crc = first;
  // For one zero bit, then two, four and eight.
  let operator: Operator = [polynomial, ...Array.from({ length: bits - 1 }, (_, bit) => 2 ** bit)];
  for (let doubled = 0; doubled < 3; doubled++) operator = squared(operator);
  for (let left = secondLength; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) crc = applied(operator, crc);
    operator = squared(operator);
  }
  return (crc ^ second) >>> 0;
}

function squared(operator: Operator): Operator {
  return operator.map((column) => applied(operator, column));
}

function applied(operator: Operator, crc: number): number {
  let result = 0;
  for (let rest = crc >>> 0, bit = 0; rest !== 0; rest >>>= 1, bit++) {
    if ((rest & 1) !== 0) result ^= operator[bit] ?? 0;
  }
  return result >>> 0;
}
