import { flag, type FlagValues } from '@mesos-ts/flags';
import { parseAcls } from './local/acls.ts';
import { LocalAuthorizer } from './local/local-authorizer.ts';

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

/** The authorizer that the flags ask for, if they ask for one. Throws nothing for flags that were loaded. */
export function authorizerOf({ acls }: FlagValues<ReturnType<typeof authorizationFlags>>): LocalAuthorizer | undefined {
  if (acls === undefined) return undefined;
  const parsed = parseAcls(acls);
  if (parsed.error !== undefined) throw new TypeError(`Invalid ACLs: ${parsed.error}`);
  return new LocalAuthorizer(parsed.value);
}
