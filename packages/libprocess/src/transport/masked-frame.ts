import { randomFillSync } from 'node:crypto';

const keyBytes = 4;
const keysAtOnce = 1_024;
// RFC 6455, section 5.2: the last frame of a binary message; masked; its length in the two bytes after that, or in eight.
const finalBinary = 0x82;
const masked = 0x80;
const lengthIn2 = 126;
const lengthIn8 = 127;
const shortMax = 125;
const mediumMax = 0xffff;

const keys = new Uint8Array(keysAtOnce * keyBytes);
let nextKey = keys.length;

/**
 * Makes bytes the payload of a WebSocket frame of whoever has connected, by a key that nobody can foretell (RFC 6455, section 5.3), and
 * answers what comes before them. ws copies what it masks, and masks it byte by byte.
 * @param key Four bytes. @default random ones
 */
export function maskFrame(payload: Uint8Array, key: Uint8Array = freshKey()): Uint8Array {
  mask(payload, key);
  return Uint8Array.of(finalBinary, ...lengthOf(payload.length), ...key);
}

function lengthOf(length: number): number[] {
  if (length <= shortMax) return [masked | length];
  if (length <= mediumMax) return [masked | lengthIn2, length >>> 8, length & 0xff];
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return [masked | lengthIn8, ...bytes];
}

function mask(bytes: Uint8Array, key: Uint8Array): void {
  const maskEach = (from: number, to: number): void => {
    for (let index = from; index < to; index++) bytes[index] = (bytes[index] as number) ^ (key[index & 3] as number);
  };
  if (bytes.length < 2 * keyBytes) {
    maskEach(0, bytes.length);
    return;
  }
  // Words begin at multiples of their length only.
  const first = -bytes.byteOffset & 3;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + first, (bytes.length - first) >>> 2);
  const turned = Uint8Array.from({ length: keyBytes }, (_, index) => key[(first + index) & 3] as number);
  const word = new Int32Array(turned.buffer)[0] as number;
  maskEach(0, first);
  for (let index = 0; index < words.length; index++) words[index] = (words[index] as number) ^ word;
  maskEach(first + 4 * words.length, bytes.length);
}

function freshKey(): Uint8Array {
  if (nextKey === keys.length) {
    randomFillSync(keys);
    nextKey = 0;
  }
  return keys.subarray(nextKey, (nextKey += keyBytes));
}
