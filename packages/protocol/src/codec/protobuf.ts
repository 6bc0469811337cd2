// The binary form of messages. Reading and writing follow the schema table; each message is prepared once, when first met.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ProtocolError } from '../errors.ts';
import { within64Bits } from './integers.ts';
import { ProtobufSink } from './protobuf-sink.ts';
import { enums, messages } from '../generated/schema.ts';
import { check, type MessageName, type MessageOf } from '../schema/check.ts';
import type { FieldEntry, FieldLabel, ScalarType } from '../schema/table.ts';
import { isPlainObject, isScalarType, messageDepthMax } from '../schema/validate.ts';

/** How the values of one type are read and written, one at a time, without the tag in front. */
interface TypeCodec {
  readonly wireType: WireType;
  readonly write: (sink: ProtobufSink, value: unknown) => void;
  /** Nothing stands for an enum value that is not known, which counts as unset. `before` is a message to be completed. */
  readonly read: (reader: BinaryReader, depth: number, before: unknown) => unknown;
}

interface FieldCodec {
  readonly name: string;
  readonly number: number;
  /** The number and the wire type, as they stand in front of each value. */
  readonly tag: number;
  readonly label: FieldLabel;
  readonly type: TypeCodec;
  readonly key: TypeCodec | undefined;
  /** The other fields of the group of which only one may be set. */
  readonly rivals: readonly string[];
}

interface MessageCodec {
  readonly byName: ReadonlyMap<string, FieldCodec>;
  readonly byNumber: ReadonlyMap<number, FieldCodec>;
}

type Fields = Record<string, unknown>;

function scalar<T>(
  wireType: WireType,
  write: (sink: ProtobufSink, value: T) => void,
  read: (reader: BinaryReader) => T,
): TypeCodec {
  return {
    wireType,
    // A message that is typed, or was checked, has values of the type that the schema says.
    write: (sink, value) => {
      write(sink, value as T);
    },
    read,
  };
}

