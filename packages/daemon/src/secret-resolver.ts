import type { Secret } from '@mesos-ts/protocol';

/** Finds the values of secrets that tasks ask for. */
export interface SecretResolver {
  /**
   * Answers the bytes of a secret; asks a store for them, perhaps. Rejects with a message that frameworks may read when it cannot: never
   * with a part of a secret in it.
   * @param signal Is aborted when nobody waits for the answer any more.
   */
  resolve(secret: Secret, signal: AbortSignal): Uint8Array | Promise<Uint8Array>;
}

/** What there is without a module, in Mesos's words: takes secrets that say their values, and knows no store for others. */
export const defaultSecretResolver: SecretResolver = {
  resolve: ({ reference, value }) => {
    if (reference !== undefined) throw new Error('Default secret resolver cannot resolve references');
    if (value === undefined) throw new Error('Secret has no value');
    return value.data;
  },
};

/**
 * The resolver that `--secret_resolver` names.
 * @throws when there is no such module.
 */
export function secretResolverOf(
  name: string | undefined,
  modules: Readonly<Record<string, () => SecretResolver>>,
): SecretResolver {
  if (name === undefined) return defaultSecretResolver;
  const create = Object.hasOwn(modules, name) ? modules[name] : undefined;
  if (create !== undefined) return create();
  const known = Object.keys(modules);
  const expected = known.length === 0 ? 'there is none' : `Expecting ${known.join(', ')}`;
  throw new Error(`Secret resolver '${name}' not found among the modules: ${expected}`);
}
