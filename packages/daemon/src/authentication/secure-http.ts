import { disabledEndpoints } from '@mesos-ts/libprocess';
import { approversOf, type Authorizer } from '../authorization/authorizer.ts';
import { realmAuthenticator, type AuthenticatorFactory, type AuthenticatorParts } from './http-authenticators.ts';
import type { AuthorizationCallback, Runtime } from '@mesos-ts/libprocess';
import type { Credentials } from './credentials.ts';

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

/**
 * Has clients asked for other credentials from now on, in the realms in which they are asked.
 * @returns Whether they are other ones.
 */
export function renewCredentials(
  runtime: Pick<Runtime, 'clock' | 'http'>,
  before: HttpSecurity,
  credentials: Credentials | undefined,
): boolean {
  if (isSame(before.credentials, credentials)) return false;
  setAuthenticators(runtime, { ...before, credentials });
  return true;
}

/** Whether two sets of credentials have the same secrets. */
function isSame(one: Credentials | undefined, other: Credentials | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.size === other.size && [...one].every(([principal, secret]) => other.get(principal) === secret);
}

/**
 * Sets up a runtime before it serves: authenticators of realms, the firewall, and who may see metrics and change the log level.
 * @throws when an authenticator lacks what it needs.
 */
export function secureHttp(runtime: Pick<Runtime, 'clock' | 'http'>, security: HttpSecurity): void {
  const { authorizer, disabledPaths } = security;
  setAuthenticators(runtime, security);
  if (disabledPaths.length > 0) runtime.http.setFirewall([disabledEndpoints(disabledPaths)]);
  if (authorizer === undefined) return;
  const mayGet = (value: string): AuthorizationCallback => {
    return (_request, principal) => approversOf(authorizer, principal).approves('GET_ENDPOINT_WITH_PATH', { value });
  };
  runtime.http.setAuthorization({
    '/logging/toggle': mayGet('/logging/toggle'),
    '/metrics/snapshot': mayGet('/metrics/snapshot'),
    // The same in another form.
    '/metrics/prometheus': mayGet('/metrics/snapshot'),
  });
}

function setAuthenticators(runtime: Pick<Runtime, 'clock' | 'http'>, security: HttpSecurity): void {
  const parts = { ...security, clock: runtime.clock };
  for (const [realm, names] of Object.entries(security.realms)) {
    runtime.http.setAuthenticator(realm, realmAuthenticator(realm, names, parts));
  }
}
