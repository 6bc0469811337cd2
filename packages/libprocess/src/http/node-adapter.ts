import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatAddress } from '../address.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpRequest, HttpResponse } from './message.ts';

/** A request as it came from Node's HTTP server, before it is routed. `path` is still encoded. */
export function fromNode(request: IncomingMessage, response: ServerResponse): HttpRequest {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const { remoteAddress, remotePort } = request.socket;
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    url,
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: request.headers,
    client: remoteAddress === undefined ? undefined : formatAddress(remoteAddress, remotePort ?? 0),
    signal: gone.signal,
    body: request,
  };
}

/** Writes an answer to Node's HTTP server, a streamed body as fast as the client reads it. */
export async function writeToNode(answer: HttpResponse, response: ServerResponse): Promise<void> {
  const { status, headers = {}, body } = answer;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    response.setHeader('content-length', bytes?.length ?? 0);
    response.end(bytes);
    return;
  }
  // Headers go out at once: the client of an event stream waits for them before the first event exists.
  response.flushHeaders();
  await pipeline(Readable.from(body, { objectMode: true }), response);
}
