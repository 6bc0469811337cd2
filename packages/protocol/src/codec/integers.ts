import { int64Max, uint64Max } from '../schema/validate.ts';

/**
 * A number that was read as a 64-bit integer. The greatest integers, by which clients mean "for ever", are no doubles, and what comes
 * next is beyond 64 bits: they become the greatest that are.
 */
export function within64Bits(type: string, value: number): number {
  if (value === 2 ** 63 && (type === 'int64' || type === 'sint64' || type === 'sfixed64')) return int64Max;
  return value === 2 ** 64 && (type === 'uint64' || type === 'fixed64') ? uint64Max : value;
}
