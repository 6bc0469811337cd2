import { acceptsEncoding, type HttpRequest, type HttpResponse } from '@mesos-ts/libprocess';
import { eventLoopTurn } from './turn.ts';
import type { ListingAnswer } from './composer.ts';

// A fast reader takes this in less than a millisecond, during which nobody else has a turn.
const bytesPerTurn = 512 * 1024;
const shortBytes = 32 * 1024;
const joinedBytes = 128 * 1024;

/** What goes with an answer. */
export interface ListingResponseOptions {
  readonly request: Pick<HttpRequest, 'headers'>;
  readonly contentType: string;
  /** The id of the program, another one each time it is started: tags of another one mean nothing here. */
  readonly owner: string;
  /** Lets the event loop go round. @default eventLoopTurn */
  readonly turn?: () => Promise<void>;
}

/**
 * An answer as HTTP has it: as fast as it is read, or 304 where the client has the same. Its `etag` is a weak one: the compressed form has
 * the same.
 * @param ask Asks for it.
 */
export async function listingResponse(
  ask: (gzip: boolean) => Promise<ListingAnswer>,
  { contentType, owner, request, turn = eventLoopTurn }: ListingResponseOptions,
): Promise<HttpResponse> {
  const told = await ask(acceptsEncoding(request.headers, 'gzip'));
  const etag = `W/"${owner}-${told.tag}"`;
  // May be kept, but not shown again without asking.
  const headers = { etag, 'cache-control': 'no-cache', vary: 'accept-encoding' };
  if (isOneOf(etag, request.headers['if-none-match'])) return { status: 304, headers };
  return {
    status: 200,
    headers: {
      ...headers,
      'content-type': contentType,
      'content-length': String(told.length),
      ...(told.isGzip ? { 'content-encoding': 'gzip' } : {}),
    },
    body: body(told, turn),
  };
}

async function* body({ parts }: ListingAnswer, turn: () => Promise<void>): AsyncGenerator<Uint8Array, void, void> {
  let left = bytesPerTurn;
  for (const piece of joined(parts)) {
    if (left <= 0) {
      left = bytesPerTurn;
      await turn();
    }
    left -= piece.length;
    yield piece;
  }
}

/** The parts, the short ones put together: compressed blocks are some kilobytes, and each that is written by itself costs as much as to copy ten. */
function* joined(parts: readonly Uint8Array[]): Generator<Uint8Array, void> {
  let short: Uint8Array[] = [];
  let length = 0;
  for (const part of parts) {
    if (part.length >= shortBytes) {
      if (length > 0) yield Buffer.concat(short, length);
      short = [];
      length = 0;
      yield part;
      continue;
    }
    short.push(part);
    length += part.length;
    if (length < joinedBytes) continue;
    yield Buffer.concat(short, length);
    short = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(short, length);
}

/** Whether a list of entity tags has this one or `*`. Weak and strong tags are compared alike (RFC 9110, section 13.1.2). */
function isOneOf(etag: string, list: string | undefined): boolean {
  if (list === undefined) return false;
  return list.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag.slice(2));
}
