import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { acceptsEncoding } from '@mesos-ts/libprocess';
import type { HttpRequest, HttpResponse } from '@mesos-ts/libprocess';
import type { Told } from './read-model.ts';

const chunkBytes = 64 * 1024;
// A fast reader takes this in a millisecond or so, during which nobody else has a turn.
const chunksPerTurn = 16;
const gzipBytesMin = 1024;

/** What goes with an answer. */
export interface ToldOptions {
  readonly request: Pick<HttpRequest, 'headers'>;
  readonly contentType: string;
  /** The master's id: versions of another one mean nothing here. */
  readonly masterId: string;
  /** Lets the event loop go round. */
  readonly turn: () => Promise<void>;
}

/**
 * An answer as HTTP has it: in chunks, as fast as it is read, or 304 where the client has the same. Its `etag` is a weak one: the
 * compressed form has the same.
 */
export function toldResponse({ text, version }: Told, options: ToldOptions): HttpResponse {
  const { contentType, masterId, request, turn } = options;
  const etag = `W/"${masterId}-${version}"`;
  // May be kept, but not shown again without asking.
  const headers = { etag, 'cache-control': 'no-cache', vary: 'accept-encoding' };
  if (isOneOf(etag, request.headers['if-none-match'])) return { status: 304, headers };
  const whole = { ...headers, 'content-type': contentType };
  if (text.length >= gzipBytesMin && acceptsEncoding(request.headers, 'gzip')) {
    const gzip = createGzip({ chunkSize: chunkBytes });
    return {
      status: 200,
      headers: { ...whole, 'content-encoding': 'gzip' },
      body: Readable.from(body(text, turn)).pipe(gzip),
    };
  }
  return { status: 200, headers: { ...whole, 'content-length': String(text.length) }, body: body(text, turn) };
}

async function* body(text: Told['text'], turn: ToldOptions['turn']): AsyncGenerator<Uint8Array, void, void> {
  let left = chunksPerTurn;
  for (const chunk of text.sharedChunks(chunkBytes)) {
    if (left-- === 0) {
      left = chunksPerTurn - 1;
      await turn();
    }
    yield chunk;
  }
}

/** Whether a list of entity tags has this one or `*`. Weak and strong tags are compared alike (RFC 9110, section 13.1.2). */
function isOneOf(etag: string, list: string | undefined): boolean {
  if (list === undefined) return false;
  return list.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag.slice(2));
}
