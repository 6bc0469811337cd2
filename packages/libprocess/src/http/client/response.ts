import { readBody, readJson, readText } from '../body.ts';
import type { IncomingHttpHeaders } from 'node:http';

/** An answer whose header has arrived. Its body is read once, by one of these, or `discard`ed; till then it holds a connection. */
export interface HttpClientResponse {
  readonly status: number;
  /** Header fields by lower-case name. */
  readonly headers: IncomingHttpHeaders;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** The body as it arrives, decompressed; read as fast as it is asked for. Fails as the request would. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads the whole body. Rejects with `HTTP_BODY_TOO_LARGE` beyond `bytesMax`. @param bytesMax @default 64 MiB */
  bytes(bytesMax?: number): Promise<Buffer>;
  /** Reads the whole body as text of its charset. Rejects as `readText`. */
  text(bytesMax?: number): Promise<string>;
  /** Reads the whole body as JSON. Rejects as `readJson`. */
  json(bytesMax?: number): Promise<unknown>;
  /** Lets the body go, so that the connection can be used again, or is ended where much is still to come. */
  discard(): Promise<void>;
}

const defaultBytesMax = 64 * 1024 * 1024;

/** What a response has besides its ways to be read. */
type ResponseHead = Pick<HttpClientResponse, 'body' | 'discard' | 'headers' | 'status' | 'url'>;

/** Adds the ways to read a whole body. */
export function responseOf(head: ResponseHead): HttpClientResponse {
  return {
    ...head,
    bytes: (bytesMax = defaultBytesMax) => readBody(head.body, bytesMax),
    text: (bytesMax = defaultBytesMax) => readText(head, bytesMax),
    json: (bytesMax = defaultBytesMax) => readJson(head, bytesMax),
  };
}
