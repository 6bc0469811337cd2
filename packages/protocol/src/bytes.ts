// Bytes and their texts, in web pages too: where Node.js's Buffer is there it is used, since it is faster.
const buffers: typeof Buffer | undefined = (globalThis as { readonly Buffer?: typeof Buffer }).Buffer;
const utf8 = new TextEncoder();

/** The base64 text of bytes, padded. */
export function toBase64(bytes: Uint8Array): string {
  if (buffers !== undefined) return buffers.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  return btoa(Array.from(bytes, (byte) => String.fromCodePoint(byte)).join(''));
}

/** The bytes of a base64 text, in which white space does not count and padding may be missing. */
export function fromBase64(text: string): Uint8Array {
  if (buffers !== undefined) return Uint8Array.from(buffers.from(text, 'base64'));
  const digits = text.replaceAll(/[\s=]/g, '');
  // A digit of its own says nothing.
  const whole = digits.length % 4 === 1 ? digits.slice(0, -1) : digits;
  return Uint8Array.from(atob(whole), (character) => character.codePointAt(0) ?? 0);
}

/** The hexadecimal text of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The bytes of a hexadecimal text of an even length. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(2 * index, 2 * index + 2), 16),
  );
}

/** The bytes of a text in UTF-8. */
export function utf8Bytes(text: string): Uint8Array {
  return utf8.encode(text);
}

/** One array of the bytes of many. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}
