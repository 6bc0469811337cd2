import { acceptsEncoding } from './negotiation.ts';
import { gzip } from './node-gzip.ts';
import type { ServerResponse } from 'node:http';
import type { HttpResponse } from './message.ts';

/** Bodies from this size on are compressed for clients that take gzip, as in libprocess (its encoder.hpp). */
const gzipBytesMin = 1_024;

// A large body leaves in slices, so that it can be seen whether its reader gets on.
const sliceBytes = 64 * 1024;

// What may wait to be taken by the system while the next piece is fetched: it takes several pieces in one call then.
const aheadBytes = 512 * 1024;

// As Mesos and most servers write them: scripts that look for `Location:` in an answer do not always ignore case.
const names = [
  ['Allow', 'Cache-Control', 'Connection', 'Content-Disposition', 'Content-Encoding', 'Content-Length', 'Content-Type'],
  ['ETag', 'Last-Modified', 'Location', 'Retry-After', 'Vary', 'WWW-Authenticate'],
].flat();
const writtenNames: ReadonlyMap<string, string> = new Map(names.map((name) => [name.toLowerCase(), name]));

/** Writes an answer to Node's HTTP server, as fast as the client reads it. Rejects when it cannot be written to its end. */
export async function writeToNode(answer: HttpResponse, response: ServerResponse): Promise<void> {
  const { body } = answer;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    setHeader(answer, response);
    await writeWhole(body, response);
  } else {
    await writeStream(answer, body[Symbol.asyncIterator](), response);
  }
}

function setHeader({ headers = {}, status }: HttpResponse, response: ServerResponse): void {
  // Node writes it, and every client goes on to wait for the answer itself (RFC 9110, section 15.2).
  if (status < 200) throw new RangeError(`${status} is no status of a final answer`);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(writtenNames.get(name) ?? name, value);
  }
}

function isBodiless(status: number): boolean {
  return status === 204 || status === 304;
}

async function writeWhole(plain: string | Uint8Array = '', response: ServerResponse): Promise<void> {
  if (isBodiless(response.statusCode)) {
    response.end();
    return;
  }
  let body = plain;
  let length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  if (length >= gzipBytesMin && !response.hasHeader('content-encoding')) {
    response.appendHeader('Vary', 'accept-encoding');
    if (acceptsEncoding(response.req.headers, 'gzip')) {
      body = await gzip(body);
      length = body.length;
      response.setHeader('Content-Encoding', 'gzip');
    }
  }
  response.setHeader('Content-Length', length);
  if (length <= sliceBytes || response.req.method === 'HEAD') {
    // A text leaves in one piece with the header, which bytes do not.
    response.end(body);
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  for (let begin = 0; begin < length; begin += sliceBytes) {
    await written(response, bytes.subarray(begin, begin + sliceBytes));
  }
  response.end();
}

async function writeStream(
  answer: HttpResponse,
  iterator: AsyncIterator<string | Uint8Array>,
  response: ServerResponse,
): Promise<void> {
  let leave: ((reason: Error) => void) | undefined;
  let isGone = response.destroyed;
  const gone = (): void => {
    isGone = true;
    leave?.(new Error('the client has left'));
  };
  response.once('close', gone);
  let isDone = false;
  try {
    setHeader(answer, response);
    if (response.req.method === 'HEAD' || isBodiless(answer.status)) {
      // Nobody waits for the body, which may have no end: it is told so before it begins.
      response.end();
      return;
    }
    // Headers go out at once: the client of an event stream waits for them before the first event exists.
    response.flushHeaders();
    for (;;) {
      const next = await new Promise<IteratorResult<string | Uint8Array>>((resolve, reject) => {
        leave = reject;
        if (isGone) gone();
        else iterator.next().then(resolve, reject);
      });
      if (next.done === true) break;
      if (next.value.length > 0) await written(response, next.value);
    }
    isDone = true;
    response.end();
  } finally {
    response.off('close', gone);
    // Not waited for: a generator that waits for something else comes to its end only after that.
    if (!isDone) iterator.return?.().catch(() => undefined);
  }
}

/** Writes a piece and waits until there is room for the next. */
function written(response: ServerResponse, piece: string | Uint8Array): Promise<void> {
  if (response.destroyed) return Promise.reject(new Error('the client has left'));
  if (response.write(piece) || response.writableLength < aheadBytes) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const drained = (): void => {
      response.off('close', closed);
      resolve();
    };
    const closed = (): void => {
      response.off('drain', drained);
      reject(new Error('the client has left'));
    };
    response.once('drain', drained);
    response.once('close', closed);
  });
}
