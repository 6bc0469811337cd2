// The shape of the generated schema table: everything the validator and the codecs know about the messages.

/** The scalar types of protobuf. */
export type ScalarType =
  | 'bool'
  | 'bytes'
  | 'double'
  | 'fixed32'
  | 'fixed64'
  | 'float'
  | 'int32'
  | 'int64'
  | 'sfixed32'
  | 'sfixed64'
  | 'sint32'
  | 'sint64'
  | 'string'
  | 'uint32'
  | 'uint64';

/** How often a field may stand in a message. */
export type FieldLabel = 'map' | 'optional' | 'repeated' | 'required';

/** What few fields have. */
export interface FieldExtra {
  /** What an unset field stands for. */
  readonly default?: boolean | number | string;
  /** The type of a map's keys. */
  readonly key?: ScalarType;
  /** The group of fields, by name, of which no more than one may be set. */
  readonly oneof?: string;
}

/** One field: its name, number and label, the scalar or full name of its type, and what few fields have. */
export type FieldEntry = readonly [name: string, number: number, label: FieldLabel, type: string, extra?: FieldExtra];

/** The fields of every message, by its full protobuf name. */
export type MessageTable = Readonly<Record<string, readonly FieldEntry[]>>;

/** The names and numbers of every enum's values, by its full protobuf name. */
export type EnumTable = Readonly<Record<string, Readonly<Record<string, number>>>>;
