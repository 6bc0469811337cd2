import { authorizableEndpoints } from '../authorizable-endpoints.ts';
import { aclTable, type AclName, type ObjectsKind } from './acl-table.ts';
import type { Parsed } from '@mesos-ts/flags';

/** Some, by their names, or all, or none. */
export type Entity = { readonly type: 'SOME'; readonly values: readonly string[] } | { readonly type: 'ANY' | 'NONE' };

/** One rule: what these principals may do, and to what. The first rule that is about both decides. */
export interface Acl {
  readonly principals: Entity;
  readonly objects: Entity;
}

/** What `--acls` says. */
export interface Acls {
  /** What holds where no rule decides. */
  readonly permissive: boolean;
  readonly rules: Readonly<Partial<Record<AclName, readonly Acl[]>>>;
}

/**
 * Reads ACLs from JSON (Mesos's `ACLs` message). What is missing has Mesos's defaults: `permissive` is true and the type of an entity
 * SOME; one value may stand for a list of it. Unlike in Mesos a name that is not known is refused: a rule that is misspelled would
 * not protect anything.
 */
export function parseAcls(json: unknown): Parsed<Acls> {
  try {
    return { value: aclsOf(json) };
  } catch (error) {
    if (error instanceof AclProblem) return { error: error.message };
    throw error;
  }
}

/** Made and caught here. */
class AclProblem extends Error {}

function aclsOf(json: unknown): Acls {
  const { permissive, ...lists } = objectAt(json, 'ACLs');
  if (!(permissive === undefined || permissive === null || typeof permissive === 'boolean')) {
    throw new AclProblem(`'permissive' must be true or false, got ${shown(permissive)}`);
  }
  const rules: Partial<Record<AclName, readonly Acl[]>> = {};
  for (const [name, list] of Object.entries(lists)) {
    if (!isAclName(name)) throw new AclProblem(`'${name}' is no kind of ACLs`);
    if (list !== null) rules[name] = listOf(list).map((rule, index) => ruleOf(name, rule, `${name}[${index}]`));
  }
  return { permissive: permissive ?? true, rules };
}

function isAclName(name: string): name is AclName {
  return Object.hasOwn(aclTable, name);
}

function ruleOf(name: AclName, json: unknown, path: string): Acl {
  const { kind, objects } = aclTable[name];
  const fields = objectAt(json, path);
  for (const field of Object.keys(fields)) {
    if (field !== 'principals' && field !== objects) {
      throw new AclProblem(`'${path}.${field}' is not known: Expecting 'principals' and '${objects}'`);
    }
  }
  const entity = entityAt(fields[objects], `${path}.${objects}`);
  checkObjects(entity, kind, `${path}.${objects}`);
  return { principals: entityAt(fields['principals'], `${path}.principals`), objects: entity };
}

function checkObjects(entity: Entity, kind: ObjectsKind, path: string): void {
  if (entity.type !== 'SOME') return;
  if (kind === 'all-or-none') throw new AclProblem(`'${path}' must be of type ANY or NONE`);
  if (kind !== 'paths') return;
  const unknown = entity.values.find((value) => !authorizableEndpoints.has(value));
  if (unknown !== undefined) throw new AclProblem(`'${path}' has '${unknown}', which is not an authorizable path`);
}

function entityAt(json: unknown, path: string): Entity {
  if (json === undefined || json === null) throw new AclProblem(`'${path}' is missing`);
  const { type, values, ...rest } = objectAt(json, path);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new AclProblem(`'${path}.${unknown}' is not known: Expecting 'type' and 'values'`);
  }
  if (type === 'ANY' || type === 'NONE') return { type };
  if (!(type === undefined || type === null || type === 'SOME')) {
    throw new AclProblem(`'${path}.type' must be SOME, ANY or NONE, got ${shown(type)}`);
  }
  const texts = values === undefined || values === null ? [] : listOf(values);
  return { type: 'SOME', values: texts.map((value, index) => textAt(value, `${path}.values[${index}]`)) };
}

function textAt(json: unknown, path: string): string {
  if (typeof json !== 'string') throw new AclProblem(`'${path}' must be a text, got ${shown(json)}`);
  return json;
}

function objectAt(json: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new AclProblem(`'${path}' must be an object, got ${shown(json)}`);
  }
  return json as Record<string, unknown>;
}

function listOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : [json];
}

function shown(json: unknown): string {
  const text = JSON.stringify(json) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
