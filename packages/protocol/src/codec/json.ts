// The JSON form of messages, as Mesos reads and writes it: enums by name, bytes in base64, 64-bit integers as numbers.
import { fromBase64, toBase64 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { enums, messages } from '../generated/schema.ts';
import { within64Bits } from './integers.ts';
import { parseJson } from './parse-json.ts';
import { check, type MessageName, type MessageOf } from '../schema/check.ts';
import { missingFields } from '../schema/missing.ts';
import type { FieldEntry } from '../schema/table.ts';
import { isPlainObject, isScalarType, messageDepthMax } from '../schema/validate.ts';

/** A value of JSON. */
export type JsonValue = boolean | number | string | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** An object of JSON. */
export type JsonObject = Record<string, JsonValue>;

const notBase64 = /[^A-Za-z0-9+/\s]/;

function bytesToJson(value: unknown): string {
  return value instanceof Uint8Array ? toBase64(value) : '';
}

/** JSON has no infinite numbers; Mesos reads texts for them, but none for what is no number, which is thus unset. */
function doubleToJson(value: number): number | string | null {
  if (Number.isNaN(value)) return null;
  return Number.isFinite(value) ? value : String(value);
}

function valueToJson(type: string, value: unknown): JsonValue {
  if (type === 'bytes') return bytesToJson(value);
  if (typeof value === 'number') return doubleToJson(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return messageToJson(type, value);
}

/** Answers that Mesos writes list by list and not as messages: the lists that are there are written even when they are empty. */
const listsShownEmpty: ReadonlySet<string> = new Set([
  'mesos.v1.master.Response.GetAgents',
  'mesos.v1.master.Response.GetExecutors',
  'mesos.v1.master.Response.GetFrameworks',
  'mesos.v1.master.Response.GetMetrics',
  'mesos.v1.master.Response.GetTasks',
]);

/** Whether empty lists of a message are written. */
export function hasListsShownEmpty(name: string): boolean {
  return listsShownEmpty.has(name);
}

function fieldToJson(entry: FieldEntry, value: unknown): JsonValue | undefined {
  const [, , label, type] = entry;
  if (label === 'repeated') {
    const list = (value as unknown[]).map((item) => valueToJson(type, item));
    return list.length === 0 ? undefined : list;
  }
  if (label !== 'map') return valueToJson(type, value);
  const members = Object.entries(value as object).map(([key, item]) => [key, valueToJson(type, item)] as const);
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

function messageToJson(name: string, value: unknown): JsonObject {
  const result: JsonObject = {};
  if (!isPlainObject(value)) return result;
  for (const entry of messages[name] ?? []) {
    const member = value[entry[0]] ?? entry[4]?.default;
    const json = member === undefined ? undefined : fieldToJson(entry, member);
    if (json !== undefined) result[entry[0]] = json;
    else if (member !== undefined && hasListsShownEmpty(name)) result[entry[0]] = [];
  }
  return result;
}

/**
 * The JSON form of a message, ready for `JSON.stringify`. Unset fields and empty lists are left out; an unset field with a
 * default that is not deprecated is written with its default, as Mesos does. Of `GET_STATE` and its parts, and of `GET_METRICS`,
 * lists that are there are written even when they are empty, as Mesos does: clients go through them without looking.
 */
export function toJson<N extends MessageName>(name: N, message: MessageOf<N>): JsonObject {
  return messageToJson(name, message);
}

function refuse(reason: string): never {
  throw new ProtocolError('PROTOCOL_INVALID_MESSAGE', reason);
}

function rethrow(error: unknown): never {
  throw error;
}

function kindOf(json: unknown): string {
  if (Array.isArray(json)) return 'array';
  return typeof json;
}

/** A number or a boolean that was told as a text of JSON. */
function scalarFromText(field: string, kind: 'boolean', text: string): boolean;
function scalarFromText(field: string, kind: 'number', text: string): number;
function scalarFromText(field: string, kind: 'boolean' | 'number', text: string): unknown {
  const { error, value } = parseJson(text);
  if (typeof value === kind) return value;
  return refuse(
    `Failed to parse '${text}' as a JSON ${kind} for field '${field}': ${error ?? 'Unexpected JSON type parsed'}`,
  );
}

function numberFromJson(field: string, type: string, json: unknown): number {
  const isReal = type === 'double' || type === 'float';
  if (typeof json === 'number') {
    if (!Number.isFinite(json)) return refuse('Value out of range');
    return isReal ? json : within64Bits(type, Math.trunc(json));
  }
  if (typeof json !== 'string') return refuse(`Not expecting a JSON ${kindOf(json)} for field '${field}'`);
  if (isReal && (json === 'Infinity' || json === '-Infinity')) return Number(json);
  return numberFromJson(field, type, scalarFromText(field, 'number', json));
}

function booleanFromJson(field: string, json: unknown): boolean {
  if (typeof json === 'boolean') return json;
  if (typeof json !== 'string') return refuse(`Not expecting a JSON ${kindOf(json)} for field '${field}'`);
  return scalarFromText(field, 'boolean', json);
}

function textFromJson(field: string, json: unknown): string {
  return typeof json === 'string' ? json : refuse(`Not expecting a JSON ${kindOf(json)} for field '${field}'`);
}

function bytesFromJson(field: string, json: unknown): Uint8Array {
  // What follows the padding does not count, and neither does white space, as in Mesos.
  const [text = ''] = textFromJson(field, json).split('=', 1);
  const odd = notBase64.exec(text)?.[0];
  if (odd !== undefined) return refuse(`Failed to base64 decode bytes field '${field}': Invalid character '${odd}'`);
  return fromBase64(text);
}

function enumFromJson(entry: FieldEntry, json: unknown): string | undefined {
  const [field, , label, type] = entry;
  const name = textFromJson(field, json);
  if (Object.hasOwn(enums[type] ?? {}, name)) return name;
  return label === 'required' ? refuse(`Failed to find enum for '${name}'`) : undefined;
}

function valueFromJson(entry: FieldEntry, json: unknown, depth: number): unknown {
  const [field, , , type] = entry;
  if (!isScalarType(type)) {
    if (Object.hasOwn(enums, type)) return enumFromJson(entry, json);
    if (!isPlainObject(json)) return refuse(`Not expecting a JSON ${kindOf(json)} for field '${field}'`);
    return messageFromJson(type, json, depth + 1);
  }
  if (type === 'string') return textFromJson(field, json);
  if (type === 'bytes') return bytesFromJson(field, json);
  return type === 'bool' ? booleanFromJson(field, json) : numberFromJson(field, type, json);
}

function fieldFromJson(entry: FieldEntry, json: unknown, depth: number): unknown {
  const [field, , label] = entry;
  if (label === 'repeated') {
    // A value that stands alone is a list of one.
    const list: readonly unknown[] = Array.isArray(json) ? json : [json];
    const items = list.filter((item) => item !== null).map((item) => valueFromJson(entry, item, depth));
    return items.filter((item) => item !== undefined);
  }
  if (label !== 'map') return valueFromJson(entry, json, depth);
  if (!isPlainObject(json)) return refuse(`Not expecting a JSON ${kindOf(json)} for field '${field}'`);
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, valueFromJson(entry, item, depth)]));
}

