import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatAddress } from '../remote/address.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorText } from '../errors.ts';
import type { TransportHandlers } from '../transport/transport.ts';
import type { HttpRequest, HttpResponse } from './message.ts';

/** Answers a request of Node's HTTP server. Never rejects. */
export async function answerNode(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handlers: Pick<TransportHandlers, 'brokenOff' | 'request'>,
): Promise<void> {
  try {
    await writeToNode(await handlers.request(fromNode(incoming, outgoing)), outgoing);
  } catch (error) {
    handlers.brokenOff?.(errorText(error));
    if (outgoing.headersSent) {
      // The answer has begun, so the only way to tell the client is to break it off.
      outgoing.destroy();
    } else {
      for (const name of outgoing.getHeaderNames()) outgoing.removeHeader(name);
      outgoing.writeHead(500).end();
    }
  }
}

/** A request as it came from Node's HTTP server, before it is routed. `path` is still encoded. */
function fromNode(request: IncomingMessage, response: ServerResponse): HttpRequest {
  const url = originForm(request.url ?? '/');
  const mark = url.indexOf('?');
  const { remoteAddress, remotePort } = request.socket;
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  // What is left of a body that nobody read to its end is in the way of the next request.
  response.once('finish', () => request.resume());
  // A client that leaves is no error of ours; `signal` tells who cares.
  response.on('error', () => undefined);
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    url,
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: request.headers,
    client: remoteAddress === undefined ? undefined : formatAddress(remoteAddress, remotePort ?? 0),
    signal: gone.signal,
    // Whoever stops reading, as at a limit, must still be able to answer: the socket stays.
    body: { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) },
  };
}

/** The path and query of a request target; clients of a proxy send a whole URL, which servers must understand too (RFC 9112, 3.2.2). */
function originForm(target: string): string {
  const match = /^https?:\/\/[^/?#]*(.*)$/i.exec(target);
  if (match === null) return target;
  const rest = match[1] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** Writes an answer to Node's HTTP server, a streamed body as fast as the client reads it. */
async function writeToNode(answer: HttpResponse, response: ServerResponse): Promise<void> {
  const { status, headers = {}, body } = answer;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    response.setHeader('content-length', bytes?.length ?? 0);
    response.end(bytes);
    return;
  }
  if (response.req.method === 'HEAD') {
    // Nobody waits for the body, which may have no end: it is told so before it begins.
    response.end();
    await body[Symbol.asyncIterator]().return?.();
    return;
  }
  // Headers go out at once: the client of an event stream waits for them before the first event exists.
  response.flushHeaders();
  await pipeline(Readable.from(body, { objectMode: true }), response);
}
