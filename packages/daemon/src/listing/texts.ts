import { encode, toJsonBytes, type MessageName, type MessageOf } from '@mesos-ts/protocol';
import type { Kind } from './section.ts';

// oxlint-disable-next-line no-control-regex -- of ASCII are the texts whose bytes are their characters
const beyondAscii = /[^\u0000-\u007f]/;

/** A text in UTF-8, a character for each byte: short bytes cost much less as texts. */
function bytesOfText(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text).toString('latin1') : text;
}

/** JSON in UTF-8, a character for each byte. */
export function jsonText(value: object): string {
  return bytesOfText(JSON.stringify(value));
}

/** A message in one of its forms, a character for each byte. */
export function messageText<N extends MessageName>(form: 'json' | 'protobuf', name: N, message: MessageOf<N>): string {
  const bytes = form === 'json' ? toJsonBytes(name, message) : encode(name, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** Bytes of characters that stand for one each. */
export function bytesOfCharacters(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  Buffer.from(bytes.buffer).write(text, 0, text.length, 'latin1');
  return bytes;
}

/** A text as it is. */
export const literal: Kind<string> = { lead: '', tag: 0, text: (text) => text };

/** The members of a list of JSON. */
export interface ListKind<L> {
  readonly first: Kind<L>;
  readonly further: Kind<L>;
}

/** Makes the kinds of the members of a list of JSON. */
export function listKind<L>(text: Kind<L>['text']): ListKind<L> {
  return { first: { lead: '[', tag: 0, text }, further: { lead: ',', tag: 0, text } };
}
