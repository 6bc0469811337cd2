import { crc32 } from 'node:zlib';

/** The CRC-32 of a record: of its key, so that it counts for nothing under another one, and of its value. */
export function checksum(key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key));
}

const polynomial = 0x82f63b78;
const tables = makeTables();

/** For each of four bytes in a row, what it does to the checksum. */
function makeTables(): readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
    return rest;
  });
  const after = (table: Uint32Array): Uint32Array => table.map((rest) => (first[rest & 0xff] ?? 0) ^ (rest >>> 8));
  const second = after(first);
  const third = after(second);
  return [first, second, third, after(third)];
}

/** The CRC-32C (Castagnoli) of a part of some bytes, which LevelDB's files have. Four bytes at a time. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  const [t0, t1, t2, t3] = tables;
  let rest = ~0;
  let index = start;
  for (const last = end - 3; index < last; index += 4) {
    rest ^=
      (bytes[index] ?? 0) |
      ((bytes[index + 1] ?? 0) << 8) |
      ((bytes[index + 2] ?? 0) << 16) |
      ((bytes[index + 3] ?? 0) << 24);
    rest =
      (t3[rest & 0xff] ?? 0) ^
      (t2[(rest >>> 8) & 0xff] ?? 0) ^
      (t1[(rest >>> 16) & 0xff] ?? 0) ^
      (t0[rest >>> 24] ?? 0);
  }
  for (; index < end; index++) rest = (t0[(rest ^ (bytes[index] ?? 0)) & 0xff] ?? 0) ^ (rest >>> 8);
  return ~rest >>> 0;
}
