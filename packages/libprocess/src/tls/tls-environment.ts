import { ProcessError } from '../errors.ts';
import type { HostnameValidation, TlsOptions } from './tls-options.ts';

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What an environment says about TLS. */
export interface TlsEnvironment {
  /** Undefined where TLS is not enabled. */
  readonly tls: TlsOptions | undefined;
  /** What an operator should know of the variables. */
  readonly warnings: readonly string[];
}

const prefix = 'LIBPROCESS_SSL_';
// Before Mesos 1.0; still read, where the other is not set (MESOS-5863).
const deprecatedPrefix = 'SSL_';

const booleans = [
  'ENABLED',
  'ENABLE_SSL_V3',
  'ENABLE_TLS_V1_0',
  'ENABLE_TLS_V1_1',
  'ENABLE_TLS_V1_2',
  'ENABLE_TLS_V1_3',
  'REQUEST_CLIENT_CERT',
  'REQUIRE_CERT',
  'REQUIRE_CLIENT_CERT',
  'SUPPORT_DOWNGRADE',
  'VERIFY_CERT',
  'VERIFY_IPADD',
  'VERIFY_SERVER_CERT',
] as const;
const texts = [
  'CA_DIR',
  'CA_FILE',
  'CERT_FILE',
  'CIPHERS',
  'ECDH_CURVES',
  'HOSTNAME_VALIDATION_SCHEME',
  'KEY_FILE',
  'VERIFICATION_DEPTH',
] as const;
// Names by which Mesos's documents call what its code calls otherwise.
const synonyms: Readonly<Record<string, TextName | BooleanName>> = {
  ECDH_CURVE: 'ECDH_CURVES',
  ENABLE_DOWNGRADE: 'SUPPORT_DOWNGRADE',
  VERIFY_DEPTH: 'VERIFICATION_DEPTH',
};

type BooleanName = (typeof booleans)[number];
type TextName = (typeof texts)[number];

/**
 * Reads Mesos's variables (`docs/ssl.md`): `LIBPROCESS_SSL_ENABLED`, `_CERT_FILE`, `_KEY_FILE`, `_CA_FILE`, `_CA_DIR`,
 * `_VERIFY_SERVER_CERT` (or `_VERIFY_CERT`), `_REQUIRE_CLIENT_CERT` (or `_REQUIRE_CERT`), `_VERIFY_IPADD`, `_VERIFICATION_DEPTH`,
 * `_CIPHERS`, `_ECDH_CURVES`, `_ENABLE_TLS_V1_2`, `_ENABLE_TLS_V1_3`, `_SUPPORT_DOWNGRADE`, `_HOSTNAME_VALIDATION_SCHEME`, and each with
 * the prefix `SSL_`, which is deprecated. Defaults are Mesos's, but for the ciphers, which are those of Node.js, and TLS 1.3, which is
 * on. Requiring certificates of clients implies verifying those of servers, as there. `_REQUEST_CLIENT_CERT` is not Mesos's. Nothing but
 * `_ENABLED` counts unless it is true.
 *
 * @throws `ENVIRONMENT_INVALID` for a value that is none, for what is missing, and for versions older than TLS 1.2. Files are not
 * looked at: that is done when the transport listens.
 */
export function tlsFromEnvironment(environment: Environment): TlsEnvironment {
  const read = new Variables(environment);
  if (!read.boolean('ENABLED', false)) return { tls: undefined, warnings: [] };
  for (const old of ['ENABLE_SSL_V3', 'ENABLE_TLS_V1_0', 'ENABLE_TLS_V1_1'] as const) {
    if (read.boolean(old, false))
      throw invalid(`${read.variableOf(old)} is true, but only TLS 1.2 and newer are supported`);
  }
  const [v12, v13] = [read.boolean('ENABLE_TLS_V1_2', true), read.boolean('ENABLE_TLS_V1_3', true)];
  if (!v12 && !v13) throw invalid('TLS 1.2 and TLS 1.3 are both disabled, and there is no other version');
  const requireClientCert = read.either('REQUIRE_CLIENT_CERT', 'REQUIRE_CERT');
  const verifyServerCert = read.either('VERIFY_SERVER_CERT', 'VERIFY_CERT') || requireClientCert;
  const hostnameValidation = scheme(read);
  const verifyIp = read.boolean('VERIFY_IPADD', false);
  const supportDowngrade = read.boolean('SUPPORT_DOWNGRADE', false);
  const tls: TlsOptions = {
    certFile: read.file('CERT_FILE', 'certificate'),
    keyFile: read.file('KEY_FILE', 'key'),
    ...optional('caFile', read.text('CA_FILE')),
    ...optional('caDir', read.text('CA_DIR')),
    ...optional('ciphers', read.text('CIPHERS')),
    ...optional('ecdhCurves', read.text('ECDH_CURVES')),
    verificationDepth: depth(read),
    verifyServerCert,
    requireClientCert,
    requestClientCert: read.boolean('REQUEST_CLIENT_CERT', false),
    hostnameValidation,
    verifyIp,
    supportDowngrade,
    minVersion: v12 ? 'TLSv1.2' : 'TLSv1.3',
    maxVersion: v13 ? 'TLSv1.3' : 'TLSv1.2',
  };
  const warnings = read.warnings();
  if (supportDowngrade) {
    warnings.push(`${prefix}SUPPORT_DOWNGRADE is true: connections without TLS are accepted, and made where TLS fails`);
    if (verifyServerCert) warnings.push('Certificates are verified, which connections without TLS evade');
  }
  if (!verifyServerCert)
    warnings.push(`Certificates of servers are not verified: set ${prefix}VERIFY_SERVER_CERT=true`);
  else if (hostnameValidation === 'openssl' && !verifyIp) {
    warnings.push(
      `Nodes are dialled by IP address, which the scheme 'openssl' refuses without ${prefix}VERIFY_IPADD=true`,
    );
  }
  return { tls, warnings };
}

