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
  const hex = Buffer.from(bytes.subarray(0, 16));
  hex[6] = ((hex[6] ?? 0) & 0x0f) | 0x40;
  hex[8] = ((hex[8] ?? 0) & 0x3f) | 0x80;
  const text = hex.toString('hex');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20, 32)}`;
}
