// Which required fields a message lacks, all of them, as libraries of protobuf list them for people.
import { messages } from '../generated/schema.ts';
import { isPlainObject } from './validate.ts';

/** Names told; a message may have thousands of members that lack something. */
const namesMax = 20;

/**
 * The paths of required fields that are not set, such as `accept.operations[0].id`: those of the message first, then those of what is in
 * it, by field number. At most so many as are of use to a reader.
 */
export function missingFields(name: string, value: unknown): string[] {
  const paths: string[] = [];
  collect(name, value, '', paths);
  return paths;
}

function collect(name: string, value: unknown, prefix: string, paths: string[]): void {
  if (!isPlainObject(value)) return;
  const entries = messages[name] ?? [];
  for (const [field, , label] of entries) {
    if (paths.length >= namesMax) return;
    if (label === 'required' && (value[field] ?? undefined) === undefined) paths.push(`${prefix}${field}`);
  }
  for (const [field, , label, type] of entries.toSorted((a, b) => a[1] - b[1])) {
    if (!Object.hasOwn(messages, type)) continue;
    const member = value[field];
    if (label === 'map' && isPlainObject(member)) {
      for (const [key, item] of Object.entries(member)) collect(type, item, `${prefix}${field}[${key}].value.`, paths);
    } else if (Array.isArray(member)) {
      for (const [index, item] of member.entries()) collect(type, item, `${prefix}${field}[${index}].`, paths);
    } else {
      collect(type, member, `${prefix}${field}.`, paths);
    }
  }
}
