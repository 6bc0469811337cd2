/** Who may come in to a master, and what they may do there, by its flags. */
import {
  authorizerOf,
  parseFirewall,
  readCredentials,
  readKeyFile,
  type AuthenticatorFactory,
  type Authorizer,
  type HttpSecurity,
} from '@mesos-ts/daemon';
import { readonlyRealm, readwriteRealm, schedulerRealm } from './constants.ts';
import type { AuthenticationSettings } from './authentications.ts';
import type { MasterFlags } from './flags.ts';

/** How a master guards itself. */
export interface MasterSecurity {
  readonly http: HttpSecurity;
  readonly authentication: AuthenticationSettings;
  /** What the operator should know of files of secrets. */
  readonly warnings: readonly string[];
}

/** What a program may bring along instead of what the flags name. */
export interface MasterSecurityOptions {
  readonly authorizer?: Authorizer | undefined;
  /** Authenticators that the flags may name beside `basic` and `jwt`. */
  readonly httpAuthenticators?: Readonly<Record<string, AuthenticatorFactory>> | undefined;
}

/**
 * Reads the files that the flags name.
 * @throws with the flag's name when one cannot be used, or when something is asked for that it would need.
 */
export function masterSecurity(flags: MasterFlags, options: MasterSecurityOptions = {}): MasterSecurity {
  const credentials = flags.credentials === undefined ? undefined : readCredentials(flags.credentials);
  const key = flags.jwt_secret_key === undefined ? undefined : readKeyFile(flags.jwt_secret_key, 'JWT secret key');
  if ((flags.authenticate_agents || flags.authenticate_frameworks) && credentials === undefined) {
    throw new Error('--authenticate_agents and --authenticate_frameworks need --credentials');
  }
  if (flags.authenticate_http_frameworks && flags.http_framework_authenticators === undefined) {
    throw new Error('Missing --http_framework_authenticators, which --authenticate_http_frameworks needs');
  }
  return {
    http: {
      realms: {
        ...(flags.authenticate_http_readonly ? { [readonlyRealm]: flags.http_authenticators } : {}),
        ...(flags.authenticate_http_readwrite ? { [readwriteRealm]: flags.http_authenticators } : {}),
        ...(flags.authenticate_http_frameworks ? { [schedulerRealm]: flags.http_framework_authenticators ?? [] } : {}),
      },
      credentials: credentials?.value,
      jwtKey: key?.text,
      factories: options.httpAuthenticators ?? {},
      authorizer: options.authorizer ?? authorizerOf(flags),
      disabledPaths: parseFirewall(flags.firewall_rules ?? {}).value ?? [],
    },
    authentication: {
      credentials: credentials?.value,
      timeoutMs: flags.authentication_v0_timeout,
      agentsMust: flags.authenticate_agents,
      frameworksMust: flags.authenticate_frameworks,
    },
    warnings: [...(credentials?.warnings ?? []), ...(key?.warnings ?? [])],
  };
}