/** A signed integer, so that those near 0 are short whichever side they are on. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

const scalars: Readonly<Record<ScalarType, TypeCodec>> = {
  bool: scalar(
    WireType.Varint,
    (sink, value: boolean) => {
      sink.varint(value ? 1 : 0);
    },
    (reader) => reader.bool(),
  ),
  // Copied, since what is read from belongs to somebody else.
  bytes: scalar(
    WireType.LengthDelimited,
    (sink, value: Uint8Array) => {
      sink.bytes(value);
    },
    (reader) => Uint8Array.from(reader.bytes()),
  ),
  double: scalar(
    WireType.Bit64,
    (sink, value: number) => {
      sink.double(value);
    },
    (reader) => reader.double(),
  ),
  fixed32: scalar(
    WireType.Bit32,
    (sink, value: number) => {
      sink.fixed32(value);
    },
    (reader) => reader.fixed32(),
  ),
  fixed64: scalar(
    WireType.Bit64,
    (sink, value: number) => {
      sink.fixed64(value);
    },
    (reader) => within64Bits('fixed64', Number(reader.fixed64())),
  ),
  float: scalar(
    WireType.Bit32,
    (sink, value: number) => {
      sink.float(value);
    },
    (reader) => reader.float(),
  ),
  int32: scalar(
    WireType.Varint,
    (sink, value: number) => {
      sink.varint64(value);
    },
    (reader) => reader.int32(),
  ),
  int64: scalar(
    WireType.Varint,
    (sink, value: number) => {
      sink.varint64(value);
    },
    (reader) => within64Bits('int64', Number(reader.int64())),
  ),
  sfixed32: scalar(
    WireType.Bit32,
    (sink, value: number) => {
      sink.fixed32(value);
    },
    (reader) => reader.sfixed32(),
  ),
  sfixed64: scalar(
    WireType.Bit64,
    (sink, value: number) => {
      sink.fixed64(value);
    },
    (reader) => within64Bits('sfixed64', Number(reader.sfixed64())),
  ),
  sint32: scalar(
    WireType.Varint,
    (sink, value: number) => {
      sink.varint64(zigzag(value));
    },
    (reader) => reader.sint32(),
  ),
  sint64: scalar(
    WireType.Varint,
    (sink, value: number) => {
      sink.varint64(zigzag(value));
    },
    (reader) => within64Bits('sint64', Number(reader.sint64())),
  ),
  string: scalar(
    WireType.LengthDelimited,
    (sink, value: string) => {
      sink.text(value);
    },
    (reader) => reader.string(),
  ),
  uint32: scalar(
    WireType.Varint,
    (sink, value: number) => {
      sink.varint64(value);
    },
    (reader) => reader.uint32(),
  ),
  uint64: scalar(
    WireType.Varint,
    (sink, value: number) => {
      sink.varint64(value);
    },
    (reader) => within64Bits('uint64', Number(reader.uint64())),
  ),
};

function enumCodec(values: Readonly<Record<string, number>>): TypeCodec {
  const names = new Map<number, string>();
  for (const [name, number] of Object.entries(values)) if (!names.has(number)) names.set(number, name);
  return {
    wireType: WireType.Varint,
    write: (sink, value) => {
      sink.varint64(values[String(value)] ?? 0);
    },
    read: (reader) => names.get(reader.int32()),
  };
}

function messageCodec(name: string): TypeCodec {
  // Looked up when it is needed: types contain each other.
  let codec: MessageCodec | undefined;
  return {
    wireType: WireType.LengthDelimited,
    write: (sink, value) => {
      const begin = sink.begin();
      writeFields(sink, (codec ??= codecOf(name)), value as Fields);
      sink.end(begin);
    },
    read: (reader, depth, before) => {
      const length = reader.uint32();
      const end = reader.pos + length;
      if (end > reader.len) throw new RangeError('a message is longer than what contains it');
      return readFields(reader, codecOf(name), end, depth + 1, isPlainObject(before) ? before : {});
    },
  };
}

function typeCodec(type: string): TypeCodec {
  if (isScalarType(type)) return scalars[type];
  const values = enums[type];
  return values === undefined ? messageCodec(type) : enumCodec(values);
}

/** The other fields of the same group of which only one may be set. */
function rivalsOf(entry: FieldEntry, entries: readonly FieldEntry[]): readonly string[] {
  const group = entry[4]?.oneof;
  if (group === undefined) return [];
  return entries.filter((other) => other !== entry && other[4]?.oneof === group).map((other) => other[0]);
}

function fieldCodec(entry: FieldEntry, entries: readonly FieldEntry[]): FieldCodec {
  const [name, number, label, type, extra] = entry;
  const codec = typeCodec(type);
  return {
    name,
    number,
    tag: tagOf(number, codec.wireType),
    label,
    type: codec,
    key: extra?.key && scalars[extra.key],
    rivals: rivalsOf(entry, entries),
  };
}

const prepared = new Map<string, MessageCodec>();

function codecOf(name: string): MessageCodec {
  const known = prepared.get(name);
  if (known !== undefined) return known;
  const entries = messages[name] ?? [];
  const fields = entries.map((entry) => fieldCodec(entry, entries));
  const codec = {
    byName: new Map(fields.map((field) => [field.name, field])),
    byNumber: new Map(fields.map((field) => [field.number, field])),
  };
  prepared.set(name, codec);
  return codec;
}

function tagOf(number: number, wireType: WireType): number {
  return ((number << 3) | wireType) >>> 0;
}

/** Writes the fields that are set in the order of their numbers. */
function writeFields(sink: ProtobufSink, { byName }: MessageCodec, message: Fields): void {
  const set: FieldCodec[] = [];
  // What is set, and not what could be: messages have many fields, of which few are.
  for (const name in message) {
    const field = byName.get(name);
    if (field === undefined) continue;
    let place = set.length;
    for (let before = set[place - 1]; before !== undefined && before.number > field.number; before = set[place - 1]) {
      set[place--] = before;
    }
    set[place] = field;
  }
  for (const field of set) {
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    if (field.label === 'map') writeMap(sink, field, value as Fields);
    else if (field.label === 'repeated') for (const item of value as unknown[]) writeValue(sink, field, item);
    else writeValue(sink, field, value);
  }
}

function writeValue(sink: ProtobufSink, field: FieldCodec, value: unknown): void {
  sink.varint(field.tag);
  field.type.write(sink, value);
}