/** Reads the value of a variable that says yes or no. Throws `ENVIRONMENT_INVALID` for any other. @internal */
export function readBoolean(variable: string, value: string): boolean {
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw invalid(`${variable} must be true, 1, false or 0, got '${value}'`);
}

/** The variables of an environment, by their names without prefix. */
class Variables {
  readonly #values = new Map<string, { variable: string; value: string }>();
  readonly #warnings: string[] = [];

  constructor(environment: Environment) {
    for (const variable of Object.keys(environment).toSorted()) {
      if (variable.startsWith(prefix)) this.#take(variable, variable.slice(prefix.length), environment[variable]);
    }
    // `SSL_CERT_FILE` and `SSL_CERT_DIR` are OpenSSL's own: what is not ours is no mistake.
    for (const name of [...booleans, ...texts]) {
      const variable = deprecatedPrefix + name;
      const value = environment[variable];
      if (value === undefined) continue;
      const newer = this.#values.get(name);
      if (newer === undefined) {
        this.#values.set(name, { variable, value });
        this.#warnings.push(`${variable} is deprecated: use ${prefix}${name}`);
      } else if (newer.value !== value) {
        this.#warnings.push(`${variable} differs from ${newer.variable}, which is the one that counts`);
      }
    }
  }

  warnings(): string[] {
    return [...this.#warnings];
  }

  /** The variable that a value is from, or would be. */
  variableOf(name: BooleanName | TextName): string {
    return this.#values.get(name)?.variable ?? prefix + name;
  }

  text(name: TextName): string | undefined {
    const value = this.#values.get(name)?.value;
    return value === '' ? undefined : value;
  }

  file(name: TextName, what: string): string {
    const path = this.text(name);
    if (path === undefined) throw invalid(`TLS needs a ${what}: set ${prefix}${name}`);
    return path;
  }

  boolean(name: BooleanName, otherwise: boolean): boolean {
    const value = this.#values.get(name)?.value;
    return value === undefined ? otherwise : readBoolean(this.variableOf(name), value);
  }

  /** Whether one of two is true, of which the second is the older name. */
  either(name: BooleanName, older: BooleanName): boolean {
    const [first, second] = [this.boolean(name, false), this.boolean(older, false)];
    if (second) this.#warnings.push(`${this.variableOf(older)} is deprecated: use ${prefix}${name}`);
    return first || second;
  }

  #take(variable: string, rest: string, value: string | undefined): void {
    if (value === undefined) return;
    const name = synonyms[rest] ?? rest;
    if (![...booleans, ...texts].some((known) => known === name)) {
      this.#warnings.push(`${variable} is not known and has no effect`);
    } else if (rest === name || !this.#values.has(name)) {
      this.#values.set(name, { variable, value });
    }
  }
}

function scheme(read: Variables): HostnameValidation {
  const value = read.text('HOSTNAME_VALIDATION_SCHEME') ?? 'legacy';
  if (value === 'legacy' || value === 'openssl') return value;
  throw invalid(`${read.variableOf('HOSTNAME_VALIDATION_SCHEME')} must be legacy or openssl, got '${value}'`);
}

function depth(read: Variables): number {
  const value = read.text('VERIFICATION_DEPTH') ?? '4';
  if (/^\d{1,4}$/.test(value)) return Number(value);
  throw invalid(`${read.variableOf('VERIFICATION_DEPTH')} must be a number, got '${value}'`);
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}

function invalid(reason: string): ProcessError {
  return new ProcessError('ENVIRONMENT_INVALID', reason);
}
