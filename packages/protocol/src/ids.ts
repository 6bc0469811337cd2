// Identifiers: the rule for ids that others choose, and the two forms of a UUID.
import { fromHex, toHex, utf8Bytes } from './bytes.ts';

const idLengthMax = 255;
// Ids become names of folders, so separators of paths are refused beside control characters.
// oxlint-disable-next-line no-control-regex -- control characters are what the rule is about
const unfitCharacters = /[\u0000-\u001f\u007f/\\]/;
const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const uuidBytes = 16;

/**
 * Says what is wrong with an id that a framework chose (of a task, an executor, ...), in Mesos's words, or nothing.
 * An id must be usable as the name of a folder. Its length is counted in bytes of UTF-8.
 */
export function validateId(id: string): string | undefined {
  if (id === '') return 'ID must not be empty';
  if (isTooLong(id)) return `ID must not be greater than ${idLengthMax} characters`;
  if (id === '.' || id === '..') return `'${id}' is disallowed`;
  return unfitCharacters.test(id) ? `'${id}' contains invalid characters` : undefined;
}

/** The text form of a UUID of 16 bytes, as in `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`. */
export function formatUuid(bytes: Uint8Array): string {
  const hex = toHex(bytes.subarray(0, uuidBytes)).padEnd(2 * uuidBytes, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The 16 bytes of a UUID in text form, or nothing if the text is no UUID. */
export function parseUuid(text: string): Uint8Array | undefined {
  if (!uuidText.test(text)) return undefined;
  return fromHex(text.replaceAll('-', ''));
}

/** The UUID, of version 4, of 16 random bytes (RFC 9562, section 5.4). */
export function randomUuid(bytes: Uint8Array): Uint8Array {
  const uuid = Uint8Array.from(bytes);
  uuid[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  uuid[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuid;
}

/** Whether these are the bytes of a UUID, of one of the versions 1 to 5. Every status update that is to be acknowledged carries one. */
export function isUuid(bytes: Uint8Array): boolean {
  const version = (bytes[6] ?? 0) >> 4;
  return bytes.length === uuidBytes && version >= 1 && version <= 5;
}

function isTooLong(id: string): boolean {
  // A character has one to three bytes, or is one of two that have four together.
  if (3 * id.length <= idLengthMax) return false;
  return id.length > idLengthMax || utf8Bytes(id).length > idLengthMax;
}
