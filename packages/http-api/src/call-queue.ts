import type { Clock } from '@mesos-ts/libprocess/browser';
import type { MessageName, MessageOf } from '@mesos-ts/protocol';
import type { ApiClient } from './api-client.ts';
import { backoffMs } from './backoff.ts';
import { ApiError } from './errors.ts';

// Bounds the random wait before a call without an answer is made again; it doubles from attempt to attempt, up to the second.
const repeatBackoffMs = 100;
const repeatBackoffMaxMs = 2_000;

/** Where calls go: to the server that the stream of events comes from. */
export interface CallTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What became of a call. */
export type CallResult =
  /** The server has taken it. */
  | { readonly type: 'accepted' }
  /** It was never made, or not taken by a server that could have. */
  | { readonly type: 'dropped' }
  /** The server has refused it. */
  | { readonly type: 'refused'; readonly error: ApiError }
  /** There was no answer: whether it has arrived is unknown. */
  | { readonly type: 'unsure' };

/** Options of {@link CallQueue}. */
export interface CallQueueOptions<C extends MessageName> {
  readonly api: ApiClient<C>;
  readonly target: CallTarget;
  readonly clock: Pick<Clock, 'cancel' | 'timer'>;
  readonly random: () => number;
  /** Calls that may wait. */
  readonly waitingMax: number;
  /** Whether a call, made twice, does what it does when made once. */
  readonly canRepeat: (call: MessageOf<C>) => boolean;
  /** Whether a refusal means that the server does not know this stream. */
  readonly isStale: (refusal: ApiError) => boolean;
  /** The server sends its clients elsewhere, or does not know this stream. */
  readonly onStale: (reason: string) => void;
}

interface Waiting<C extends MessageName> {
  readonly call: MessageOf<C>;
  readonly settle: (result: CallResult) => void;
}

/**
 * The calls of one subscription: each is made when the one before has been answered, so that they arrive in order. Where there is no
 * answer, those that may be made twice are made again for as long as the stream of events lasts.
 */
export class CallQueue<C extends MessageName> {
  readonly #options: CallQueueOptions<C>;
  readonly #closing = new AbortController();
  readonly #waiting: Waiting<C>[] = [];
  #isEnding = false;
  #work: Promise<void> | undefined;

  constructor(options: CallQueueOptions<C>) {
    this.#options = options;
  }

  /** Makes a call after those before it; undefined when too many wait, or it is closed. */
  push(call: MessageOf<C>): Promise<CallResult> | undefined {
    if (this.#closing.signal.aborted || this.#isEnding) return undefined;
    if (this.#waiting.length >= this.#options.waitingMax) return undefined;
    return new Promise((settle) => {
      this.#waiting.push({ call, settle });
      this.#work ??= this.#run();
    });
  }

  /** Takes no more calls, and nothing is repeated any more; resolves when those that wait have been made. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#work;
  }

  /** Breaks off: calls that wait are dropped. Idempotent. */
  close(): void {
    this.#closing.abort();
    for (const { settle } of this.#waiting.splice(0)) settle({ type: 'dropped' });
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next.settle(await this.#make(next.call));
    }
    this.#work = undefined;
  }

  async #make(call: MessageOf<C>): Promise<CallResult> {
    const { api, target } = this.#options;
    for (let attempts = 1; ; attempts++) {
      try {
        await api.send(call, { ...target, redirectsMax: 0, signal: this.#closing.signal });
        return { type: 'accepted' };
      } catch (error) {
        const result = this.#resultOf(call, error);
        if (result !== undefined) return result;
      }
      await this.#pause(attempts);
      if (this.#closing.signal.aborted) return { type: 'unsure' };
    }
  }

  /** What became of a call that was not accepted; undefined when it is to be made again. */
  #resultOf(call: MessageOf<C>, error: unknown): CallResult | undefined {
    const isFinal = this.#closing.signal.aborted || this.#isEnding;
    if (!(error instanceof ApiError)) return { type: 'unsure' };
    if (error.code === 'API_REFUSED') {
      if (this.#options.isStale(error)) this.#options.onStale(error.message);
      return { type: 'refused', error };
    }
    if (error.code === 'API_REDIRECTED') {
      this.#options.onStale('the server sends its clients elsewhere');
      return { type: 'dropped' };
    }
    // What a server that does not serve yet was asked for it has not done. A proxy may say the other statuses.
    if (error.status === 503) return isFinal ? { type: 'dropped' } : undefined;
    return this.#options.canRepeat(call) && !isFinal ? undefined : { type: 'unsure' };
  }

  #pause(attempts: number): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#closing;
    const delayMs = backoffMs({
      attempts,
      firstMs: repeatBackoffMs,
      maxMs: repeatBackoffMaxMs,
      random: random(),
    });
    return new Promise((resolve) => {
      const timer = clock.timer(delayMs, resolve);
      signal.addEventListener('abort', () => {
        clock.cancel(timer);
        resolve();
      });
    });
  }
}
