import { ProcessError } from '../errors.ts';

/**
 * How the name in a certificate is compared with whom it came from; Mesos's `docs/ssl.md` describes both.
 *
 * - `openssl`: whoever connects demands a certificate for exactly what it dialled: the IP address (with `verifyIp`), or the name. What a
 *   connecting client's certificate is for is not looked at.
 * - `legacy`: both ends ask DNS for the name of the other end's IP address and demand a certificate for that name; with `verifyIp` one
 *   for the IP address is as good. Whoever can forge answers of DNS can forge this. A name that cannot be found fits no certificate.
 */
export type HostnameValidation = 'openssl' | 'legacy';

/** The versions of TLS that there are here; older ones are not to be had. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

const versions: readonly TlsVersion[] = ['TLSv1.2', 'TLSv1.3'];

/**
 * TLS on a runtime's port, and on the connections that it makes: one certificate for both. Without more than a certificate and a key,
 * the other end of every connection that is made must show a certificate that is valid and for the address that was dialled.
 */
export interface TlsOptions {
  /** The certificate, with those between it and the CA behind it, in PEM: the text itself, or a file. */
  readonly cert?: string | Buffer;
  readonly certFile?: string;
  /** The certificate's private key in PEM: the text itself, or a file. */
  readonly key?: string | Buffer;
  readonly keyFile?: string;
  /** What an encrypted key is decrypted with. */
  readonly passphrase?: string;
  /** The CAs whose certificates are accepted, in PEM: the texts, a file, a folder of files. @default those that Node.js trusts */
  readonly ca?: string | Buffer;
  readonly caFile?: string;
  readonly caDir?: string;
  /** Whether whom this runtime connects to must show a valid certificate. `LIBPROCESS_SSL_VERIFY_SERVER_CERT`. @default true */
  readonly verifyServerCert?: boolean;
  /** Whether whoever connects to this runtime, HTTP clients too, must show a valid certificate. `LIBPROCESS_SSL_REQUIRE_CLIENT_CERT`. @default false */
  readonly requireClientCert?: boolean;
  /**
   * Whether whoever connects is asked for a certificate, which must be valid where one is shown; who has none comes in as well, as
   * somebody without. `LIBPROCESS_SSL_REQUEST_CLIENT_CERT`, which Mesos does not have. @default false
   */
  readonly requestClientCert?: boolean;
  /** @default 'openssl' */
  readonly hostnameValidation?: HostnameValidation;
  /** Whether a certificate for an IP address proves it. `LIBPROCESS_SSL_VERIFY_IPADD`. @default true */
  readonly verifyIp?: boolean;
  /**
   * Certificates between that of the other end and the CA's at most. Of clients, Node.js 24 tells only whether it is 0.
   * @default 4
   */
  readonly verificationDepth?: number;
  /** OpenSSL's list of ciphers, `:` between them. @default that of Node.js */
  readonly ciphers?: string;
  /** Curves for the key exchange in the order of preference, `:` between them. @default 'auto' */
  readonly ecdhCurves?: string;
  /** @default 'TLSv1.2' */
  readonly minVersion?: TlsVersion;
  /** @default 'TLSv1.3' */
  readonly maxVersion?: TlsVersion;
  /**
   * For the time in which a cluster changes to TLS: the port serves clients without TLS too, and where somebody who is dialled does not
   * speak TLS the connection is made without. Whoever sits between two ends can bring that about, whatever else is demanded.
   * @default false
   */
  readonly supportDowngrade?: boolean;
  /** The name of an IP address, for `legacy`. May reject. @default the system's resolver */
  readonly reverseLookup?: (ip: string) => Promise<string>;
}

/** Throws `TLS_INVALID` for options that contradict each other or leave out what is needed; files are not looked at. */
export function checkTlsOptions(options: TlsOptions): void {
  const { cert, certFile, key, keyFile, minVersion, maxVersion, verificationDepth = 0 } = options;
  if (cert === undefined && certFile === undefined) throw tlsInvalid('it needs a certificate: certFile or cert');
  if (key === undefined && keyFile === undefined) throw tlsInvalid("it needs the certificate's key: keyFile or key");
  if (cert !== undefined && certFile !== undefined) throw tlsInvalid('both cert and certFile are given');
  if (key !== undefined && keyFile !== undefined) throw tlsInvalid('both key and keyFile are given');
  for (const version of [minVersion, maxVersion]) {
    // Whatever the compiler has been told: Node.js would take older ones.
    if (version !== undefined && !versions.includes(version))
      throw tlsInvalid(`${version} is none of ${versions.join(', ')}`);
  }
  if (minVersion === 'TLSv1.3' && maxVersion === 'TLSv1.2') throw tlsInvalid('no version of TLS is left');
  if (!Number.isSafeInteger(verificationDepth) || verificationDepth < 0) {
    throw tlsInvalid(`verificationDepth must be 0 or more, got ${verificationDepth}`);
  }
}

/** @internal */
export function tlsInvalid(reason: string, cause?: unknown): ProcessError {
  return new ProcessError('TLS_INVALID', `TLS cannot be used: ${reason}`, cause === undefined ? {} : { cause });
}
