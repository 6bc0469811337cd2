// Checks plain objects against the schema table. Each message is compiled once, when first met, into a closure.
// A check answers nothing, or the failure as the rest of a path and the reason (`.task_id.value: expected a string`);
// callers put their own step in front, so that a good message costs no path at all.
import { enums, messages } from '../generated/schema.ts';
import type { FieldEntry, ScalarType } from './table.ts';

/** How deep messages may nest; deeper ones are refused rather than followed. As in protobuf's own decoders. */
export const messageDepthMax = 100;

/** What one walk through a value keeps: how deep it is, and whether it met a known field that is set to `null`. */
interface Walk {
  depth: number;
  nulls: boolean;
}

/**
 * @param like What has passed the same check at the same depth, if anything: the objects that a value has from it have passed already. Of
 * large messages from the network the members of a list have most in common.
 */
type Check = (value: unknown, walk: Walk, like?: unknown) => string | undefined;

interface FieldCheck {
  readonly required: boolean;
  readonly check: Check;
}

const int32Min = -(2 ** 31);
const int32Max = 2 ** 31 - 1;
const uint32Max = 2 ** 32 - 1;
// The greatest numbers that lie within 64 bits: the next ones are the limits themselves, which do not.
/** @internal */
export const int64Max = 2 ** 63 - 1024;
const int64Min = -(2 ** 63);
/** @internal */
export const uint64Max = 2 ** 64 - 2048;

function integers(min: number, max: number, name: string): Check {
  return (value) => {
    if (typeof value !== 'number') return `: expected ${name}, got ${kindOf(value)}`;
    return Number.isInteger(value) && value >= min && value <= max ? undefined : `: ${value} is not ${name}`;
  };
}

const int32 = integers(int32Min, int32Max, 'a 32-bit integer');
// 64-bit integers are held as numbers. Beyond 53 bits those step by more than one: times in nanoseconds are such numbers.
const int64 = integers(int64Min, int64Max, 'a 64-bit integer');
const uint32 = integers(0, uint32Max, 'an unsigned 32-bit integer');
const uint64 = integers(0, uint64Max, 'an unsigned 64-bit integer');

const double: Check = (value) => (typeof value === 'number' ? undefined : `: expected a number, got ${kindOf(value)}`);

const scalars: Readonly<Record<ScalarType, Check>> = {
  bool: (value) => (typeof value === 'boolean' ? undefined : `: expected a boolean, got ${kindOf(value)}`),
  bytes: (value) => (value instanceof Uint8Array ? undefined : `: expected bytes, got ${kindOf(value)}`),
  double,
  fixed32: uint32,
  fixed64: uint64,
  float: double,
  int32,
  int64,
  sfixed32: int32,
  sfixed64: int64,
  sint32: int32,
  sint64: int64,
  string: (value) => (typeof value === 'string' ? undefined : `: expected a string, got ${kindOf(value)}`),
  uint32,
  uint64,
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Uint8Array) return 'bytes';
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}

/** Whether the value is an object as written `{}`: not a list, not bytes, not an instance of some class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether the name of a field's type is a scalar's. */
export function isScalarType(type: string): type is ScalarType {
  return Object.hasOwn(scalars, type);
}

const compiled = new Map<string, Check>();

function checkOfMessage(name: string): Check {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const check = compileMessage(messages[name] ?? []);
  compiled.set(name, check);
  return check;
}

function checkOfEnum(name: string): Check {
  const names = new Set<unknown>(Object.keys(enums[name] ?? {}));
  return (value) => {
    if (names.has(value)) return undefined;
    if (typeof value !== 'string') return `: expected the name of a ${name}, got ${kindOf(value)}`;
    return `: ${JSON.stringify(value.slice(0, 64))} is not a ${name}`;
  };
}

/** The check of one value of a type; messages are compiled at first use, since they may contain themselves. */
function checkOfType(type: string): Check {
  if (isScalarType(type)) return scalars[type];
  if (Object.hasOwn(enums, type)) return checkOfEnum(type);
  let check: Check | undefined;
  return (value, walk, like) => {
    check ??= checkOfMessage(type);
    return check(value, walk, like);
  };
}

