import { disabledEndpoints } from '@mesos-ts/libprocess';
import { approversOf } from '../authorization/authorizer.ts';
import { realmAuthenticator } from './http-authenticators.ts';
import type { AuthorizationCallback, Runtime } from '@mesos-ts/libprocess';
import type { Credentials } from './credentials.ts';
import type { HttpSecurity } from './http-security.ts';

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
