// JSON writers say `null` for an unset field. The types know only `undefined`, so nulls are dropped at the edge.
import { messages } from '../generated/schema.ts';
import { isPlainObject } from './validate.ts';
import type { FieldEntry } from './table.ts';

function dropInField(entry: FieldEntry, value: unknown): unknown {
  const [, , label, type] = entry;
  if (!Object.hasOwn(messages, type)) return value;
  if (label === 'repeated' && Array.isArray(value)) return value.map((item: unknown) => dropNulls(type, item));
  if (label !== 'map' || !isPlainObject(value)) return dropNulls(type, value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, dropNulls(type, item)]));
}

/**
 * A copy of a valid message, at every depth without the known fields that are set to `null` and without unknown fields.
 * The depth of a valid message is bounded, and so is this walk.
 */
export function dropNulls(name: string, value: unknown): unknown {
  if (!isPlainObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const entry of messages[name] ?? []) {
    const member = value[entry[0]];
    if (member !== undefined && member !== null) copy[entry[0]] = dropInField(entry, member);
  }
  return copy;
}
