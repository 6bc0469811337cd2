import { quoted } from './authentication.ts';
import type { X509Certificate } from 'node:crypto';
import type { AuthenticationResult, Authenticator } from './authentication.ts';
import type { TransportRequest } from './message.ts';

/** Options of `CertificateAuthenticator`. */
export interface CertificateAuthenticatorOptions {
  /** The name of whom a certificate is for; undefined for one that is for nobody who may come in. @default the common name */
  readonly nameOf?: ((certificate: X509Certificate) => string | undefined) | undefined;
}

/**
 * Knows clients by the certificates that they show in the TLS handshake, where these are verified: `requestClientCert` or
 * `requireClientCert` of `TlsOptions`. There is no such scheme among those of HTTP; the challenge tells people what is missing.
 */
export class CertificateAuthenticator implements Authenticator {
  readonly scheme = 'Certificate';
  readonly #realm: string;
  readonly #nameOf: (certificate: X509Certificate) => string | undefined;

  constructor(realm: string, { nameOf = commonNameOf }: CertificateAuthenticatorOptions = {}) {
    this.#realm = realm;
    this.#nameOf = nameOf;
  }

  authenticate({ certificate }: Pick<TransportRequest, 'certificate'>): AuthenticationResult {
    const value = certificate === undefined ? undefined : this.#nameOf(certificate);
    if (value !== undefined) return { kind: 'authenticated', principal: { value } };
    return { kind: 'unauthorized', challenges: [`Certificate realm=${quoted(this.#realm)}`] };
  }
}

/**
 * The common name of whom a certificate is for; undefined where there is none, or more than one, or where it has control characters,
 * by which two names could look alike.
 */
export function commonNameOf(certificate: X509Certificate): string | undefined {
  // The types leave out that a name that is there twice is a list.
  const { CN: name }: { readonly CN?: unknown } = certificate.toLegacyObject().subject;
  return typeof name === 'string' && /^\P{Cc}+$/u.test(name) ? name : undefined;
}
