/** Where a runtime gets its randomness from. `SystemRandom` is unpredictable; `SeededRandom` repeats itself. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** So many random bytes. */
  bytes(length: number): Uint8Array;
  /** A random UUID, version 4, in its text form. */
  uuid(): string;
  /** A short unique text, safe in URLs and file names. */
  id(): string;
}

/** The text form of 16 bytes as a version 4 UUID (RFC 9562). */
export function formatUuid(bytes: Uint8Array): string {
  const digits = Array.from(bytes.subarray(0, 16), (byte, index) => {
    const bits = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return bits.toString(16).padStart(2, '0');
  });
  const text = digits.join('');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20, 32)}`;
}
