/**
 * What a value differs by from the one before it: pieces of the old one that are copied, and new bytes between them.
 *
 *     delta   = version  sum(base)  sum(target)  piece*
 *     version = one byte, 1
 *     sum     = varint of the length, then the CRC-32 of the bytes, four bytes, the lowest first
 *     piece   = varint of 2 x length,     then so many bytes that are new
 *             | varint of 2 x length + 1, then the varint of the place in the base from which so many are copied
 *
 * Numbers in varints are as in protobuf, below 2^31. Both sums are held against what they are of: a delta is never applied to another
 * base, and what comes out is what went in.
 */
import { crc32 } from 'node:zlib';
import { StateError } from './errors.ts';

const version = 1;
/** Pieces of the base are found by blocks of so many bytes; a copy of fewer is worth no more than the bytes themselves. */
const blockBytes = 32;
/** The multiplier of the rolling hash, and that of a byte which leaves its window. */
const factor = 0x0100_0193;
const leaving = power(factor, blockBytes);
/** Equal stretches are compared so many bytes at a time by the machine, and only the end of them byte by byte. */
const stride = 4096;
const lengthMax = 2 ** 31 - 1;

/** Makes the delta that leads from one value to another. */
export function makeDelta(base: Uint8Array, target: Uint8Array): Uint8Array {
  if (base.length > lengthMax || target.length > lengthMax) {
    throw new StateError('STATE_FAILED', `Values of more than ${lengthMax} bytes have no delta`);
  }
  const writer = new DeltaWriter();
  writer.byte(version);
  writer.sum(base);
  writer.sum(target);
  const start = equalAtStart(base, target);
  const end = equalAtEnd(base, target, start);
  writer.copy(0, start);
  writeMiddle(writer, base, target, { start, baseEnd: base.length - end, targetEnd: target.length - end });
  writer.copy(base.length - end, end);
  return writer.finish();
}

/** Applies a delta to the value that it was made of. Throws `STATE_CORRUPT` if it is damaged, or was made of another. */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Uint8Array {
  const reader = new DeltaReader(delta);
  if (reader.byte() !== version) throw corrupt('it is of a version that is not known');
  reader.checkSum(base, 'it is of another base');
  const length = reader.varint();
  const sum = reader.fixed32();
  const target = new Uint8Array(checkedLength(length, base, delta));
  let filled = 0;
  while (!reader.isAtEnd) {
    const head = reader.varint();
    const size = head >>> 1;
    if (filled + size > length) throw corrupt('it is longer than it says');
    if ((head & 1) === 0) {
      target.set(reader.bytes(size), filled);
    } else {
      const from = reader.varint();
      if (from + size > base.length) throw corrupt('it copies what is not there');
      target.set(base.subarray(from, from + size), filled);
    }
    filled += size;
  }
  if (filled !== length || crc32(target) !== sum) throw corrupt('what it makes is not what it was made of');
  return target;
}

/** Nothing can be copied more often than there are pieces: a damaged length must not make this program take all the memory. */
function checkedLength(length: number, base: Uint8Array, delta: Uint8Array): number {
  if (length > (base.length + 1) * delta.length) throw corrupt('its length is impossible');
  return length;
}

function corrupt(why: string): StateError {
  return new StateError('STATE_CORRUPT', `A delta is damaged: ${why}`);
}

interface Middle {
  readonly start: number;
  readonly baseEnd: number;
  readonly targetEnd: number;
}

/** Writes what lies between the equal starts and the equal ends. */
function writeMiddle(
  writer: DeltaWriter,
  base: Uint8Array,
  target: Uint8Array,
  { baseEnd, start, targetEnd }: Middle,
): void {
  const blocks = blocksOf(base, start, baseEnd);
  let told = start;
  let at = start;
  let hash = 0;
  let isHashed = false;
  while (blocks.size > 0 && at + blockBytes <= targetEnd) {
    if (!isHashed) hash = hashOf(target, at);
    isHashed = true;
    const from = blocks.get(hash);
    const size = from === undefined ? 0 : equalFrom(base, from, baseEnd, target, at, targetEnd);
    if (from !== undefined && size >= blockBytes) {
      // What is equal may begin before the block that was found.
      let before = 0;
      while (at - before > told && from - before > start && base[from - before - 1] === target[at - before - 1]) {
        before++;
      }
      writer.insert(target.subarray(told, at - before));
      writer.copy(from - before, size + before);
      at += size;
      told = at;
      isHashed = false;
    } else {
      hash = (Math.imul(hash, factor) + (target[at + blockBytes] ?? 0) - Math.imul(target[at] ?? 0, leaving)) | 0;
      at++;
    }
  }
  writer.insert(target.subarray(told, targetEnd));
}

