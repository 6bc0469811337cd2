import { disabledEndpoints } from '@mesos-ts/libprocess';
import { approversOf, type Authorizer } from '../authorization/authorizer.ts';
import { realmAuthenticator, type AuthenticatorParts } from './http-authenticators.ts';
import type { AuthorizationCallback, Runtime } from '@mesos-ts/libprocess';

/** How a daemon guards what it serves. */
export interface HttpSecurity extends Omit<AuthenticatorParts, 'clock'> {
  /** The authenticators' names of each realm in which clients are asked who they are. */
  readonly realms: Readonly<Record<string, readonly string[]>>;
  readonly authorizer: Authorizer | undefined;
  /** Paths that nobody may use. */
  readonly disabledPaths: readonly string[];
}

/**
 * Sets up a runtime before it serves: authenticators of realms, the firewall, and who may see metrics and change the log level.
 * @throws when an authenticator lacks what it needs.
 */
export function secureHttp(runtime: Pick<Runtime, 'clock' | 'http'>, security: HttpSecurity): void {
  const { authorizer, disabledPaths, realms } = security;
  const parts = { ...security, clock: runtime.clock };
  for (const [realm, names] of Object.entries(realms)) {
    runtime.http.setAuthenticator(realm, realmAuthenticator(realm, names, parts));
  }
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
