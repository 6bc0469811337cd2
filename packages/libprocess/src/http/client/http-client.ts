import { Readable } from 'node:stream';
import { request as undiciRequest } from 'undici';
import { processHooks } from '../../actor/process.ts';
import { ProcessError } from '../../errors.ts';
import { gunzip, withoutCoding } from '../node-gzip.ts';
import { reasonOf, requestFailed } from './failure.ts';
import { HttpPool } from './pool.ts';
import { redirected } from './redirect.ts';
import { responseOf } from './response.ts';
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Process, ProcessContext } from '../../actor/process.ts';
import type { HttpPoolOptions } from './pool.ts';
import type { Exchange } from './redirect.ts';
import type { HttpClientResponse } from './response.ts';

/** Options of `HttpClient`. */
export interface HttpClientOptions extends HttpPoolOptions {
  /** Connections that are shared with others. @default own ones, with the options above, which end with the actor */
  readonly pool?: HttpPool;
  /** Requests under way, further ones are refused with `HTTP_REQUEST_FAILED`. @default 1000 */
  readonly requestsMax?: number;
  /** Redirects that are followed; beyond, and by default, they are answers like any other. @default 0 */
  readonly redirectsMax?: number;
  /** Whether answers may come compressed with gzip; they are read decompressed. @default true */
  readonly decompress?: boolean;
}

/** A request. */
export interface HttpClientRequest {
  readonly url: string | URL;
  /** @default 'GET' */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** A body that is an `AsyncIterable` is streamed as fast as the server reads it. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
  /** Aborting it breaks the request off, or the body of its answer; both reject with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How long everything may take, up to the end of the answer's body, in milliseconds of the runtime's clock. @default any time */
  readonly timeoutMs?: number;
}

const defaultRequestsMax = 1_000;

/**
 * Makes HTTP requests for one actor. They end with it: whatever is under way then is broken off and rejects with `PROCESS_TERMINATED`, and
 * nothing is delivered to it afterwards. To be made in the actor's constructor or later, used once it has been spawned.
 */
export class HttpClient {
  readonly #owner: Process;
  readonly #options: HttpClientOptions;
  readonly #underWay = new Set<AbortController>();
  #pool: HttpPool | undefined;
  #context: ProcessContext | undefined;

  constructor(owner: Process, options: HttpClientOptions = {}) {
    this.#owner = owner;
    this.#options = options;
  }

  /**
   * Makes a request; resolves when the header of its answer has arrived. Rejects with `TIMED_OUT`, with `HTTP_REQUEST_FAILED` when there
   * is no answer, and with `PROCESS_TERMINATED` when the actor ends. Any status is an answer.
   */
  request(request: HttpClientRequest): Promise<HttpClientResponse>;
  /** The same, with a function that gets the answer in the actor's turn, as an event of its own. Answers what the function does. */
  request<R>(request: HttpClientRequest, inTurn: (response: HttpClientResponse) => R): Promise<Awaited<R>>;
  async request<R>(
    request: HttpClientRequest,
    inTurn?: (response: HttpClientResponse) => R,
  ): Promise<HttpClientResponse | Awaited<R>> {
    const context = this.#bind();
    const response = await this.#request(request, context);
    return inTurn === undefined ? response : context.perform(() => inTurn(response));
  }

  /** Breaks off what is under way, and ends the connections if they are its own. Idempotent. */
  async close(): Promise<void> {
    this.#abortAll(new ProcessError('HTTP_REQUEST_FAILED', 'The client was closed'));
    await this.#pool?.close();
  }

