// A second, plain reading of the schema table to hold the compiled validator against.
import { enums, messages } from '../../src/generated/schema.ts';
import type { FieldEntry } from '../../src/schema/table.ts';

function isInteger(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value < max;
}

function scalarConforms(type: string, value: unknown): boolean {
  if (type === 'bool') return typeof value === 'boolean';
  if (type === 'bytes') return value instanceof Uint8Array;
  if (type === 'double' || type === 'float') return typeof value === 'number';
  if (type === 'string') return typeof value === 'string';
  const bits = type.endsWith('64') ? 64 : 32;
  const isUnsigned = type.startsWith('u') || type.startsWith('fixed');
  return isUnsigned ? isInteger(value, 0, 2 ** bits) : isInteger(value, -(2 ** (bits - 1)), 2 ** (bits - 1));
}

function valueConforms(type: string, value: unknown): boolean {
  if (Object.hasOwn(messages, type)) return conforms(type, value);
  const values = enums[type];
  if (values === undefined) return scalarConforms(type, value);
  return typeof value === 'string' && Object.hasOwn(values, value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
}

function fieldConforms(entry: FieldEntry, value: unknown): boolean {
  const [, , label, type] = entry;
  if (value === undefined || value === null) return label !== 'required';
  if (label === 'repeated')
    return Array.isArray(value) && [...(value as unknown[])].every((item) => valueConforms(type, item));
  if (label === 'map') return isObject(value) && Object.values(value).every((item) => valueConforms(type, item));
  return valueConforms(type, value);
}

/** Whether a value is a message of this name, its own members alone considered. */
export function conforms(name: string, value: unknown): boolean {
  if (!isObject(value)) return false;
  const isSet = (field: string): boolean => value[field] !== undefined && value[field] !== null;
  const groups = (messages[name] ?? []).filter((entry) => isSet(entry[0])).map((entry) => entry[4]?.oneof);
  const taken = groups.filter((group) => group !== undefined);
  if (new Set(taken).size !== taken.length) return false;
  return (messages[name] ?? []).every((entry) => {
    const own = Object.getOwnPropertyDescriptor(value, entry[0]);
    return fieldConforms(entry, own?.enumerable === true ? value[entry[0]] : undefined);
  });
}
