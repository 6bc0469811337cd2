import { SystemClock, type Clock } from '@mesos-ts/libprocess/browser';
import { concatBytes, type MessageName, type MessageOf } from '@mesos-ts/protocol';
import { redirectTarget, serverAddress } from './addresses.ts';
import { webFetch, type ApiAnswer, type ApiFetch } from './api-fetch.ts';
import { ApiStream, type ApiStreamOptions } from './api-stream.ts';
import { authorizationOf, type ApiIdentity } from './credentials.ts';
import { ApiError } from './errors.ts';
import { bodyOf, readMessage, typeOfAnswer, type ApiMessageType } from './messages.ts';

/** Options of {@link ApiClient}. */
export interface ApiClientOptions<C extends MessageName> extends ApiIdentity {
  /**
   * `http://host:port` or `https://host:port`, perhaps with a path in front of the API's, and `principal:secret@`. Of several, one is
   * asked until it cannot be reached or cannot serve, then the next.
   */
  readonly url: string | readonly string[];
  /** The path of the API, such as `/api/v1/scheduler`. */
  readonly path: string;
  /** The message that is a call of this API. */
  readonly call: C;
  /** The form of calls, and of what they are answered with. @default 'application/json' */
  readonly type?: ApiMessageType | undefined;
  /** How long a server may take to answer, in milliseconds; of a stream, until it begins. @default 30000 */
  readonly timeoutMs?: number | undefined;
  /** Redirects that are followed in a row. @default 9 */
  readonly redirectsMax?: number | undefined;
  /** How requests are made. @default `fetch` */
  readonly fetch?: ApiFetch | undefined;
  /** @default the machine's clock */
  readonly clock?: Pick<Clock, 'cancel' | 'timer'> | undefined;
}

/** Options of a single call. */
export interface ApiCallOptions {
  /** The very URL to call, as an `ApiStream` has it, instead of a server's. */
  readonly url?: string | undefined;
  /** Further header fields, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Breaks the call off; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Overrides that of the client. */
  readonly redirectsMax?: number | undefined;
}

const timeoutMsDefault = 30_000;
// As many as clients of Apache Mesos follow.
const redirectsMaxDefault = 9;
const errorBytesMax = 64 * 1024;
const answerBytesMax = 1024 * 1024 * 1024;
const redirects = new Set([301, 302, 303, 307, 308]);

/** What is under way: it can be broken off, by the caller or when its time is over. */
interface Attempt {
  readonly signal: AbortSignal;
  readonly abort: () => void;
  /** No longer bound by time; still by the caller. */
  readonly answered: () => void;
  readonly done: () => void;
}

/**
 * Makes calls of one of Mesos's v1 APIs, over HTTP. It follows redirects to the leading master, with the same body and credentials, but
 * never from `https` to `http`. Every method rejects with `ApiError`.
 */
export class ApiClient<C extends MessageName> {
  readonly #options: ApiClientOptions<C>;
  readonly #servers: readonly string[];
  readonly #authorization: string | undefined;
  readonly #fetch: ApiFetch;
  readonly #clock: Pick<Clock, 'cancel' | 'timer'>;
  #server = 0;

  /** Throws `API_ADDRESS_INVALID`. */
  constructor(options: ApiClientOptions<C>) {
    const urls = typeof options.url === 'string' ? [options.url] : options.url;
    const addresses = urls.map((url) => serverAddress(url));
    if (addresses.length === 0) throw new ApiError('API_ADDRESS_INVALID', 'Expected the address of a server at least');
    this.#options = options;
    this.#servers = addresses.map(({ url }) => `${url}${options.path}`);
    const credential = options.credential ?? addresses.find((address) => address.credential)?.credential;
    this.#authorization = authorizationOf({ credential, token: options.token });
    this.#fetch = options.fetch ?? webFetch();
    this.#clock = options.clock ?? new SystemClock();
  }

  /** Where the next call goes, unless it says so itself. */
  get url(): string {
    return this.#servers[this.#server] ?? '';
  }

  /** Makes a call that is answered with nothing but that it was taken. Rejects with `API_REFUSED` when it was not. */
  async send(call: MessageOf<C>, options: ApiCallOptions = {}): Promise<void> {
    await this.#within(options, async (attempt) => {
      await drain((await this.#ask(call, options, attempt)).body);
    });
  }

