/**
 * Bearer authentication with JSON web tokens (RFC 6750, RFC 7519), signed with HS256 or RS256, on `jose`.
 *
 * @module
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { CompactSign, compactVerify } from 'jose';
import { errorText } from '../errors.ts';
import { quoted } from './authentication.ts';
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../time/clock.ts';
import type { AuthenticationResult, Authenticator } from './authentication.ts';
import type { TransportRequest } from './message.ts';

/** What a token is checked with: a secret (HS256), or a public key (RS256) as PEM or as Node's `KeyObject`. */
export type JwtVerifyKey = { readonly secret: string | Uint8Array } | { readonly publicKey: string | KeyObject };

/** What a token is signed with: a secret (HS256), or a private key (RS256) as PEM or as Node's `KeyObject`. */
export type JwtSignKey = { readonly secret: string | Uint8Array } | { readonly privateKey: string | KeyObject };

/** Options of `JwtAuthenticator`. */
export type JwtAuthenticatorOptions = JwtVerifyKey & {
  /** Tells whether a token has expired: `runtime.clock`. */
  readonly clock: Pick<Clock, 'now'>;
};

/**
 * The `Bearer` scheme with JSON web tokens. The principal's claims are those of the token, as texts: a text as it is, anything else as
 * JSON, as in libprocess. A token must be signed by the key's own algorithm, have a claim, and be valid now by `exp` and `nbf`.
 */
export class JwtAuthenticator implements Authenticator {
  readonly scheme = 'Bearer';
  readonly #realm: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #key: Uint8Array | KeyObject;
  readonly #algorithm: 'HS256' | 'RS256';

  constructor(realm: string, options: JwtAuthenticatorOptions) {
    this.#realm = realm;
    this.#clock = options.clock;
    this.#algorithm = 'secret' in options ? 'HS256' : 'RS256';
    this.#key = 'secret' in options ? secretBytes(options.secret) : publicKey(options.publicKey);
  }

  async authenticate(request: TransportRequest): Promise<AuthenticationResult> {
    const header = request.headers.authorization;
    // A request that says nothing of itself is told of no error (RFC 6750, section 3.1).
    if (header === undefined) return this.#unauthorized();
    const token = /^Bearer +([\w.~+/=-]+) *$/i.exec(header)?.[1];
    if (token === undefined) return this.#unauthorized('The Authorization header has no bearer token');
    try {
      const { payload } = await compactVerify(token, this.#key, { algorithms: [this.#algorithm] });
      const claims = parseClaims(payload);
      checkTime(claims, this.#clock.now() / 1_000);
      return { kind: 'authenticated', principal: { claims: asTexts(claims) } };
    } catch (error) {
      return this.#unauthorized(`Invalid JWT: ${errorText(error)}`);
    }
  }

  #unauthorized(description?: string): AuthenticationResult {
    const realm = `Bearer realm=${quoted(this.#realm)}`;
    const error =
      description === undefined
        ? ''
        : `, error="invalid_token", error_description=${quoted(description.replaceAll('"', "'"))}`;
    return { kind: 'unauthorized', challenges: [realm + error] };
  }
}

/** Makes a token of claims. `exp` and `nbf` are seconds since the Unix epoch. */
export function signJwt(claims: Readonly<Record<string, unknown>>, key: JwtSignKey): Promise<string> {
  const [alg, signing] =
    'secret' in key
      ? (['HS256', secretBytes(key.secret)] as const)
      : (['RS256', typeof key.privateKey === 'string' ? createPrivateKey(key.privateKey) : key.privateKey] as const);
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg, typ: 'JWT' })
    .sign(signing);
}

function secretBytes(secret: string | Uint8Array): Uint8Array {
  return typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
}

function publicKey(key: string | KeyObject): KeyObject {
  return typeof key === 'string' ? createPublicKey(key) : key;
}

function parseClaims(payload: Uint8Array): Readonly<Record<string, unknown>> {
  const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new TypeError('no object of claims');
  if (Object.keys(claims).length === 0) throw new TypeError('no claims');
  return claims as Record<string, unknown>;
}

function checkTime(claims: Readonly<Record<string, unknown>>, nowSecs: number): void {
  const { exp, nbf } = claims;
  for (const [name, value] of Object.entries({ exp, nbf })) {
    if (value !== undefined && typeof value !== 'number') throw new TypeError(`'${name}' is no number`);
  }
  // To the second, as libprocess does: a token is good until the second it names is over.
  if (typeof exp === 'number' && exp < Math.floor(nowSecs)) throw new RangeError('it has expired');
  if (typeof nbf === 'number' && nbf > nowSecs) throw new RangeError('it is not valid yet');
}

function asTexts(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
