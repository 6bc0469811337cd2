import type { HttpResponse, TransportRequest } from './message.ts';
import type { Principal } from './principal.ts';

/**
 * What became of an attempt to authenticate: known, asked again (401 with the challenges in `WWW-Authenticate`), or refused without
 * another question (403).
 */
export type AuthenticationResult =
  | { readonly kind: 'authenticated'; readonly principal: Principal }
  | { readonly kind: 'unauthorized'; readonly challenges: readonly string[]; readonly body?: string }
  | { readonly kind: 'forbidden'; readonly body?: string };

/** Finds out who sent a request. Set for a realm with `runtime.http.setAuthenticator`. */
export interface Authenticator {
  /** The name of the scheme, for example `Basic`. */
  readonly scheme: string;
  /**
   * Looks at a request. A promise that rejects is answered with 500; one that takes longer than `authenticationTimeoutMs` with 503.
   * The body is not to be read: it belongs to the route.
   */
  authenticate(request: TransportRequest): AuthenticationResult | Promise<AuthenticationResult>;
}

/** Decides whether a principal may use an endpoint; false is answered with 403. */
export type AuthorizationCallback = (
  request: TransportRequest,
  principal: Principal | undefined,
) => boolean | Promise<boolean>;

/** The answer to an attempt to authenticate that has failed. */
export function refusal(result: Exclude<AuthenticationResult, { kind: 'authenticated' }>): HttpResponse {
  const plain = { 'content-type': 'text/plain; charset=utf-8' };
  return result.kind === 'forbidden'
    ? { status: 403, headers: plain, body: result.body ?? '403 Forbidden.' }
    : {
        status: 401,
        headers: { ...plain, 'www-authenticate': result.challenges.join(', ') },
        body: result.body ?? '401 Unauthorized.',
      };
}

/** A text as a quoted string of a header field (RFC 9110, section 5.6.4), for the parameters of challenges. */
export function quoted(text: string): string {
  return `"${text.replaceAll(/[^\t\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&')}"`;
}
