import { ApiClient, ApiError } from '@mesos-ts/http-api';
import { OperatorError, operatorError, systemCode } from './errors.ts';
import { apiFetch } from './fetch.ts';
import { backoffMs, wait } from './wait.ts';
import type { ApiCallOptions, ApiStream } from '@mesos-ts/http-api';
import type { MessageName, MessageOf } from '@mesos-ts/protocol';
import type { Resolved } from './options.ts';

// What `fetch` of Node.js tells when no byte has left: the call can be made elsewhere, whatever it does.
const unsentCodes: ReadonlySet<unknown> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** How a call is made. */
export interface CallerCallOptions {
  /** Whether it changes nothing, so that it may be made again when nobody knows what became of it. */
  readonly isRead: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Makes calls to one server, or to that of several which leads, and remembers which that is. Rejects with `OperatorError`. */
export class Caller<C extends MessageName> {
  readonly #client: ApiClient<C>;
  readonly #serversCount: number;
  readonly #options: Resolved;
  /** Where the last call was answered; whoever led a moment ago is asked first. */
  #leader: string | undefined;

  constructor(urls: readonly string[], call: C, options: Resolved) {
    const { clock, identity, timeoutMs } = options;
    const fetch = apiFetch(options.fetch, (url, status) => {
      if (status === 200 || status === 202) this.#leader = url;
    });
    this.#client = new ApiClient({ url: urls, path: '/api/v1', call, clock, fetch, timeoutMs, ...identity });
    this.#serversCount = urls.length;
    this.#options = options;
  }

  /** Makes a call; undefined when its answer is empty. While no master is ready to answer it is made again. */
  async ask<R extends MessageName>(
    call: MessageOf<C>,
    response: R,
    options: CallerCallOptions,
  ): Promise<MessageOf<R> | undefined> {
    const { clock, random, retries } = this.#options;
    const { signal } = options;
    for (let failures = 1; ; failures++) {
      try {
        return await this.#somewhere(options, (target) => this.#client.ask(call, response, target));
      } catch (error) {
        if (!isUnavailable(error) || failures > retries) throw error;
      }
      await wait(clock, backoffMs(failures, random.next()), signal);
    }
  }

  /** Begins a stream of events. */
  async open<E extends MessageName>(
    call: MessageOf<C>,
    event: E,
    signal: AbortSignal | undefined,
  ): Promise<ApiStream<E>> {
    const recordBytesMax = this.#options.eventBytesMax;
    return this.#somewhere({ isRead: true, signal }, (target) =>
      this.#client.open(call, event, { ...target, recordBytesMax }),
    );
  }

  /** Tries the leader and then one server after the other, each once, as long as the call can have reached none. */
  async #somewhere<T>(
    { isRead, signal }: CallerCallOptions,
    attempt: (target: ApiCallOptions) => Promise<T>,
  ): Promise<T> {
    const leader = this.#leader;
    this.#leader = undefined;
    let failure: unknown;
    for (let tried = leader === undefined ? 1 : 0; tried <= this.#serversCount; tried++) {
      try {
        return await attempt({ signal, ...(tried === 0 ? { url: leader } : {}) });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const told = operatorError(error);
        if (!canGoElsewhere(told, isRead)) throw told;
        // An election that is under way counts for more than a server that is gone: it is worth to wait for.
        if (failure === undefined || isUnavailable(told)) failure = told;
      }
    }
    throw failure;
  }
}

function canGoElsewhere(error: OperatorError, isRead: boolean): boolean {
  if (isUnavailable(error)) return true;
  return error.code === 'OPERATOR_UNREACHABLE' && (isRead || unsentCodes.has(systemCode(error.cause)));
}

function isUnavailable(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'OPERATOR_UNAVAILABLE';
}
