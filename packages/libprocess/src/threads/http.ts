import type { HttpRequest, HttpResponse } from '../http/message.ts';
import type { Packed } from './clone.ts';
import { pack, unpack } from './clone.ts';
import type { Streams } from './streams.ts';

interface PackedResponse {
  readonly rest: Readonly<Record<string, unknown>>;
  readonly body?: string | Uint8Array;
  readonly stream?: number;
}

/** Readies a request for another thread; its body goes as a stream. */
export function packRequest({ query, signal: _signal, body: _body, ...rest }: HttpRequest): Packed {
  return pack({ ...plain(rest), query: query.toString() }, []);
}

/** A request as it came from another thread. */
export function unpackRequest(packed: Packed, body: AsyncIterable<Uint8Array>, signal: AbortSignal): HttpRequest {
  const request = unpack(packed) as Omit<HttpRequest, 'query'> & { readonly query: string };
  return { ...request, query: new URLSearchParams(request.query), body, signal };
}

/** Readies an answer for another thread. */
export function packResponse({ body, ...rest }: HttpResponse, streams: Streams): PackedResponse {
  if (body === undefined) return { rest: plain(rest) };
  if (typeof body === 'string') return { rest: plain(rest), body };
  // A copy: a part of a larger buffer would be cloned with all the rest of it.
  if (body instanceof Uint8Array) return { rest: plain(rest), body: new Uint8Array(body) };
  return { rest: plain(rest), stream: streams.offer(body) };
}

/** An answer as it came from another thread. */
export function unpackResponse(packed: unknown, streams: Streams): HttpResponse {
  const { rest, body, stream } = packed as PackedResponse;
  const response = rest as unknown as HttpResponse;
  if (stream !== undefined) return { ...response, body: streams.take(stream) };
  return body === undefined ? response : { ...response, body };
}

/** What of an object can be cloned: functions cannot. */
export function plain(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value !== 'function'));
}
