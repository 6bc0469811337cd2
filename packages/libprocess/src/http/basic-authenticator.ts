import { createHash, timingSafeEqual } from 'node:crypto';
import { quoted } from './authentication.ts';
import type { AuthenticationResult, Authenticator } from './authentication.ts';
import type { TransportRequest } from './message.ts';

/** Options of `BasicAuthenticator`. */
export interface BasicAuthenticatorOptions {
  /**
   * Reads the header as narrowly as libprocess does: the scheme only as `Basic`, one blank behind it, and no colon in a password, so
   * that credentials with one never pass. For daemons that must answer as Mesos's do. @default false
   */
  readonly asLibprocess?: boolean;
}

/** The `Basic` scheme (RFC 7617) with a fixed set of credentials, in UTF-8. */
export class BasicAuthenticator implements Authenticator {
  readonly scheme = 'Basic';
  readonly #realm: string;
  readonly #asLibprocess: boolean;
  /** Digests of the passwords by user: of equal length, so that comparing them takes equal time. */
  readonly #digests: ReadonlyMap<string, Buffer>;

  /** @param credentials Passwords by user. A user's name cannot have a colon. */
  constructor(
    realm: string,
    credentials: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
    options: BasicAuthenticatorOptions = {},
  ) {
    this.#realm = realm;
    this.#asLibprocess = options.asLibprocess ?? false;
    const entries = Symbol.iterator in credentials ? credentials : Object.entries<string>(credentials);
    this.#digests = new Map([...entries].map(([user, password]) => [user, digest(password)]));
  }

  authenticate(request: TransportRequest): AuthenticationResult {
    const credential = this.#credential(request.headers.authorization);
    if (credential !== undefined && this.#isRight(credential)) {
      return { kind: 'authenticated', principal: { value: credential.user } };
    }
    return { kind: 'unauthorized', challenges: [`Basic realm=${quoted(this.#realm)}`] };
  }

  #isRight({ user, password }: Credential): boolean {
    const expected = this.#digests.get(user);
    // An unknown user costs the same comparison, so that the time does not tell who is known.
    const matches = timingSafeEqual(digest(password), expected ?? unknownUser);
    return matches && expected !== undefined;
  }

  #credential(header: string | undefined): Credential | undefined {
    const encoded = (this.#asLibprocess ? narrowHeader : header7617).exec(header ?? '')?.[1];
    if (encoded === undefined) return undefined;
    const text = Buffer.from(encoded, 'base64').toString();
    const colon = text.indexOf(':');
    if (colon < 0) return undefined;
    const password = text.slice(colon + 1);
    return this.#asLibprocess && password.includes(':') ? undefined : { user: text.slice(0, colon), password };
  }
}

interface Credential {
  readonly user: string;
  readonly password: string;
}

const header7617 = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;
const narrowHeader = /^Basic ([A-Za-z0-9+/]+={0,2})$/;
const unknownUser = digest('');

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
