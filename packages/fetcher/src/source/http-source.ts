/** Files from an HTTP server: status 200 or nothing, redirects followed, the length checked. */
import { get as getHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import type { RequestOptions } from 'node:https';

import { errorText } from '@mesos-ts/libprocess';

import { FetchError, quoted } from '../errors.ts';
import type { Source } from './source.ts';

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

// Whatever is stored is what was published: no compression on the way.
const headers = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'mesos-fetcher' };

export const openHttp: Source = async (location, { redirectsMax, signal }) => {
  let url = new URL(location);
  for (let redirects = 0; ; redirects += 1) {
    const response = await request(url, signal);
    const status = response.statusCode ?? 0;
    if (status === 200) return { bytes: body(response, signal), sizeBytes: contentLength(response) };
    response.destroy();
    if (!redirectStatuses.has(status) || response.headers.location === undefined) {
      throw new FetchError('FETCH_HTTP_STATUS', `HTTP status ${status} ${response.statusMessage ?? ''}`.trimEnd());
    }
    if (redirects === redirectsMax) throw new FetchError('FETCH_REDIRECTS', `More than ${redirectsMax} redirects`);
    url = redirectTarget(response.headers.location, url);
  }
};

function request(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // A connection of its own, closed with the answer: nothing is left open when a fetch is over.
    const options: RequestOptions = { agent: false, headers, signal };
    const sent = url.protocol === 'https:' ? getHttps(url, options, resolve) : getHttp(url, options, resolve);
    sent.on('error', (error) => reject(signal.aborted ? error : failed(error)));
  });
}

function redirectTarget(location: string, from: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target?.protocol === 'http:' || target?.protocol === 'https:') return target;
  throw new FetchError('FETCH_REDIRECTS', `Redirected to ${quoted(location)}, which is not of http or https`);
}

function contentLength(response: IncomingMessage): number | undefined {
  const text = response.headers['content-length'];
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

async function* body(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* response;
  } catch (error) {
    if (signal.aborted) throw error;
    if (!response.complete) throw new FetchError('FETCH_TRUNCATED', cutShort, { cause: error });
    throw failed(error);
  }
  if (!response.complete) throw new FetchError('FETCH_TRUNCATED', cutShort);
}

const cutShort = 'The connection closed before the whole file had arrived';

function failed(cause: unknown): FetchError {
  return new FetchError('FETCH_HTTP_FAILED', connectionReason(cause), { cause });
}

/** An error of several addresses tried in turn has no message of its own. */
function connectionReason(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(connectionReason).join('; ');
  return errorText(cause);
}
