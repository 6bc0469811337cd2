/** Who may come in to a master, and what they may do there, by its flags. */
import {
  byCertificate,
  certificatePeers,
  noModules,
  readHttpSecurity,
  type DaemonSecurity,
  type LoadedModules,
  type PeerAuthenticator,
  type SecurityOptions,
} from '@mesos-ts/daemon';
import { readonlyRealm, readwriteRealm, schedulerRealm } from './constants.ts';
import { byChallenge, type AuthenticationSettings } from './authentications.ts';
import type { MasterFlags } from './flags.ts';

/** How a master guards itself. */
export interface MasterSecurity extends DaemonSecurity {
  readonly authentication: AuthenticationSettings;
}

/** What a program may bring along instead of what the flags name. */
export interface MasterSecurityOptions extends SecurityOptions {
  /** Authenticators of agents and frameworks that are actors, which `--authenticators` may name. */
  readonly authenticators?: Readonly<Record<string, PeerAuthenticator>> | undefined;
}

/**
 * Reads the files that the flags name.
 * @throws with the flag's name when one cannot be used, or when something is asked for that it would need.
 */
export function masterSecurity(
  flags: MasterFlags,
  options: MasterSecurityOptions = {},
  modules: LoadedModules = noModules,
): MasterSecurity {
  const challenges = flags.authenticators.includes(byChallenge);
  if ((flags.authenticate_agents || flags.authenticate_frameworks) && challenges && flags.credentials === undefined) {
    throw new Error('--authenticate_agents and --authenticate_frameworks need --credentials');
  }
  if (flags.authenticate_http_frameworks && flags.http_framework_authenticators === undefined) {
    throw new Error('Missing --http_framework_authenticators, which --authenticate_http_frameworks needs');
  }
  const realms: Readonly<Record<string, readonly string[]>> = {
    ...(flags.authenticate_http_readonly ? { [readonlyRealm]: flags.http_authenticators } : {}),
    ...(flags.authenticate_http_readwrite ? { [readwriteRealm]: flags.http_authenticators } : {}),
    ...(flags.authenticate_http_frameworks ? { [schedulerRealm]: flags.http_framework_authenticators ?? [] } : {}),
  };
  const choices = { realms, credentials: flags.credentials, authorizer: flags.authorizers };
  const { http, warnings } = readHttpSecurity(flags, choices, options, modules);
  return {
    http,
    authentication: {
      credentials: challenges ? http.credentials : undefined,
      peers: peerAuthenticators(flags.authenticators, options.authenticators ?? {}, modules),
      timeoutMs: flags.authentication_v0_timeout,
      agentsMust: flags.authenticate_agents,
      frameworksMust: flags.authenticate_frameworks,
    },
    needsCertificates: [flags.authenticators, ...Object.values(realms)].some((names) => names.includes(byCertificate)),
    warnings,
  };
}

function peerAuthenticators(
  names: readonly string[],
  own: Readonly<Record<string, PeerAuthenticator>>,
  { authenticators }: LoadedModules,
): readonly PeerAuthenticator[] {
  if (names.length === 0) throw new Error('No authenticator specified');
  return names
    .filter((name) => name !== byChallenge)
    .map((name) => {
      if (Object.hasOwn(own, name) && own[name] !== undefined) return own[name];
      if (Object.hasOwn(authenticators, name) && authenticators[name] !== undefined) return authenticators[name]();
      if (name === byCertificate) return certificatePeers;
      const known = [byChallenge, byCertificate, ...Object.keys(own), ...Object.keys(authenticators)];
      throw new Error(`Authenticator '${name}' not found: Expecting ${known.join(', ')}`);
    });
}