  /** Makes a call that is answered with a message; undefined when it was only taken (202), or the answer is empty. */
  async ask<R extends MessageName>(
    call: MessageOf<C>,
    response: R,
    options: ApiCallOptions = {},
  ): Promise<MessageOf<R> | undefined> {
    return this.#within(options, async (attempt) => {
      const answer = await this.#ask(call, options, attempt);
      const bytes = await gather(answer, answerBytesMax);
      return bytes.length === 0 ? undefined : readMessage(typeOfAnswer(answer), response, bytes);
    });
  }

  /** Makes a call that is answered with a stream of events; resolves when it begins. */
  async open<E extends MessageName>(
    call: MessageOf<C>,
    event: E,
    options: ApiCallOptions & ApiStreamOptions = {},
  ): Promise<ApiStream<E>> {
    const attempt = this.#attempt(options.signal);
    try {
      const answer = await this.#ask(call, options, attempt);
      typeOfAnswer(answer);
      attempt.answered();
      return new ApiStream(answer, event, attempt.abort, options);
    } catch (error) {
      attempt.abort();
      attempt.done();
      throw this.#failure(error, attempt, options);
    }
  }

  async #within<T>(options: ApiCallOptions, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const attempt = this.#attempt(options.signal);
    try {
      return await work(attempt);
    } catch (error) {
      attempt.abort();
      throw this.#failure(error, attempt, options);
    } finally {
      attempt.done();
    }
  }

  #attempt(signal: AbortSignal | undefined): Attempt {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const given = (): void => {
      controller.abort(signal?.reason);
    };
    signal?.addEventListener('abort', given, { once: true });
    const timeoutMs = this.#options.timeoutMs ?? timeoutMsDefault;
    const timer = this.#clock.timer(timeoutMs, () => {
      controller.abort(new ApiError('API_TIMED_OUT', `No answer within ${timeoutMs} ms`));
    });
    const answered = (): void => {
      this.#clock.cancel(timer);
    };
    const done = (): void => {
      answered();
      signal?.removeEventListener('abort', given);
    };
    const abort = (): void => {
      done();
      controller.abort();
    };
    return { signal: controller.signal, abort, answered, done };
  }

  /** What the caller is told; a server that cannot serve is not asked first the next time. */
  #failure(error: unknown, { signal }: Attempt, { signal: given, url }: ApiCallOptions): unknown {
    if (given?.aborted === true) return given.reason;
    const failure =
      error instanceof ApiError
        ? error
        : signal.reason instanceof ApiError
          ? signal.reason
          : new ApiError('API_UNREACHABLE', `No answer from ${url ?? this.url}`, { cause: error });
    if (failure.isRetriable && url === undefined) this.#server = (this.#server + 1) % this.#servers.length;
    return failure;
  }

  async #ask(call: MessageOf<C>, options: ApiCallOptions, { signal }: Attempt): Promise<ApiAnswer> {
    const type = this.#options.type ?? 'application/json';
    const redirectsMax = options.redirectsMax ?? this.#options.redirectsMax ?? redirectsMaxDefault;
    const body = bodyOf(type, this.#options.call, call);
    const headers: Record<string, string> = { 'content-type': type, accept: type, ...options.headers };
    if (this.#authorization !== undefined) headers['authorization'] = this.#authorization;
    let url = options.url ?? this.url;
    for (let followed = 0; ; followed++) {
      const answer = await this.#fetch(url, { method: 'POST', headers, body, signal });
      if (answer.status === 200 || answer.status === 202) return answer;
      if (!redirects.has(answer.status)) throw await refusal(answer);
      await drain(answer.body);
      if (followed === redirectsMax) {
        throw new ApiError('API_REDIRECTED', `${url} redirects, and ${followed} redirects were followed`, {
          status: answer.status,
        });
      }
      url = redirectTarget(url, answer.header('location'));
    }
  }
}

async function refusal(answer: ApiAnswer): Promise<ApiError> {
  const { status, url } = answer;
  const text = new TextDecoder().decode(await gather(answer, errorBytesMax)).trim();
  const message = text === '' ? `Status ${status} from ${url}` : text;
  return new ApiError(status >= 500 && status !== 501 ? 'API_UNAVAILABLE' : 'API_REFUSED', message, { status });
}

async function drain(body: ApiAnswer['body']): Promise<void> {
  let left = errorBytesMax;
  for await (const chunk of body) {
    left -= chunk.length;
    if (left < 0) return;
  }
}

/** The whole body, up to a bound. */
async function gather({ body, status, url }: ApiAnswer, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > bytesMax) {
      throw new ApiError('API_ANSWER_INVALID', `The answer of ${url} exceeds ${bytesMax} bytes`, { status });
    }
    parts.push(chunk);
  }
  return concatBytes(parts);
}
