import type { ByteText } from './byte-text.ts';

/** A field of a message that is pieced together: a message, or a list of messages that are in their form already. */
export type Part = { readonly name: string; readonly number: number } & (
  | { readonly parts: readonly Part[] }
  | { readonly items: readonly string[] }
);

/** Adds a message of these fields, in their order, as JSON. */
export function addJson(text: ByteText, parts: readonly Part[]): void {
  let separator = '{';
  for (const part of parts) {
    text.add(`${separator}"${part.name}":`);
    separator = ',';
    if ('parts' in part) addJson(text, part.parts);
    else addJsonList(text, part.items);
  }
  text.add(separator === '{' ? '{}' : '}');
}

function addJsonList(text: ByteText, items: readonly string[]): void {
  let separator = '[';
  for (const item of items) {
    text.add(separator);
    text.add(item);
    separator = ',';
  }
  text.add(separator === '[' ? '[]' : ']');
}

/** Adds the fields of a message as protobuf, in the order of their numbers. */
export function addProtobuf(text: ByteText, parts: readonly Part[]): void {
  for (const part of parts.toSorted((left, right) => left.number - right.number)) {
    if ('parts' in part) {
      text.add(
        prefix(
          part.number,
          part.parts.reduce((sum, inner) => sum + sizeOf(inner), 0),
        ),
      );
      addProtobuf(text, part.parts);
    } else {
      for (const item of part.items) {
        text.add(prefix(part.number, item.length));
        text.add(item);
      }
    }
  }
}

/** How many bytes of protobuf a field takes. */
function sizeOf(part: Part): number {
  const { number } = part;
  if ('items' in part) return part.items.reduce((sum, { length }) => sum + prefixSize(number, length) + length, 0);
  const inner = part.parts.reduce((sum, each) => sum + sizeOf(each), 0);
  return prefixSize(number, inner) + inner;
}

/** The tag of a field of bytes and their length. */
function prefix(number: number, length: number): string {
  // Wire type 2 is for what has a length.
  return varint(number * 8 + 2) + varint(length);
}

function prefixSize(number: number, length: number): number {
  return varintSize(number * 8 + 2) + varintSize(length);
}

function varint(value: number): string {
  let text = '';
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) text += String.fromCharCode((rest % 0x80) + 0x80);
  return text + String.fromCharCode(rest);
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size++;
  return size;
}
