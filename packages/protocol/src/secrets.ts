// What is told of secrets to those who only look.
import { compact } from './compact.ts';
import type { CommandInfo, ContainerInfo, ExecutorInfo, HealthCheck, Secret } from './generated/mesos-v1.ts';

/** The fields that hold a secret, and those that hold several by name, of all that tasks and executors are described by. */
const secretFields: ReadonlySet<string> = new Set(['config', 'secret']);
const secretMapFields: ReadonlySet<string> = new Set(['node_publish_secrets', 'node_stage_secrets']);

/**
 * The same message without the values of the secrets in it, at any depth: of a secret remain its type and its reference. A message
 * without secrets is answered as it is.
 */
export function withoutSecretValues<T extends CommandInfo | ContainerInfo | ExecutorInfo | HealthCheck>(message: T): T {
  return hidden(message) as T;
}

function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return mapped(value, Object.entries(value), ([, each]) => hidden(each), Object.values);
  if (!isObject(value)) return value;
  return mapped(value, Object.entries(value), ([name, field]) => hiddenField(name, field), compact);
}

function hiddenField(name: string, field: unknown): unknown {
  if (secretFields.has(name)) return isObject(field) ? withoutValue(field) : undefined;
  if (secretMapFields.has(name) && isObject(field)) {
    return Object.fromEntries(Object.entries(field).map(([key, secret]) => [key, withoutValue(secret as Secret)]));
  }
  return hidden(field);
}

function withoutValue({ reference, type }: Secret): Secret {
  return compact<Secret>({ type, reference });
}

/** What is made of the new members of something, or the thing itself if no member has changed. */
function mapped(
  whole: unknown,
  entries: readonly (readonly [string, unknown])[],
  map: (entry: readonly [string, unknown]) => unknown,
  make: (members: Record<string, unknown>) => unknown,
): unknown {
  let isSame = true;
  const members = entries.map((entry) => {
    const value = map(entry);
    isSame &&= value === entry[1];
    return [entry[0], value] as const;
  });
  return isSame ? whole : make(Object.fromEntries(members));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}
