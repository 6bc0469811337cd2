import { readBoolean } from '../tls/tls-environment.ts';
import { createTrust } from './create-trust.ts';
import { isReadByOthers } from './secret-file.ts';
import type { Environment } from '../tls/tls-environment.ts';
import type { Trust } from './trust.ts';

/** What an environment says about trust. */
export interface TrustEnvironment {
  /** Undefined where it says nothing: then everybody is talked with. */
  readonly trust: Trust | undefined;
  /** What an operator should know of the variables. */
  readonly warnings: readonly string[];
}

/**
 * Reads `LIBPROCESS_TRUST_SECRET_FILE`, a file of secrets, one in each line, of which two nodes must have one in common;
 * `LIBPROCESS_TRUST_CERTIFICATES=true`, by which nodes must show a certificate that is for their IP address; and Mesos's
 * `LIBPROCESS_REQUIRE_PEER_ADDRESS_IP_MATCH=true`, by which nodes must be at the IP address that they claim. The file is read here, and
 * again by `reload`.
 *
 * @throws `ENVIRONMENT_INVALID` for a value that is none, `TRUST_INVALID` for a file that cannot be read or has no proper secrets.
 */
export function trustFromEnvironment(environment: Environment): TrustEnvironment {
  const secretFile = environment['LIBPROCESS_TRUST_SECRET_FILE'] ?? '';
  const certificates = isTrue(environment, 'LIBPROCESS_TRUST_CERTIFICATES');
  const matches = isTrue(environment, 'LIBPROCESS_REQUIRE_PEER_ADDRESS_IP_MATCH');
  if (secretFile === '' && !certificates && !matches) return { trust: undefined, warnings: [] };
  const trust = createTrust({
    certificates,
    ...(secretFile === '' ? {} : { secretFile }),
    ...(matches ? { addresses: 'source-ip' as const } : {}),
  });
  const warnings =
    secretFile !== '' && isReadByOthers(secretFile)
      ? [`The secrets in '${secretFile}' can be read by others than its owner`]
      : [];
  return { trust, warnings };
}

function isTrue(environment: Environment, name: string): boolean {
  const value = environment[name] ?? '';
  return value !== '' && readBoolean(name, value);
}
