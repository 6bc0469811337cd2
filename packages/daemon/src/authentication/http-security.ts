import { authorizerOf, type authorizationFlags } from '../authorization/flags.ts';
import { readCredentials } from './credentials.ts';
import { parseFirewall, type authenticationFlags } from './flags.ts';
import { readKeyFile } from './secret-file.ts';
import type { FlagValues } from '@mesos-ts/flags';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { LoadedModules } from '../modules/load-modules.ts';
import type { AuthenticatorFactory, AuthenticatorParts } from './http-authenticators.ts';

/** How a daemon guards what it serves. */
export interface HttpSecurity extends Omit<AuthenticatorParts, 'clock'> {
  /** The authenticators' names of each realm in which clients are asked who they are. */
  readonly realms: Readonly<Record<string, readonly string[]>>;
  readonly authorizer: Authorizer | undefined;
  /** Paths that nobody may use. */
  readonly disabledPaths: readonly string[];
}

/** What the flags of a daemon say about who may come in. */
export interface DaemonSecurity {
  readonly http: HttpSecurity;
  /** Whether somebody is to be known by TLS certificates. */
  readonly needsCertificates: boolean;
  /** What the operator should know of files of secrets. */
  readonly warnings: readonly string[];
}

/** What a program may bring along instead of what the flags name. */
export interface SecurityOptions {
  /** Who decides what clients may do. @default by the flags */
  readonly authorizer?: Authorizer | undefined;
  /** Authenticators that flags may name besides those that there are. */
  readonly httpAuthenticators?: Readonly<Record<string, AuthenticatorFactory>> | undefined;
}

/** The flags that both daemons have about who may come in, and what they may do. */
export type SecurityFlags = FlagValues<ReturnType<typeof authenticationFlags> & ReturnType<typeof authorizationFlags>>;

/** What the daemons name differently in their flags. */
export interface SecurityChoices extends Pick<HttpSecurity, 'realms'> {
  /** The file of the credentials of others. */
  readonly credentials: string | undefined;
  /** The name of the authorizer. */
  readonly authorizer: string;
}

/**
 * Reads the files that the flags of a daemon name.
 * @throws with the name of the file when one cannot be used, and when there is no such authorizer.
 */
export function readHttpSecurity(
  flags: SecurityFlags,
  choices: SecurityChoices,
  options: SecurityOptions,
  modules: LoadedModules,
): Pick<DaemonSecurity, 'http' | 'warnings'> {
  const credentials = choices.credentials === undefined ? undefined : readCredentials(choices.credentials);
  const key = flags.jwt_secret_key === undefined ? undefined : readKeyFile(flags.jwt_secret_key, 'JWT secret key');
  return {
    http: {
      realms: choices.realms,
      credentials: credentials?.value,
      jwtKey: key?.text,
      factories: { ...modules.httpAuthenticators, ...options.httpAuthenticators },
      authorizer: options.authorizer ?? authorizerOf(flags, choices.authorizer, modules.authorizers),
      disabledPaths: parseFirewall(flags.firewall_rules ?? {}).value ?? [],
    },
    warnings: [...(credentials?.warnings ?? []), ...(key?.warnings ?? [])],
  };
}
