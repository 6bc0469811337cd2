import { ApiError, backoffMs } from '@mesos-ts/http-api';
import type { ApiClient } from '@mesos-ts/http-api';
import type { Clock } from '@mesos-ts/libprocess';
import type { SchedulerCall, SchedulerCall_Type } from '@mesos-ts/protocol';
import { repeatBackoffMaxMs, repeatBackoffMs } from '../constants.ts';

/** Where calls go: to the master that the stream of events comes from. */
export interface CallTarget {
  readonly url: string;
  readonly streamId: string | undefined;
}

/** What became of a call. */
export type CallResult =
  /** The master has taken it. */
  | { readonly type: 'accepted' }
  /** It was never made, or not taken by a master that could have. */
  | { readonly type: 'dropped' }
  /** The master has refused it. */
  | { readonly type: 'refused'; readonly error: ApiError }
  /** There was no answer: whether it has arrived is unknown. */
  | { readonly type: 'unsure' };

/** Options of {@link CallQueue}. */
export interface CallQueueOptions {
  readonly api: ApiClient<'mesos.v1.scheduler.Call'>;
  readonly target: CallTarget;
  readonly clock: Pick<Clock, 'cancel' | 'timer'>;
  readonly random: () => number;
  /** Calls that may wait. */
  readonly waitingMax: number;
  /** The master says that it no longer leads, or does not know this stream. */
  readonly onStale: (reason: string) => void;
}

// Made twice, these do what they do when made once.
const repeatable: ReadonlySet<SchedulerCall_Type> = new Set<SchedulerCall_Type>([
  'ACCEPT_INVERSE_OFFERS',
  'ACKNOWLEDGE',
  'ACKNOWLEDGE_OPERATION_STATUS',
  'DECLINE',
  'DECLINE_INVERSE_OFFERS',
  'KILL',
  'RECONCILE',
  'RECONCILE_OPERATIONS',
  'REQUEST',
  'REVIVE',
  'SHUTDOWN',
  'SUPPRESS',
  'UPDATE_FRAMEWORK',
]);

// What masters say of calls whose stream is not, or no longer, the framework's.
const staleStream = /stream ID|Framework cannot be found|Framework is not (?:subscribed|connected)/i;

interface Waiting {
  readonly call: SchedulerCall;
  readonly settle: (result: CallResult) => void;
}

/**
 * The calls of one subscription: each is made when the one before has been answered, so that they arrive in order. Where there is no
 * answer, those that may be made twice are made again for as long as the stream of events lasts.
 */
export class CallQueue {
  readonly #options: CallQueueOptions;
  readonly #closing = new AbortController();
  readonly #waiting: Waiting[] = [];
  #isEnding = false;
  #work: Promise<void> | undefined;

  constructor(options: CallQueueOptions) {
    this.#options = options;
  }

  /** Makes a call after those before it; undefined when too many wait, or it is closed. */
  push(call: SchedulerCall): Promise<CallResult> | undefined {
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

  async #make(call: SchedulerCall): Promise<CallResult> {
    const { api, target } = this.#options;
    const headers = target.streamId === undefined ? {} : { 'mesos-stream-id': target.streamId };
    for (let attempts = 1; ; attempts++) {
      try {
        await api.send(call, { url: target.url, headers, redirectsMax: 0, signal: this.#closing.signal });
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
  #resultOf(call: SchedulerCall, error: unknown): CallResult | undefined {
    const isFinal = this.#closing.signal.aborted || this.#isEnding;
    if (!(error instanceof ApiError)) return { type: 'unsure' };
    if (error.code === 'API_REFUSED') {
      if (staleStream.test(error.message)) this.#options.onStale(error.message);
      return { type: 'refused', error };
    }
    if (error.code === 'API_REDIRECTED') {
      this.#options.onStale('the master leads no longer');
      return { type: 'dropped' };
    }
    // What a master that does not lead yet has not taken it has not done. A proxy may say the other statuses.
    if (error.status === 503) return isFinal ? { type: 'dropped' } : undefined;
    const canRepeat = call.type !== undefined && repeatable.has(call.type);
    return canRepeat && !isFinal ? undefined : { type: 'unsure' };
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
