/** Who may come in to an agent, and what they may do there, by its flags. */
import { byCertificate, noModules, readCredential, readHttpSecurity } from '@mesos-ts/daemon';
import type { Credential, DaemonSecurity, LoadedModules, SecurityOptions } from '@mesos-ts/daemon';

import { executorRealm, readonlyRealm, readwriteRealm } from './constants.ts';
import { ExecutorTokens } from './executors/executor-tokens.ts';
import type { AgentFlags } from './flags.ts';

/** How an agent guards itself. */
export interface AgentSecurity extends DaemonSecurity {
  /** What the agent proves to masters who it is with. */
  readonly credential: Credential | undefined;
  /** Makes and checks the tokens of executors, which get one if there is a key. */
  readonly executorTokens: ExecutorTokens | undefined;
}

/**
 * Reads the files that the flags name.
 * @throws with the name of the file when one cannot be used, or when something is asked for that it would need.
 */
export function agentSecurity(
  flags: AgentFlags,
  options: SecurityOptions = {},
  modules: LoadedModules = noModules,
): AgentSecurity {
  if (flags.authenticate_http_executors && flags.jwt_secret_key === undefined) {
    throw new Error('--authenticate_http_executors needs --jwt_secret_key');
  }
  const usesCertificate = flags.authenticatee === byCertificate;
  if (usesCertificate && flags.credential !== undefined) {
    throw new Error('--credential has no effect with --authenticatee=certificate');
  }
  const authenticators = flags.http_authenticators ?? defaultAuthenticators(flags);
  const realms: Readonly<Record<string, readonly string[]>> = {
    ...(flags.authenticate_http_executors ? { [executorRealm]: executorAuthenticators(authenticators) } : {}),
    ...(flags.authenticate_http_readonly ? { [readonlyRealm]: authenticators } : {}),
    ...(flags.authenticate_http_readwrite ? { [readwriteRealm]: authenticators } : {}),
  };
  const credential = flags.credential === undefined ? undefined : readCredential(flags.credential);
  const choices = { realms, credentials: flags.http_credentials, authorizer: flags.authorizer };
  const { http, warnings } = readHttpSecurity(flags, choices, options, modules);
  return {
    http,
    credential: credential?.value,
    executorTokens:
      http.jwtKey === undefined ? undefined : new ExecutorTokens(http.jwtKey, flags.authenticate_http_executors),
    needsCertificates: usesCertificate || Object.values(realms).some((names) => names.includes(byCertificate)),
    warnings: [...(credential?.warnings ?? []), ...warnings],
  };
}

/** As in Mesos, but that nothing is asked for which there is no file: executors may need no other principals. */
function defaultAuthenticators(flags: AgentFlags): readonly string[] {
  if (!flags.authenticate_http_executors) return ['basic'];
  const operatorsMust = flags.authenticate_http_readonly || flags.authenticate_http_readwrite;
  return flags.http_credentials === undefined && !operatorsMust ? ['jwt'] : ['basic', 'jwt'];
}

/** Executors have tokens, whatever else others have. */
function executorAuthenticators(names: readonly string[]): readonly string[] {
  return names.includes('jwt') ? names : [...names, 'jwt'];
}
