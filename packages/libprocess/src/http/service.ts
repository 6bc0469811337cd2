import { ProcessError, errorDetail, errorText } from '../errors.ts';
import { refusal } from './authentication.ts';
import { boundedBody, readBody } from './body.ts';
import { HttpControl } from './control.ts';
import { internalServerError, methodNotAllowed, textResponse } from './message.ts';
import { isPrincipal } from './principal.ts';
import { printable } from '../text.ts';
import { candidates, routeRequest } from './router.ts';
import type { HttpEvent } from '../actor/event.ts';
import type { ProcessRuntime } from '../actor/process.ts';
import type { AuthenticationResult, Authenticator, AuthorizationCallback } from './authentication.ts';
import type { HttpOptions, ListedActor } from './control.ts';
import type { HttpRequest, HttpResponse, TransportRequest } from './message.ts';
import type { RouteParams } from './path-pattern.ts';
import type { Principal } from './principal.ts';
import type { Candidate, RoutedRequest } from './router.ts';

/** An actor that HTTP requests can be put into the mailbox of. */
interface HttpActor extends Omit<ListedActor, 'id'> {
  readonly self: { readonly id: string };
  enqueue(event: HttpEvent): void;
  /** Resolves when the actor has installed its routes. */
  whenInitialized(): Promise<void>;
}

/** The actors of a runtime. */
interface HttpActors {
  find(id: string): HttpActor | undefined;
  all(): Iterable<HttpActor>;
}

/** Options of `HttpService`. */
interface HttpServiceOptions {
  readonly http: HttpOptions;
  /** The actor that `/` belongs to. */
  readonly delegate: string | undefined;
  /** Bytes of a body, where the route says nothing else. */
  readonly bodyBytesMax: number;
  /** How long a body may take, where the route says nothing else. */
  readonly bodyTimeoutMs: number;
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

// The answers to errors that say what was wrong with the request. The text of any other error is for the log only.
const statusOf: Readonly<Partial<Record<string, number>>> = {
  AUTHENTICATION_TIMEOUT: 503,
  EVENT_FILTERED: 503,
  HTTP_BODY_INVALID: 400,
  HTTP_BODY_TIMEOUT: 408,
  HTTP_BODY_TOO_LARGE: 413,
  HTTP_MEDIA_TYPE_UNSUPPORTED: 415,
  MAILBOX_FULL: 503,
  PROCESS_TERMINATED: 503,
};

/** Whether a request may go on, and as whom. */
type Admission =
  | { readonly answer: HttpResponse; readonly principal?: undefined }
  | { readonly answer?: undefined; readonly principal: Principal | undefined };

/** Brings HTTP requests to actors' mailboxes and their answers back. */
export class HttpService {
  readonly control: HttpControl;
  readonly #runtime: ProcessRuntime;
  readonly #actors: HttpActors;
  readonly #options: HttpServiceOptions;
  /** The last request of each connection that was not admitted, or could not be read, at once: later ones wait for it, so that handlers run in order. */
  readonly #turns = new WeakMap<object, Promise<unknown>>();

  constructor(runtime: ProcessRuntime, actors: HttpActors, options: HttpServiceOptions) {
    this.#runtime = runtime;
    this.#actors = actors;
    this.#options = options;
    this.control = new HttpControl(options.http, options.delegate, function* list() {
      for (const { routes, self } of actors.all()) yield { id: self.id, routes };
    });
  }

  /** Handles a request without a socket and gathers the whole answer. */
  async inject(injected: InjectedRequest): Promise<InjectedResponse> {
    const answer = await this.injectStream(injected);
    return { status: answer.status, headers: answer.headers ?? {}, body: await gather(answer.body) };
  }

