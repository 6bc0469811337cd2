import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { IncomingMessage, RequestOptions } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import type { ApiFetch } from '../api-fetch.ts';

/** How `https` is spoken, as in `tls.connect` of Node.js: CAs, the client's own certificate and key, names. */
export type NodeTlsOptions = Pick<
  ConnectionOptions,
  | 'ca'
  | 'cert'
  | 'checkServerIdentity'
  | 'ciphers'
  | 'key'
  | 'minVersion'
  | 'passphrase'
  | 'rejectUnauthorized'
  | 'servername'
>;

/** Options of {@link nodeFetch}. */
export interface NodeFetchOptions {
  /** @default what Node.js trusts, and no certificate of the client's own */
  readonly tls?: NodeTlsOptions | undefined;
}

/** Makes requests over connections that are kept; those that nobody uses keep no program alive. */
export function nodeFetch({ tls = {} }: NodeFetchOptions = {}): ApiFetch {
  const http = new HttpAgent({ keepAlive: true });
  const https = new HttpsAgent({ ...tls, keepAlive: true });
  return async (url, { body, headers, method, signal }) => {
    const isSecure = url.startsWith('https:');
    const length = String(Buffer.byteLength(body));
    const options: RequestOptions = {
      agent: isSecure ? https : http,
      headers: { ...headers, 'content-length': length },
      method,
      signal,
    };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = isSecure ? httpsRequest(url, options) : httpRequest(url, options);
      // Later errors are those of the answer, too.
      request.on('error', reject);
      request.on('response', resolve);
      request.end(body);
    });
    // Whoever reads the body hears of errors in it; one that nobody reads must not end the program.
    answer.on('error', () => undefined);
    return {
      status: answer.statusCode ?? 0,
      url,
      header: (name) => {
        const value = answer.headers[name];
        return typeof value === 'string' ? value : value?.join(', ');
      },
      body: answer as AsyncIterable<Uint8Array>,
    };
  };
}
