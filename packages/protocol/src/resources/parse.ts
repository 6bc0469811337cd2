// Resources as they are written in flags: `cpus:4;mem(web):2048;ports:[31000-32000]`, or a JSON list of messages.
import { parsed, unparsable, type Parsed } from '@mesos-ts/flags/parsed';
import { fromJson } from '../codec/json.ts';
import { ProtocolError } from '../errors.ts';
import type { Resource } from '../generated/mesos-v1.ts';
import { unreservedRole } from '../roles.ts';
import { parseValue } from './parse-value.ts';
import { upgradeResource } from './refinement.ts';
import { Resources } from './resources.ts';
import { validateResource } from './validate.ts';

function parseNameAndRole(text: string, defaultRole: string): Parsed<{ name: string; role: string }> {
  const open = text.indexOf('(');
  if (open === -1) return parsed({ name: text.trim(), role: defaultRole });
  const close = text.indexOf(')');
  if (close < open) return unparsable(`Bad value for resources, mismatched parentheses in ${text}`);
  return parsed({ name: text.slice(0, open).trim(), role: text.slice(open + 1, close).trim() });
}

function parseToken(token: string, defaultRole: string): Parsed<Resource> {
  const parts = token.split(':').filter((part) => part !== '');
  const [head, amount] = parts;
  if (head === undefined || amount === undefined || parts.length !== 2) {
    return unparsable(`Bad value for resources, missing or extra ':' in ${token}`);
  }
  const names = parseNameAndRole(head, defaultRole);
  if (names.error !== undefined) return names;
  const { name, role } = names.value;
  const value = parseValue(amount);
  if (value.error !== undefined) {
    return unparsable(`Failed to parse resource ${name} value ${amount} error ${value.error}`);
  }
  const { type } = value.value;
  if (type === 'TEXT') return unparsable(`Bad type for resource ${name} value ${amount} type ${type}`);
  return parsed({ name, ...value.value, role });
}

function parseShort(text: string, defaultRole: string): Parsed<Resource[]> {
  const resources: Resource[] = [];
  for (const token of text.split(';')) {
    if (token.trim() === '') continue;
    const resource = parseToken(token, defaultRole);
    if (resource.error !== undefined) return resource;
    resources.push(resource.value);
  }
  return parsed(resources);
}

function jsonListOf(text: string): unknown[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    const json: unknown = JSON.parse(text);
    return Array.isArray(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function readResource(item: unknown): Parsed<Resource> {
  try {
    return parsed(fromJson('mesos.v1.Resource', item));
  } catch (error) {
    if (error instanceof ProtocolError) return unparsable(error.message);
    throw error;
  }
}

function parseList(list: readonly unknown[], defaultRole: string): Parsed<Resource[]> {
  const resources: Resource[] = [];
  for (const item of list) {
    const resource = readResource(item);
    if (resource.error !== undefined) {
      return unparsable(`Some JSON resources were not formatted properly: ${resource.error}`);
    }
    const { reservations = [], role } = resource.value;
    const isRoleSaid = role !== undefined || reservations.length > 0;
    resources.push(isRoleSaid ? resource.value : { ...resource.value, role: defaultRole });
  }
  return parsed(resources);
}

/** What may be given to an agent from the outside: no volumes, nothing revocable, no dynamic reservations. */
function validateGiven(resource: Resource): string | undefined {
  if (resource.disk?.persistence !== undefined) return 'Persistent volumes cannot be specified at the command line';
  if (resource.revocable !== undefined) {
    return "Revocable resources cannot be specified at the command line; do not include a 'revocable' key in the resources JSON";
  }
  if (resource.reservations?.at(-1)?.type === 'DYNAMIC') {
    return 'Dynamic reservations cannot be specified at the command line; do not include a reservation with DYNAMIC type in the resources JSON';
  }
  return undefined;
}

function validateTypes(resources: readonly Resource[]): string | undefined {
  const types = new Map<string, string>();
  for (const { name, type } of resources) {
    if ((types.get(name) ?? type) !== type) {
      return `Resources with the same name ('${name}') but different types are not allowed`;
    }
    types.set(name, type);
  }
  return undefined;
}

/**
 * Reads resources as given on the command line: the short syntax, or a JSON list of Resource messages.
 *
 * @param defaultRole - The role that what names none is (statically) reserved for; `*` for none.
 */
export function parseResources(text: string, defaultRole: string = unreservedRole): Parsed<Resources> {
  const list = jsonListOf(text);
  const read = list === undefined ? parseShort(text, defaultRole) : parseList(list, defaultRole);
  if (read.error !== undefined) return read;
  const resources: Resource[] = [];
  for (const resource of read.value) {
    const error = validateResource(resource);
    if (error !== undefined) return unparsable(error);
    const upgraded = upgradeResource(resource);
    const refusal = validateGiven(upgraded);
    if (refusal !== undefined) return unparsable(refusal);
    resources.push(upgraded);
  }
  const error = validateTypes(resources);
  return error === undefined ? parsed(Resources.of(resources)) : unparsable(error);
}
