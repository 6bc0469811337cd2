// The JSON form of messages, written to bytes in one pass: most of what the daemons say leaves this way. An object for each message, or
// one text of everything, would live until the end and cost the collector more than all else.
import { enums, messages } from '../generated/schema.ts';
import { isScalarType } from '../schema/validate.ts';
import { hasListsShownEmpty } from './json.ts';
import type { MessageName, MessageOf } from '../schema/check.ts';
import type { FieldEntry } from '../schema/table.ts';

// Texts of this length become bytes: long enough for that to cost little, short enough to be forgotten soon.
const flushedLength = 1024;
const firstBytes = 512;

/** Collects a text piece by piece. */
class JsonSink {
  /** To be added to; `spill` is to be called now and then. */
  text = '';
  #bytes = Buffer.allocUnsafe(firstBytes);
  #length = 0;

  /** Turns what was added into bytes when there is enough of it. */
  spill(): void {
    if (this.text.length >= flushedLength) this.#flush();
  }

  finish(): Buffer {
    // The rule rather than the exception: a short text that was never spilt.
    if (this.#length === 0) return Buffer.from(this.text);
    this.#flush();
    return this.#bytes.subarray(0, this.#length);
  }

  #flush(): void {
    // No code unit of UTF-16 takes more than three bytes.
    const needed = this.#length + this.text.length * 3;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(this.text, this.#length);
    this.text = '';
  }
}

interface MessageWriter {
  readonly fields: ReadonlyMap<string, FieldWriter>;
  /** The fields that stand for something when they are unset, and their text. */
  readonly defaults: readonly (readonly [name: string, text: string])[];
}

/** Writes a value of one type. */
type Writer = (sink: JsonSink, value: unknown) => void;

interface FieldWriter {
  /** The name in quotes, and the colon. */
  readonly prefix: string;
  /** Whether a value is written at all. */
  readonly isShown: ((value: unknown) => boolean) | undefined;
  readonly write: Writer;
}

// Characters that do not stand for themselves, which few texts have.
// oxlint-disable-next-line no-control-regex -- control characters are what the rule is about
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/;

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'null' : `"${value}"`;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return needsEscape.test(value) ? JSON.stringify(value) : `"${value}"`;
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'boolean' ? String(value) : '{}';
}

function writeText(sink: JsonSink, value: unknown): void {
  sink.text += textOf(value);
}

function writeBytes(sink: JsonSink, value: unknown): void {
  sink.text +=
    value instanceof Uint8Array
      ? `"${Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')}"`
      : '""';
  sink.spill();
}

function writerOf(type: string): Writer {
  if (type === 'bytes') return writeBytes;
  if (isScalarType(type) || Object.hasOwn(enums, type)) return writeText;
  // Looked up when it is needed: types contain each other.
  let message: MessageWriter | undefined;
  return (sink, value) => {
    writeMessage(sink, (message ??= messageWriter(type)), value);
  };
}

function listWriter(write: Writer): Writer {
  return (sink, value) => {
    let separator = '[';
    for (const item of value as readonly unknown[]) {
      sink.text += separator;
      write(sink, item);
      separator = ',';
    }
    sink.text += separator === '[' ? '[]' : ']';
    sink.spill();
  };
}

function mapWriter(write: Writer): Writer {
  return (sink, value) => {
    let separator = '{';
    for (const [key, item] of Object.entries(value as object)) {
      sink.text += `${separator}${textOf(key)}:`;
      write(sink, item);
      separator = ',';
    }
    sink.text += '}';
    sink.spill();
  };
}

const hasItems = (value: unknown): boolean => (value as readonly unknown[]).length > 0;
const hasMembers = (value: unknown): boolean => Object.keys(value as object).length > 0;

function fieldWriter(message: string, [name, , label, type]: FieldEntry): FieldWriter {
  const one = writerOf(type);
  const prefix = `"${name}":`;
  if (label === 'map') return { prefix, isShown: hasMembers, write: mapWriter(one) };
  if (label !== 'repeated') return { prefix, isShown: undefined, write: one };
  return { prefix, isShown: hasListsShownEmpty(message) ? undefined : hasItems, write: listWriter(one) };
}

const prepared = new Map<string, MessageWriter>();

function messageWriter(name: string): MessageWriter {
  let message = prepared.get(name);
  if (message === undefined) {
    const entries = messages[name] ?? [];
    message = {
      fields: new Map(entries.map((entry) => [entry[0], fieldWriter(name, entry)])),
      defaults: entries.flatMap(([field, , , , extra]) =>
        extra?.default === undefined ? [] : [[field, `"${field}":${textOf(extra.default)}`] as const],
      ),
    };
    prepared.set(name, message);
  }
  return message;
}

function writeMessage(sink: JsonSink, { defaults, fields }: MessageWriter, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    sink.text += '{}';
    return;
  }
  const members = value as Readonly<Record<string, unknown>>;
  let separator = '{';
  // What is set, and not what could be: messages have many fields, of which few are.
  for (const name in members) {
    const member = members[name];
    if (member === undefined || member === null) continue;
    const field = fields.get(name);
    if (field === undefined || field.isShown?.(member) === false) continue;
    sink.text += separator + field.prefix;
    field.write(sink, member);
    separator = ',';
  }
  for (const [name, text] of defaults) {
    if ((members[name] ?? undefined) !== undefined) continue;
    sink.text += separator + text;
    separator = ',';
  }
  sink.text += separator === '{' ? '{}' : '}';
  sink.spill();
}

/** The JSON form of a message in UTF-8 and on one line: what `JSON.stringify` makes of {@link toJson}, sooner. */
export function toJsonBytes<N extends MessageName>(name: N, message: MessageOf<N>): Uint8Array {
  const sink = new JsonSink();
  writeMessage(sink, messageWriter(name), message);
  return sink.finish();
}
