import { Timeout } from '../time/timeout.ts';
import { ProcessError } from '../errors.ts';
import { parseMediaType } from './negotiation.ts';
import type { Clock } from '../time/clock.ts';
import type { TransportRequest } from './message.ts';

/** Reads a whole body of at most so many bytes. Rejects with `HTTP_BODY_TOO_LARGE` beyond. */
export async function readBody(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Reads a whole body as text, in the charset that its `Content-Type` names, else UTF-8. Rejects with `HTTP_MEDIA_TYPE_UNSUPPORTED`
 * (415) for a charset that is not known, `HTTP_BODY_INVALID` (400) for bytes that are no text in it, `HTTP_BODY_TOO_LARGE` (413).
 */
export async function readText(request: Pick<TransportRequest, 'body' | 'headers'>, bytesMax: number): Promise<string> {
  const decoder = decoderOf(request.headers['content-type']);
  const bytes = await readBody(request.body, bytesMax);
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new ProcessError('HTTP_BODY_INVALID', `The body is not ${decoder.encoding} text`, { cause: error });
  }
}

/**
 * Reads a whole body as JSON. Rejects as `readText` does, and with `HTTP_BODY_INVALID` (400) for what is no JSON and for objects with
 * a key `__proto__`, or `constructor` with a `prototype` in it: whoever merged such an object into another would change every object.
 */
export async function readJson(
  request: Pick<TransportRequest, 'body' | 'headers'>,
  bytesMax: number,
): Promise<unknown> {
  const text = await readText(request, bytesMax);
  try {
    // Both names can also be written with escapes; only texts that could have them pay for being looked at again.
    return /__proto__|constructor|\\u/.test(text) ? JSON.parse(text, refusePrototypes) : JSON.parse(text);
  } catch (error) {
    if (error instanceof ProcessError) throw error;
    throw new ProcessError('HTTP_BODY_INVALID', 'The body is not JSON', { cause: error });
  }
}

function refusePrototypes(key: string, value: unknown): unknown {
  const isBad =
    key === '__proto__' ||
    (key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype'));
  if (isBad) throw new ProcessError('HTTP_BODY_INVALID', `The body has a key '${key}'`);
  return value;
}

function decoderOf(contentType: string | undefined): InstanceType<typeof TextDecoder> {
  const charset = contentType === undefined ? undefined : parseMediaType(contentType)?.parameters['charset'];
  try {
    return new TextDecoder(charset ?? 'utf-8', { fatal: true });
  } catch (error) {
    throw new ProcessError('HTTP_MEDIA_TYPE_UNSUPPORTED', `Charset '${charset}' is not supported`, { cause: error });
  }
}

/** Bounds of a body while it is read. */
interface BodyBounds {
  readonly bytesMax: number;
  /** How long the whole of it may take from the moment that somebody begins to read it, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * A body that keeps to its bounds: reading it fails with `HTTP_BODY_TOO_LARGE` (413) once it is longer and with `HTTP_BODY_TIMEOUT` (408)
 * once it takes longer, however steadily it trickles.
 */
export function boundedBody(body: AsyncIterable<Uint8Array>, bounds: BodyBounds): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => bounded(body, bounds) };
}

async function* bounded(body: AsyncIterable<Uint8Array>, bounds: BodyBounds): AsyncGenerator<Uint8Array, void, void> {
  const { bytesMax, clock, timeoutMs } = bounds;
  const source = body[Symbol.asyncIterator]();
  const time = new Timeout(clock, timeoutMs);
  let length = 0;
  let isDone = false;
  try {
    for (;;) {
      const next = await inTime(source, bounds, time);
      if (next.done === true) {
        isDone = true;
        return;
      }
      length += next.value.length;
      if (length > bytesMax) throw tooLarge(bytesMax);
      yield next.value;
    }
  } finally {
    // Not waited for: the source may be stuck in the very read that was given up.
    if (!isDone) source.return?.().catch(() => undefined);
  }
}

/** The next piece of a body. There is a timer only while it is waited for, because a reader may leave off without a word. */
async function inTime(
  source: AsyncIterator<Uint8Array>,
  { clock, timeoutMs }: BodyBounds,
  time: Timeout,
): Promise<IteratorResult<Uint8Array>> {
  const late = (): ProcessError =>
    new ProcessError('HTTP_BODY_TIMEOUT', `The body did not arrive within ${timeoutMs} milliseconds`);
  if (time.expired) throw late();
  const next = source.next();
  if (time.deadlineMs === Infinity) return next;
  return new Promise((resolve, reject) => {
    const timer = clock.timer(time.remainingMs, () => {
      reject(late());
    });
    next.finally(() => clock.cancel(timer)).then(resolve, reject);
  });
}

function tooLarge(bytesMax: number): ProcessError {
  return new ProcessError('HTTP_BODY_TOO_LARGE', `The body is larger than ${bytesMax} bytes`);
}
