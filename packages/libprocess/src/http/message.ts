import type { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { RouteParams } from './path-pattern.ts';
import type { Principal } from './principal.ts';

/** A request as a transport hands it to the runtime, before it is routed: `path` is still encoded. */
export interface TransportRequest {
  readonly method: string;
  readonly path: string;
  /** The path and query as the client sent them. */
  readonly url: string;
  readonly query: URLSearchParams;
  /** Header fields by lower-case name. */
  readonly headers: IncomingHttpHeaders;
  /** The client's `ip:port`; undefined for requests that never were on a socket. */
  readonly client: string | undefined;
  /** The certificate that the client has shown and that was verified. @default none */
  readonly certificate?: X509Certificate | undefined;
  /** Aborts when the client goes away before the response is complete, and when the runtime closes. */
  readonly signal: AbortSignal;
  /** The body as it arrives, decompressed. To be read once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Resolves when a body that comes later than it has arrived, as one that is decompressed does, has been read, or will not be. */
  readonly whenRead?: Promise<void> | undefined;
  /** True where the client asks for a WebSocket, which an answer of status 101 gives it. */
  readonly webSocket?: boolean;
}

/**
 * What a route's handler gets. `path` is the decoded path below the actor, for example `/state` for a request to `/master/state`. The
 * query, the signal and the certificate are made when they are asked for: a copy by `{ ...request }` has none of them.
 */
export interface HttpRequest<Params extends RouteParams = RouteParams> extends TransportRequest {
  /** What the `:name` segments of the route matched, decoded. */
  readonly params: Params;
  /** Who the client has proved to be; undefined where the route has no realm, or the realm no authenticator. */
  readonly principal: Principal | undefined;
}

/**
 * What a route's handler answers. A streamed body is pulled as fast as the client reads it. With status 101, which answers a request for
 * a WebSocket, each piece of the body is a message.
 */
export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
}

/** Handles one HTTP request in its actor's turn. An exception is answered with 500, and so is an answer that cannot be written. */
export type HttpHandler<Params extends RouteParams = RouteParams> = (
  request: HttpRequest<Params>,
) => HttpResponse | Promise<HttpResponse>;

// Names of functions and their members; anything else in its place would be a program of the caller's choice run by its victim.
const jsonpName = /^(?:[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)?$/;
const jsonpLengthMax = 256;

/** Whether a function may be called so by what `jsonResponse` answers. */
export function isJsonpName(text: string): boolean {
  return text.length <= jsonpLengthMax && jsonpName.test(text);
}

/**
 * An answer of JSON text. With a `jsonp` name it is a script that calls that function, as every Mesos v0 endpoint offers; an empty one
 * calls none. A name that is not one of a function is answered with 400, where Mesos would repeat it.
 */
export function jsonResponse(value: unknown, options: { status?: number; jsonp?: string | null } = {}): HttpResponse {
  const jsonp = options.jsonp ?? undefined;
  if (jsonp !== undefined && !isJsonpName(jsonp)) {
    return textResponse(400, "400 Bad Request. 'jsonp' must name a function.");
  }
  const text = JSON.stringify(value);
  return {
    status: options.status ?? 200,
    headers: { 'content-type': jsonp === undefined ? 'application/json' : 'text/javascript' },
    body: jsonp === undefined ? text : `${jsonp}(${text})`,
  };
}

/** An answer of plain text. */
export function textResponse(status: number, text: string): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text };
}

/** The answer to what has failed for no fault of the client, which is not told what it was. */
export function internalServerError(): HttpResponse {
  return textResponse(500, '500 Internal Server Error.');
}

/** The answer to a method that a route does not take, in the words that Mesos uses. */
export function methodNotAllowed(methods: readonly string[], method: string): HttpResponse {
  const list = methods.map((name) => `'${name}'`).join(', ');
  const answer = textResponse(405, `405 Method Not Allowed. Expecting one of { ${list} }, but received '${method}'.`);
  return { ...answer, headers: { ...answer.headers, allow: methods.join(', ') } };
}
