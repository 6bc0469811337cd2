import { flag, type FlagValues } from '@mesos-ts/flags';
import { parseAcls } from './local/acls.ts';
import { LocalAuthorizer } from './local/local-authorizer.ts';
import type { Authorizer } from './authorizer.ts';

/** The flag that says what clients may do. */
export function authorizationFlags() {
  return {
    acls: flag.json({
      shape: 'object',
      help:
        'Who may do what, as JSON or as file:///path to it, for example ' +
        `'{"permissive": false, "view_roles": [{"principals": {"values": ["ann"]}, "roles": {"type": "ANY"}}]}'. ` +
        'The first rule that is about a principal and an object decides. Without it everybody may do everything.',
      validate: (json) => parseAcls(json).error,
    }),
  };
}

/** The authorizer that is built in, which decides by `--acls`. */
export const localAuthorizer = 'local';

/**
 * The authorizer that the flags ask for, if they ask for one.
 * @param name The local one, or a module.
 * @throws when there is no such module, or rules for it.
 */
export function authorizerOf(
  { acls }: FlagValues<ReturnType<typeof authorizationFlags>>,
  name: string,
  modules: Readonly<Record<string, () => Authorizer>>,
): Authorizer | undefined {
  if (name !== localAuthorizer) {
    const create = Object.hasOwn(modules, name) ? modules[name] : undefined;
    if (create === undefined) {
      throw new Error(
        `Authorizer '${name}' not found: Expecting ${[localAuthorizer, ...Object.keys(modules)].join(', ')}`,
      );
    }
    // Mesos ignores them.
    if (acls !== undefined) throw new Error(`--acls are rules for the authorizer 'local', not for '${name}'`);
    return create();
  }
  if (acls === undefined) return undefined;
  const parsed = parseAcls(acls);
  if (parsed.error !== undefined) throw new TypeError(`Invalid ACLs: ${parsed.error}`);
  return new LocalAuthorizer(parsed.value);
}
