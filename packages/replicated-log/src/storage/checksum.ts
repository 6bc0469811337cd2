import { crc32 } from 'node:zlib';

/** The CRC-32 of a record: of its key, so that it counts for nothing under another one, and of its value. */
export function checksum(key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key));
}

const polynomial = 0x82f63b78;
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
  return rest;
});

/** The CRC-32C (Castagnoli) of a part of some bytes, which LevelDB's files have. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let rest = ~0;
  for (let index = start; index < end; index++) {
    rest = (table[(rest ^ (bytes[index] ?? 0)) & 0xff] ?? 0) ^ (rest >>> 8);
  }
  return ~rest >>> 0;
}