  #bind(): ProcessContext {
    if (this.#context !== undefined) return this.#context;
    const context = processHooks().contextOf(this.#owner);
    this.#context = context;
    context.lifetime.addEventListener(
      'abort',
      () => {
        this.#abortAll(context.lifetime.reason);
        void this.#pool?.close();
      },
      { once: true },
    );
    return context;
  }

  #abortAll(reason: unknown): void {
    for (const controller of this.#underWay) controller.abort(reason);
  }

  async #request(request: HttpClientRequest, context: ProcessContext): Promise<HttpClientResponse> {
    const { clock } = context.runtime;
    const { signal, timeoutMs } = request;
    context.lifetime.throwIfAborted();
    signal?.throwIfAborted();
    const requestsMax = this.#options.requestsMax ?? defaultRequestsMax;
    if (this.#underWay.size >= requestsMax) throw requestFailed(`${requestsMax} requests are under way`);
    const controller = new AbortController();
    const abort = (): void => {
      controller.abort(signal?.reason);
    };
    this.#underWay.add(controller);
    signal?.addEventListener('abort', abort, { once: true });
    const timer =
      timeoutMs === undefined
        ? undefined
        : clock.timer(timeoutMs, () => {
            controller.abort(new ProcessError('TIMED_OUT', `The request took longer than ${timeoutMs} milliseconds`));
          });
    const done = (): void => {
      this.#underWay.delete(controller);
      signal?.removeEventListener('abort', abort);
      if (timer !== undefined) clock.cancel(timer);
    };
    try {
      return await this.#exchange(request, controller.signal, done);
    } catch (error) {
      done();
      throw reasonOf(error, controller.signal);
    }
  }

  async #exchange(request: HttpClientRequest, signal: AbortSignal, done: () => void): Promise<HttpClientResponse> {
    const { decompress = true, redirectsMax = 0 } = this.#options;
    const { body, headers = {}, method = 'GET', url } = request;
    let exchange: Exchange = {
      url: new URL(url),
      method,
      headers: withAccept(headers, decompress),
      ...(body === undefined ? {} : { body }),
    };
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#send(exchange, signal);
      const next = redirectsMax === 0 ? undefined : redirected(exchange, answer.statusCode, location(answer.headers));
      if (next === undefined || redirects === redirectsMax)
        return receive(answer, exchange, { signal, decompress, done });
      await answer.body.dump();
      exchange = next;
    }
  }

  #send({ body, headers, method, url }: Exchange, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const pool = this.#options.pool ?? (this.#pool ??= new HttpPool(this.#options));
    const isStream = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
    return undiciRequest(url, {
      dispatcher: pool.dispatcher,
      method,
      headers,
      body: isStream ? Readable.from(body, { objectMode: false }) : (body ?? null),
      signal,
    });
  }
}

function receive(
  answer: Dispatcher.ResponseData,
  { method, url }: Exchange,
  {
    decompress,
    done,
    signal,
  }: { readonly signal: AbortSignal; readonly decompress: boolean; readonly done: () => void },
): HttpClientResponse {
  const { body, headers, statusCode } = answer;
  const coding = headers['content-encoding'];
  const isPacked = decompress && method !== 'HEAD' && typeof coding === 'string' && /^(?:x-)?gzip$/i.test(coding);
  // Whoever reads the body hears of errors in it; one that nobody reads must not end the program.
  body.on('error', () => undefined);
  body.once('close', done);
  if (isEmpty(answer, method)) {
    body.resume();
    done();
  }
  const read = async function* read(): AsyncGenerator<Uint8Array, void, void> {
    try {
      const bytes = body as AsyncIterable<Uint8Array>;
      yield* isPacked ? gunzip(bytes) : bytes;
    } catch (error) {
      throw reasonOf(error, signal);
    } finally {
      done();
      body.destroy();
    }
  };
  return responseOf({
    status: statusCode,
    headers: isPacked ? withoutCoding(headers) : headers,
    url: url.href,
    body: { [Symbol.asyncIterator]: read },
    discard: async () => {
      await body.dump().catch(() => undefined);
      done();
    },
  });
}

/** Whether no body follows: then nothing is to be read or discarded before the connection is free. */
function isEmpty({ headers, statusCode }: Dispatcher.ResponseData, method: string): boolean {
  return method === 'HEAD' || statusCode === 204 || statusCode === 304 || headers['content-length'] === '0';
}

function withAccept(headers: Exchange['headers'], decompress: boolean): Exchange['headers'] {
  const isSet = Object.keys(headers).some((name) => name.toLowerCase() === 'accept-encoding');
  return isSet || !decompress ? headers : { ...headers, 'accept-encoding': 'gzip' };
}

function location(headers: IncomingHttpHeaders): string | undefined {
  return headers.location;
}
