import { toBase64 } from '@mesos-ts/protocol';

/** A principal and its secret, for HTTP basic authentication. */
export interface ApiCredential {
  readonly principal: string;
  readonly secret: string;
}

/** Who a client is, and how it proves it. */
export interface ApiIdentity {
  /** Sent as HTTP basic authentication. */
  readonly credential?: ApiCredential | undefined;
  /** Sent as a bearer token, such as a JWT; it goes before a credential. */
  readonly token?: string | undefined;
}

/** The `Authorization` field of an identity; undefined for nobody in particular. */
export function authorizationOf({ credential, token }: ApiIdentity): string | undefined {
  if (token !== undefined) return `Bearer ${token}`;
  if (credential === undefined) return undefined;
  return `Basic ${toBase64(new TextEncoder().encode(`${credential.principal}:${credential.secret}`))}`;
}