function listOf(item: Check): Check {
  return (value, walk) => {
    if (!Array.isArray(value)) return `: expected a list, got ${kindOf(value)}`;
    let before: unknown;
    for (let i = 0; i < value.length; i += 1) {
      const member: unknown = value[i];
      const failure = item(member, walk, before);
      if (failure !== undefined) return `[${i}]${failure}`;
      before = member;
    }
    return undefined;
  };
}

function mapOf(item: Check): Check {
  return (value, walk) => {
    if (!isPlainObject(value)) return `: expected an object, got ${kindOf(value)}`;
    for (const key of Object.keys(value)) {
      const failure = item(value[key], walk);
      if (failure !== undefined) return `[${JSON.stringify(key.slice(0, 64))}]${failure}`;
    }
    return undefined;
  };
}

function compileField(entry: FieldEntry): FieldCheck {
  const [, , label, type] = entry;
  const item = checkOfType(type);
  if (label === 'repeated') return { required: false, check: listOf(item) };
  if (label === 'map') return { required: false, check: mapOf(item) };
  return { required: label === 'required', check: item };
}

function compileMessage(entries: readonly FieldEntry[]): Check {
  const fields = new Map<string, FieldCheck>();
  for (const entry of entries) fields.set(entry[0], compileField(entry));
  const groups = oneofGroups(entries);
  const required = entries.filter((entry) => entry[2] === 'required').map((entry) => entry[0]);
  return (value, walk, like) => {
    if (!isPlainObject(value)) return `: expected an object, got ${kindOf(value)}`;
    const passed = like as Readonly<Record<string, unknown>> | undefined;
    if (walk.depth >= messageDepthMax) return `: nested deeper than ${messageDepthMax} messages`;
    let present = 0;
    walk.depth += 1;
    // In this way no list of the names is made.
    for (const name in value) {
      const field = fields.get(name);
      const member = value[name];
      if (field === undefined || member === undefined) continue;
      if (member === null) {
        walk.nulls = true;
        continue;
      }
      if (field.required) present += 1;
      if (typeof member === 'object' && passed?.[name] === member) continue;
      const failure = field.check(member, walk);
      if (failure !== undefined) return `.${name}${failure}`;
    }
    walk.depth -= 1;
    if (present !== required.length) return missing(required, value);
    return groups.length === 0 ? undefined : crowded(groups, value);
  };
}

/** The names of the fields of which only one may be set, group by group. */
function oneofGroups(entries: readonly FieldEntry[]): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const [name, , , , extra] of entries) {
    if (extra?.oneof !== undefined) groups.set(extra.oneof, [...(groups.get(extra.oneof) ?? []), name]);
  }
  return [...groups.values()];
}

function crowded(groups: readonly (readonly string[])[], value: Record<string, unknown>): string | undefined {
  for (const names of groups) {
    const [first, second] = names.filter((name) => value[name] !== undefined && value[name] !== null);
    if (second !== undefined) return `.${second}: not allowed beside ${first ?? ''}`;
  }
  return undefined;
}

function missing(required: readonly string[], value: Record<string, unknown>): string | undefined {
  const name = required.find((candidate) => value[candidate] === undefined || value[candidate] === null);
  return name === undefined ? undefined : `.${name}: required, but not set`;
}

/** What a walk through a value found: the failure as `path: reason`, if any, and whether known fields are `null`. */
export interface Finding {
  readonly failure: string | undefined;
  readonly nulls: boolean;
}

/** Walks through a value as a message of this full name. */
export function examine(name: string, value: unknown): Finding {
  if (!Object.hasOwn(messages, name)) {
    return { failure: `no message is called ${JSON.stringify(name.slice(0, 128))}`, nulls: false };
  }
  const walk: Walk = { depth: 0, nulls: false };
  const failure = checkOfMessage(name)(value, walk);
  return { failure: failure?.replace(/^(?:\.|: )/, ''), nulls: walk.nulls };
}
