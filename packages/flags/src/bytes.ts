import { parsed, unparsable, type Parsed } from './parsed.ts';

const factor = 1024;
/** Each is 1024 times the one before it. */
const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

const form = /^(\d+)(\D.*)$/s;

/**
 * Reads an amount of bytes such as `64MB`.
 *
 * The number is whole and the unit mandatory: B, KB, MB, GB or TB in any case, where 1KB is 1024B (as in Mesos).
 *
 * @returns bytes, at most `Number.MAX_SAFE_INTEGER`.
 */
export function parseBytes(text: string): Parsed<number> {
  if (/^\d*\.\d*/.test(text)) return unparsable(`Fractional bytes '${text}'`);
  const match = form.exec(text);
  if (match === null) return unparsable(`Invalid bytes '${text}'`);
  const name = match[2] ?? '';
  const exponent = units.findIndex((unit) => unit === name.toUpperCase());
  if (exponent === -1) {
    return unparsable(`Unknown bytes unit '${name}'; supported units are 'B', 'KB', 'MB', 'GB', and 'TB'`);
  }
  const bytes = Number(match[1]) * factor ** exponent;
  if (!Number.isSafeInteger(bytes)) return unparsable(`'${text}' is more than ${Number.MAX_SAFE_INTEGER} bytes`);
  return parsed(bytes);
}

/**
 * Prints an amount of bytes as Mesos does: in the largest unit that loses nothing (`64MB`, `1025B`).
 *
 * @param bytes - a whole number, not negative.
 */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let exponent = 0;
  while (value !== 0 && value % factor === 0 && exponent < units.length - 1) {
    value /= factor;
    exponent += 1;
  }
  return `${value}${units[exponent]}`;
}