/** A map is a list of messages with the fields 1, the key, and 2, the value. */
function writeMap(sink: ProtobufSink, field: FieldCodec, map: Fields): void {
  const { key = scalars.string, number, type } = field;
  for (const [name, value] of Object.entries(map)) {
    sink.varint(tagOf(number, WireType.LengthDelimited));
    const begin = sink.begin();
    sink.varint(tagOf(1, key.wireType));
    key.write(sink, name);
    sink.varint(tagOf(2, type.wireType));
    type.write(sink, value);
    sink.end(begin);
  }
}

function readFields(reader: BinaryReader, codec: MessageCodec, end: number, depth: number, message: Fields): Fields {
  if (depth > messageDepthMax) throw new RangeError(`nested deeper than ${messageDepthMax} messages`);
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = codec.byNumber.get(number);
    if (field === undefined || !readField(reader, field, wireType, depth, message)) reader.skip(wireType, number);
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than the message that contains it');
  return message;
}

/** Reads the value of a field into the message. False, with nothing read, if it has not the wire type of the field. */
function readField(
  reader: BinaryReader,
  field: FieldCodec,
  wireType: WireType,
  depth: number,
  message: Fields,
): boolean {
  const { label, name, type } = field;
  if (label === 'map') return wireType === WireType.LengthDelimited && readMapEntry(reader, field, depth, message);
  if (label === 'repeated') {
    if (wireType === type.wireType) append(message, name, type.read(reader, depth, undefined));
    else if (wireType === WireType.LengthDelimited) readPacked(reader, field, depth, message);
    else return false;
    return true;
  }
  if (wireType !== type.wireType) return false;
  const value = type.read(reader, depth, message[name]);
  if (value === undefined) return true;
  for (const rival of field.rivals) Reflect.deleteProperty(message, rival);
  message[name] = value;
  return true;
}

function append(message: Fields, name: string, value: unknown): void {
  if (value === undefined) return;
  const list = (message[name] ??= []) as unknown[];
  list.push(value);
}

function readPacked(reader: BinaryReader, field: FieldCodec, depth: number, message: Fields): void {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('a list is longer than what contains it');
  while (reader.pos < end) append(message, field.name, field.type.read(reader, depth, undefined));
  if (reader.pos !== end) throw new RangeError('a value is longer than the list that contains it');
}

function readMapEntry(reader: BinaryReader, field: FieldCodec, depth: number, message: Fields): boolean {
  const entry: MessageCodec = {
    byName: new Map(),
    byNumber: new Map([
      [
        1,
        {
          name: 'key',
          number: 1,
          tag: 0,
          label: 'optional',
          type: field.key ?? scalars.string,
          key: undefined,
          rivals: [],
        },
      ],
      [2, { name: 'value', number: 2, tag: 0, label: 'optional', type: field.type, key: undefined, rivals: [] }],
    ]),
  };
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('a map entry is longer than what contains it');
  const { key = '', value } = readFields(reader, entry, end, depth + 1, {});
  const map = (message[field.name] ??= {}) as Fields;
  // Defined, not assigned: a key may be called __proto__.
  Object.defineProperty(map, String(key), { value, enumerable: true, writable: true, configurable: true });
  return true;
}

/** The binary form of a message. Members that are no fields of it are left out. */
export function encode<N extends MessageName>(name: N, message: MessageOf<N>): Uint8Array {
  const sink = new ProtobufSink();
  writeFields(sink, codecOf(name), message as Fields);
  return sink.finish();
}

/**
 * The message of a binary form. Unknown fields are skipped, and unknown enum values count as unset.
 *
 * @throws {@link ProtocolError} `PROTOCOL_INVALID_PROTOBUF` if the bytes are malformed, `PROTOCOL_INVALID_MESSAGE` if
 * required fields are missing.
 */
export function decode<N extends MessageName>(name: N, bytes: Uint8Array): MessageOf<N> {
  let message: Fields;
  try {
    const reader = new BinaryReader(bytes);
    message = readFields(reader, codecOf(name), reader.len, 1, {});
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProtocolError('PROTOCOL_INVALID_PROTOBUF', `not a ${name}: ${reason}`, { cause });
  }
  return check(name, message);
}
