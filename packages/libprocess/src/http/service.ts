import { errorText, ProcessError } from '../errors.ts';
import { readBody } from './body.ts';
import { textResponse } from './message.ts';
import { printable } from '../text.ts';
import { routeRequest } from './router.ts';
import type { HttpEvent } from '../actor/event.ts';
import type { ProcessRuntime } from '../actor/process.ts';
import type { HttpRequest, HttpResponse } from './message.ts';
import type { RoutedActor } from './router.ts';

/** An actor that HTTP requests can be put into the mailbox of. */
export interface HttpActor extends RoutedActor {
  enqueue(event: HttpEvent): void;
  /** Resolves when the actor has installed its routes. */
  whenInitialized(): Promise<void>;
}

/** A request that never was on a socket. */
export interface InjectedRequest {
  /** @default 'GET' */
  readonly method?: string;
  /** The path with its query, for example `/master/state?jsonp=f`. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** The whole answer to an injected request. */
export interface InjectedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const injectedBytesMax = 256 * 1024 * 1024;

/** Brings HTTP requests to actors' mailboxes and their answers back. */
export class HttpService {
  readonly #runtime: ProcessRuntime;
  readonly #find: (id: string) => HttpActor | undefined;
  readonly #delegate: string | undefined;

  constructor(runtime: ProcessRuntime, find: (id: string) => HttpActor | undefined, delegate: string | undefined) {
    this.#runtime = runtime;
    this.#find = find;
    this.#delegate = delegate;
  }

  /** Handles a request without a socket and gathers the whole answer. */
  async inject(injected: InjectedRequest): Promise<InjectedResponse> {
    const { url, body = '' } = injected;
    const mark = url.indexOf('?');
    const answer = await this.handle({
      method: injected.method ?? 'GET',
      path: mark < 0 ? url : url.slice(0, mark),
      url,
      query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
      headers: Object.fromEntries(
        Object.entries(injected.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
      ),
      client: undefined,
      signal: new AbortController().signal,
      body: chunks(body),
    });
    return { status: answer.status, headers: answer.headers ?? {}, body: await gather(answer.body) };
  }

  /** Answers a request. Never rejects. */
  async handle(request: HttpRequest): Promise<HttpResponse> {
    this.#runtime.metrics.counter('libprocess/http_requests').increment();
    const routed = await this.#route(request.path);
    if (routed === 'malformed') return textResponse(400, '400 Bad Request.');
    if (routed === undefined) return textResponse(404, '404 Not Found.');
    const { actor, route, path } = routed;
    const { methods } = route.options;
    if (
      methods !== undefined &&
      !methods.includes(request.method) &&
      !(request.method === 'HEAD' && methods.includes('GET'))
    ) {
      return methodNotAllowed(methods, request.method);
    }
    try {
      return await new Promise<HttpResponse>((resolve, reject) => {
        actor.enqueue({ type: 'http', route, request: { ...request, path }, resolve, reject });
      });
    } catch (error) {
      return this.#failed(request, error);
    }
  }

  /** Finds the route, of an actor that has just been spawned too: it installs its routes in its first turn. */
  async #route(path: string): Promise<ReturnType<typeof routeRequest<HttpActor>>> {
    const fresh: HttpActor[] = [];
    const find = (id: string): HttpActor | undefined => {
      const actor = this.#find(id);
      if (actor !== undefined) fresh.push(actor);
      return actor;
    };
    const routed = routeRequest(path, find, this.#delegate);
    if (routed !== undefined || fresh.length === 0) return routed;
    await Promise.all(fresh.map((actor) => actor.whenInitialized()));
    return routeRequest(path, this.#find, this.#delegate);
  }

  #failed(request: HttpRequest, error: unknown): HttpResponse {
    const code = error instanceof ProcessError ? error.code : undefined;
    if (code === 'PROCESS_TERMINATED' || code === 'MAILBOX_FULL' || code === 'EVENT_FILTERED')
      return textResponse(503, errorText(error));
    if (code === 'HTTP_BODY_TOO_LARGE') return textResponse(413, errorText(error));
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#runtime.logger.error(`HTTP ${request.method} ${printable(request.path)} failed: ${detail}`);
    return textResponse(500, '500 Internal Server Error.');
  }
}

async function gather(body: HttpResponse['body']): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body);
  return readBody(bytesOf(body), injectedBytesMax);
}

async function* chunks(body: string | Uint8Array): AsyncGenerator<Uint8Array> {
  if (body.length > 0) yield Buffer.from(body);
}

async function* bytesOf(body: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) yield Buffer.from(chunk);
}

/** The answer to a method that a route does not take, in the words that Mesos uses. */
function methodNotAllowed(methods: readonly string[], method: string): HttpResponse {
  const list = methods.map((name) => `'${name}'`).join(', ');
  const answer = textResponse(405, `405 Method Not Allowed. Expecting one of { ${list} }, but received '${method}'.`);
  return { ...answer, headers: { ...answer.headers, allow: methods.join(', ') } };
}
