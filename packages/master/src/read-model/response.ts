import { acceptsEncoding, textResponse, type HttpRequest, type HttpResponse } from '@mesos-ts/libprocess';
import { MasterError } from '../errors.ts';
import type { Told } from './read-model.ts';

// A fast reader takes this in less than a millisecond, during which nobody else has a turn.
const bytesPerTurn = 512 * 1024;

/** What goes with an answer. */
export interface ToldOptions {
  readonly request: Pick<HttpRequest, 'headers'>;
  readonly contentType: string;
  /** The master's id: tags of another one mean nothing here. */
  readonly masterId: string;
  /** Lets the event loop go round. */
  readonly turn: () => Promise<void>;
}

/**
 * An answer as HTTP has it: as fast as it is read, or 304 where the client has the same. Its `etag` is a weak one: the compressed form has
 * the same.
 * @param ask Asks for it.
 */
export async function toldResponse(
  ask: (gzip: boolean) => Promise<Told>,
  { contentType, masterId, request, turn }: ToldOptions,
): Promise<HttpResponse> {
  let told: Told;
  try {
    told = await ask(acceptsEncoding(request.headers, 'gzip'));
  } catch (error) {
    if (!(error instanceof MasterError) || error.code !== 'MASTER_READ_MODEL') throw error;
    // What has failed is in the log.
    const { headers = {}, ...answer } = textResponse(503, 'The state cannot be told at present.');
    return { ...answer, headers: { ...headers, 'retry-after': '1' } };
  }
  const etag = `W/"${masterId}-${told.tag}"`;
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

async function* body({ parts }: Told, turn: ToldOptions['turn']): AsyncGenerator<Uint8Array, void, void> {
  let left = bytesPerTurn;
  for (const part of parts) {
    if (left <= 0) {
      left = bytesPerTurn;
      await turn();
    }
    left -= part.length;
    yield part;
  }
}

/** Whether a list of entity tags has this one or `*`. Weak and strong tags are compared alike (RFC 9110, section 13.1.2). */
function isOneOf(etag: string, list: string | undefined): boolean {
  if (list === undefined) return false;
  return list.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag.slice(2));
}
