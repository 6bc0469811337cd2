import { BasicAuthenticator, CertificateAuthenticator, CombinedAuthenticator } from '@mesos-ts/libprocess';
import { JwtAuthenticator } from '@mesos-ts/libprocess/jwt';
import type { Authenticator, Clock } from '@mesos-ts/libprocess';
import type { Credentials } from './credentials.ts';

/** Makes the authenticator of a realm, for a name that `--http_authenticators` may then have. */
export type AuthenticatorFactory = (realm: string) => Authenticator;

/** The name of the authenticators that know others by their TLS certificates, of HTTP clients and of actors. */
export const byCertificate = 'certificate';

/** What authenticators are made of. */
export interface AuthenticatorParts {
  /** For `basic`. */
  readonly credentials: Credentials | undefined;
  /** The secret that tokens are signed with, for `jwt`. */
  readonly jwtKey: string | undefined;
  /** Others, by name. */
  readonly factories: Readonly<Record<string, AuthenticatorFactory>>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The authenticator of a realm: one of the named ones, or, of several, the first that knows the client.
 * @param names `basic`, `jwt`, `certificate`, or a name of `factories`.
 * @throws when a name is not known or lacks what it needs.
 */
export function realmAuthenticator(realm: string, names: readonly string[], parts: AuthenticatorParts): Authenticator {
  const made = names.map((name) => create(realm, name, parts));
  const [first] = made;
  if (first === undefined) throw new Error(`No HTTP authenticators specified for realm '${realm}'`);
  return made.length === 1 ? first : new CombinedAuthenticator(made);
}

function create(realm: string, name: string, parts: AuthenticatorParts): Authenticator {
  const factory = Object.hasOwn(parts.factories, name) ? parts.factories[name] : undefined;
  if (factory !== undefined) return factory(realm);
  if (name === 'basic') {
    if (parts.credentials === undefined) {
      throw new Error(`No credentials provided for the default 'basic' HTTP authenticator for realm '${realm}'`);
    }
    return new BasicAuthenticator(realm, parts.credentials, { asLibprocess: true });
  }
  if (name === 'jwt') {
    if (parts.jwtKey === undefined) {
      throw new Error(`No secret key provided for the default 'jwt' HTTP authenticator for realm '${realm}'`);
    }
    return namedBySubject(new JwtAuthenticator(realm, { secret: parts.jwtKey, clock: parts.clock }));
  }
  if (name === byCertificate) return new CertificateAuthenticator(realm);
  const known = ['basic', 'jwt', byCertificate, ...Object.keys(parts.factories)];
  throw new Error(`HTTP authenticator '${name}' not found: Expecting ${known.join(', ')}`);
}

/**
 * Rules and frameworks know principals by name, which a token has as its subject (RFC 7519, section 4.1.2). In Mesos no token has a
 * name; those of executors have none here, too.
 */
function namedBySubject(tokens: Authenticator): Authenticator {
  return {
    scheme: tokens.scheme,
    authenticate: async (request) => {
      const result = await tokens.authenticate(request);
      if (result.kind !== 'authenticated') return result;
      const { claims = {} } = result.principal;
      return claims['sub'] === undefined ? result : { ...result, principal: { value: claims['sub'], claims } };
    },
  };
}