  /** Handles a request without a socket and answers what its handler does: a stream may be read piece by piece, and left. */
  injectStream(injected: InjectedRequest): Promise<HttpResponse> {
    const { url, body = '' } = injected;
    const mark = url.indexOf('?');
    return this.handle({
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
  }

  /**
   * Answers a request. Never rejects.
   * @param connection What it came in on: handlers get the requests of one in the order in which they arrived.
   */
  async handle(request: TransportRequest, connection: object = this): Promise<HttpResponse> {
    this.#runtime.metrics.counter('libprocess/http_requests').increment();
    try {
      return await this.#handle(request, connection);
    } catch (error) {
      return this.#failed(request, error);
    }
  }

  async #handle(request: TransportRequest, connection: object): Promise<HttpResponse> {
    const found = candidates(request.path, (id) => this.#actors.find(id), this.control.delegate);
    if (found === 'malformed') return textResponse(400, '400 Bad Request.');
    const routed = routeRequest(found) ?? (await this.#routeWhenInitialized(found));
    const meant = routed ?? found[0];
    const blocked = meant === undefined ? undefined : this.control.blocked(meant, request);
    if (blocked !== undefined) return blocked;
    if (routed === undefined) return textResponse(404, '404 Not Found.');
    const admission = this.#admit(routed, request, connection);
    const { answer, principal } = admission instanceof Promise ? await admission : admission;
    return answer ?? (await this.#ask(routed, request, principal));
  }

  /** An actor that has just been spawned installs its routes in its first turn. */
  async #routeWhenInitialized(found: readonly Candidate<HttpActor>[]): Promise<RoutedRequest<HttpActor> | undefined> {
    if (found.length === 0) return undefined;
    await Promise.all(found.map(({ actor }) => actor.whenInitialized()));
    return routeRequest(found);
  }

  #ask(
    routed: RoutedRequest<HttpActor>,
    request: TransportRequest,
    principal: Principal | undefined,
  ): Promise<HttpResponse> {
    const { actor, params, path, route } = routed;
    const { bodyBytesMax, bodyTimeoutMs } = this.#options;
    const { methods, ...bounds } = route.options;
    if (
      methods !== undefined &&
      !methods.includes(request.method) &&
      !(request.method === 'HEAD' && methods.includes('GET'))
    ) {
      return Promise.resolve(methodNotAllowed(methods, request.method));
    }
    const bytesMax = bounds.bodyBytesMax ?? bodyBytesMax;
    const timeoutMs = bounds.bodyTimeoutMs ?? bodyTimeoutMs;
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) {
      return Promise.resolve(textResponse(413, `The body is larger than ${bytesMax} bytes`));
    }
    const body = boundedBody(request.body, { bytesMax, timeoutMs, clock: this.#runtime.clock });
    return new Promise<HttpResponse>((resolve, reject) => {
      const routedRequest = new RoutedHttpRequest(request, { path, params, principal, body });
      actor.enqueue({ type: 'http', route, request: routedRequest, resolve, reject });
    });
  }

  /** Authenticates and authorizes a request, where its route asks for that, in the order of its connection's requests. */
  #admit(
    routed: RoutedRequest<HttpActor>,
    request: TransportRequest,
    connection: object,
  ): Admission | Promise<Admission> {
    const authenticator = this.control.authenticatorOf(routed.route.options.realm);
    const authorize = this.control.authorizationOf(routed.id, routed.route);
    const before = this.#turns.get(connection);
    const { whenRead } = request;
    if (authenticator === undefined && authorize === undefined && before === undefined && whenRead === undefined) {
      return { principal: undefined };
    }
    const admission = this.#admission(authenticator, authorize, request);
    const admitted = Promise.allSettled([before, admission]);
    const turn = admitted.then(() => whenRead);
    this.#turns.set(connection, turn);
    void turn.then(() => {
      if (this.#turns.get(connection) === turn) this.#turns.delete(connection);
    });
    return admitted.then(() => admission);
  }

  async #admission(
    authenticator: Authenticator | undefined,
    authorize: AuthorizationCallback | undefined,
    request: TransportRequest,
  ): Promise<Admission> {
    if (authenticator === undefined && authorize === undefined) return { principal: undefined };
    let principal: Principal | undefined;
    return this.#inTime(request, async () => {
      if (authenticator !== undefined) {
        const result = await authenticator.authenticate(request);
        if (result.kind !== 'authenticated') return { answer: refusal(result) };
        principal = checked(result, authenticator);
      }
      const isAllowed = authorize === undefined || (await authorize(request, principal));
      return isAllowed ? { principal } : { answer: refusal({ kind: 'forbidden' }) };
    });
  }

  #inTime<T>({ method, path }: TransportRequest, work: () => Promise<T>): Promise<T> {
    const { clock, logger } = this.#runtime;
    const { authenticationTimeoutMs: timeoutMs } = this.control;
    return new Promise((resolve, reject) => {
      const timer = clock.timer(timeoutMs, () => {
        const error = new ProcessError('AUTHENTICATION_TIMEOUT', '503 Service Unavailable.');
        const text = `HTTP ${method} ${path} is refused: who may ask was not known in ${timeoutMs} ms (${error.code})`;
        logger.warn(printable(text));
        reject(error);
      });
      work()
        .finally(() => clock.cancel(timer))
        .then(resolve, reject);
    });
  }

  #failed(request: TransportRequest, error: unknown): HttpResponse {
    const status = error instanceof ProcessError ? statusOf[error.code] : undefined;
    if (status !== undefined) return textResponse(status, errorText(error));
    // As a discarded future in libprocess: the work was given up, be it because the client has left.
    if (error instanceof Error && error.name === 'AbortError') return textResponse(503, '503 Service Unavailable.');
    if (request.signal.aborted) {
      this.#runtime.logger.debug(
        printable(`HTTP ${request.method} ${request.path} was left alone: ${errorText(error)}`),
      );
      return textResponse(503, '503 Service Unavailable.');
    }
    const detail = errorDetail(error);
    this.#runtime.logger.error(`HTTP ${request.method} ${printable(request.path)} failed: ${detail}`);
    return internalServerError();
  }
}

/** What a handler gets. What costs something to make, its query and signal, is made when it is asked for. */
class RoutedHttpRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly params: RouteParams;
  readonly url: string;
  readonly headers: HttpRequest['headers'];
  readonly client: string | undefined;
  readonly principal: Principal | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  readonly webSocket: boolean;
  readonly #request: TransportRequest;

  constructor(request: TransportRequest, routed: Pick<HttpRequest, 'body' | 'params' | 'path' | 'principal'>) {
    this.#request = request;
    this.method = request.method;
    this.path = routed.path;
    this.params = routed.params;
    this.url = request.url;
    this.headers = request.headers;
    this.client = request.client;
    this.principal = routed.principal;
    this.body = routed.body;
    this.webSocket = request.webSocket ?? false;
  }

  get query(): URLSearchParams {
    return this.#request.query;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }
}

function checked(result: AuthenticationResult & { kind: 'authenticated' }, { scheme }: Authenticator): Principal {
  if (isPrincipal(result.principal)) return result.principal;
  throw new ProcessError('INVARIANT', `The ${scheme} authenticator answered a principal with neither value nor claims`);
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