function messageFromJson(name: string, json: Record<string, unknown>, depth: number): Record<string, unknown> {
  if (depth > messageDepthMax) return refuse(`nested deeper than ${messageDepthMax} messages`);
  const result: Record<string, unknown> = {};
  for (const entry of messages[name] ?? []) {
    const [field] = entry;
    const member = Object.hasOwn(json, field) ? json[field] : undefined;
    if (member === undefined || member === null) continue;
    const value = fieldFromJson(entry, member, depth);
    if (value === undefined) continue;
    // Of fields that exclude each other the last one counts.
    for (const other of messages[name] ?? []) {
      if (entry[4]?.oneof !== undefined && other[4]?.oneof === entry[4].oneof) Reflect.deleteProperty(result, other[0]);
    }
    result[field] = value;
  }
  return result;
}

/**
 * The message of a JSON form (what `JSON.parse` returned). Lenient as Mesos is: `null` is unset, unknown fields are ignored,
 * an unknown enum value counts as unset, numbers and booleans may be texts, and a list of one may be told without the list.
 *
 * @throws {@link ProtocolError} `PROTOCOL_INVALID_MESSAGE` if a value has the wrong type or a required field is missing.
 */
export function fromJson<N extends MessageName>(name: N, json: unknown): MessageOf<N> {
  if (!isPlainObject(json)) return refuse('Expecting a JSON object');
  const message = messageFromJson(name, json, 1);
  try {
    return check(name, message);
  } catch (error) {
    const missing = missingFields(name, message);
    return missing.length === 0 ? rethrow(error) : refuse(`Missing required fields: ${missing.join(', ')}`);
  }
}