/** Where each block of a stretch is, by its hash; of equal ones the first. What both values begin and end with is not looked for elsewhere: most changes are small. */
function blocksOf(bytes: Uint8Array, start: number, end: number): ReadonlyMap<number, number> {
  const blocks = new Map<number, number>();
  for (let at = start; at + blockBytes <= end; at += blockBytes) {
    const hash = hashOf(bytes, at);
    if (!blocks.has(hash)) blocks.set(hash, at);
  }
  return blocks;
}

function hashOf(bytes: Uint8Array, at: number): number {
  let hash = 0;
  for (let index = at; index < at + blockBytes; index++) hash = (Math.imul(hash, factor) + (bytes[index] ?? 0)) | 0;
  return hash;
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let index = 0; index < exponent; index++) result = Math.imul(result, base);
  return result;
}

/** How many bytes are equal from two places on. */
function equalFrom(
  left: Uint8Array,
  leftStart: number,
  leftEnd: number,
  right: Uint8Array,
  rightStart: number,
  rightEnd: number,
): number {
  const max = Math.min(leftEnd - leftStart, rightEnd - rightStart);
  let size = 0;
  while (size < max && left[leftStart + size] === right[rightStart + size]) size++;
  return size;
}

function equalAtStart(left: Uint8Array, right: Uint8Array): number {
  const max = Math.min(left.length, right.length);
  let size = 0;
  while (size + stride <= max && isEqual(left, size, right, size)) size += stride;
  while (size < max && left[size] === right[size]) size++;
  return size;
}

/** How many bytes are equal at the ends, without the first `start` of either. */
function equalAtEnd(left: Uint8Array, right: Uint8Array, start: number): number {
  const max = Math.min(left.length, right.length) - start;
  let size = 0;
  while (size + stride <= max && isEqual(left, left.length - size - stride, right, right.length - size - stride)) {
    size += stride;
  }
  while (size < max && left[left.length - size - 1] === right[right.length - size - 1]) size++;
  return size;
}

function isEqual(left: Uint8Array, leftAt: number, right: Uint8Array, rightAt: number): boolean {
  return Buffer.compare(left.subarray(leftAt, leftAt + stride), right.subarray(rightAt, rightAt + stride)) === 0;
}

/** Collects the parts of a delta. */
class DeltaWriter {
  readonly #parts: Uint8Array[] = [];

  byte(value: number): void {
    this.#parts.push(Uint8Array.of(value));
  }

  varint(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80);
    this.#parts.push(Uint8Array.of(...bytes, rest));
  }

  sum(bytes: Uint8Array): void {
    this.varint(bytes.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc32(bytes));
    this.#parts.push(sum);
  }

  insert(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.varint(2 * bytes.length);
    this.#parts.push(bytes);
  }

  copy(from: number, length: number): void {
    if (length === 0) return;
    this.varint(2 * length + 1);
    this.varint(from);
  }

  finish(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.#parts));
  }
}

/** Reads the parts of a delta, which may be damaged. */
class DeltaReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    return this.bytes(1)[0] ?? 0;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw corrupt('it ends too soon');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  fixed32(): number {
    return this.bytes(4).readUInt32LE();
  }

  /** A number below 2^32: the head of a piece has one bit more than a length. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 35; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80 && value < 2 ** 32) return value;
    }
    throw corrupt('a number is too large');
  }

  checkSum(bytes: Uint8Array, otherwise: string): void {
    const length = this.varint();
    if (this.fixed32() !== crc32(bytes) || length !== bytes.length) throw corrupt(otherwise);
  }
}
