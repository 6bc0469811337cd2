import { ApiError } from './errors.ts';
import type { ApiCredential } from './credentials.ts';

/** A server, and who asks it if the address says so. */
export interface ServerAddress {
  /** Without a slash at its end. */
  readonly url: string;
  readonly credential: ApiCredential | undefined;
}

/**
 * Reads `http://host:port`, which may have a path in front of those of the API, and `principal:secret@`. Throws `API_ADDRESS_INVALID`,
 * which does not repeat the address since there may be a secret in it.
 */
export function serverAddress(text: string): ServerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !isHttp(url)) {
    throw new ApiError('API_ADDRESS_INVALID', 'Expected the address of a server to be of the form http://host:port');
  }
  const { password, username } = url;
  const credential =
    username === '' ? undefined : { principal: decodeURIComponent(username), secret: decodeURIComponent(password) };
  return { url: `${url.origin}${url.pathname.replace(/\/+$/, '')}`, credential };
}

/** Where a redirect leads to. Throws `API_REDIRECTED` for where nobody should go. */
export function redirectTarget(from: string, location: string | undefined): string {
  const url = location !== undefined && URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (url === undefined || !isHttp(url)) {
    throw new ApiError('API_REDIRECTED', `${from} redirects to '${location ?? ''}', which is no address`);
  }
  // What was asked for in secret, credentials among it, is not to be said aloud.
  if (from.startsWith('https:') && url.protocol === 'http:') {
    throw new ApiError('API_REDIRECTED', `${from} redirects to ${url.origin}, which is not protected`);
  }
  return url.href;
}

function isHttp({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:';
}
