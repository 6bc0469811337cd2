import { requestFailed } from './failure.ts';

/** A request as it is sent. */
export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
}

const redirects = new Set([301, 302, 303, 307, 308]);
// They are for the origin that they were written for, not for whom it sends its clients to.
const secrets = new Set(['authorization', 'cookie', 'proxy-authorization']);
const ofBody = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
  'transfer-encoding',
]);

/**
 * The request that a redirect asks for, as the Fetch standard has it: after 303, and after 301 and 302 for a POST, a GET without the
 * body; else the same again. Undefined for an answer that is no redirect. Rejects what cannot be done again with `HTTP_REQUEST_FAILED`.
 */
export function redirected(request: Exchange, status: number, location: string | undefined): Exchange | undefined {
  if (!redirects.has(status) || location === undefined) return undefined;
  const url = URL.canParse(location, request.url.href) ? new URL(location, request.url) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw requestFailed(`it is redirected to '${location}'`);
  const becomesGet =
    (status === 303 && request.method !== 'HEAD') || ((status === 301 || status === 302) && request.method === 'POST');
  const isSameOrigin = url.origin === request.url.origin;
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(
      ([name]) => (isSameOrigin || !secrets.has(name.toLowerCase())) && !(becomesGet && ofBody.has(name.toLowerCase())),
    ),
  );
  const { body, method } = request;
  if (becomesGet) return { url, headers, method: 'GET' };
  const canRepeat = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  if (!canRepeat) throw requestFailed('it is redirected and its body, which was streamed, cannot be sent again');
  return { url, headers, method, ...(body === undefined ? {} : { body }) };
}
