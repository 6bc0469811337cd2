import { ApiClient, ApiError } from '@mesos-ts/http-api';
import { errorText, type Clock, type HandlerResult, type Timer } from '@mesos-ts/libprocess/browser';
import type { SchedulerCall } from '@mesos-ts/protocol';
import type { ConnectionListener, MasterConnection } from '../connection.ts';
import {
  callMessage,
  callsWaitingMaxDefault,
  eventMessage,
  httpAnswerMs,
  schedulerPath,
  staleStreamMs,
} from '../constants.ts';
import { readEvent } from '../event.ts';
import type { TypedEvent } from '../event.ts';
import { CallQueue, type CallResult } from './call-queue.ts';
import type { HttpOptions } from './options.ts';

/** What has happened, as plain data: an actor sends it to itself, so that it is handled in its turn. */
export type HttpNotice =
  | { readonly type: 'event'; readonly attempt: number; readonly event: TypedEvent }
  | { readonly type: 'invalid'; readonly attempt: number; readonly reason: string }
  | { readonly type: 'lost'; readonly attempt: number; readonly reason: string }
  | { readonly type: 'refused'; readonly attempt: number; readonly reason: string }
  | { readonly type: 'dropped'; readonly call: SchedulerCall; readonly reason: string | undefined }
  | { readonly type: 'unsure'; readonly call: SchedulerCall };

/** Options of {@link HttpConnection}. */
export interface HttpConnectionOptions extends HttpOptions {
  /** The masters: `http://host:port`. */
  readonly master: string | readonly string[];
  readonly clock: Pick<Clock, 'cancel' | 'timer'>;
  readonly random: () => number;
  /** Brings a notice to {@link HttpConnection.handle}, after those before it. */
  readonly post: (notice: HttpNotice) => void;
  /** Resolves when events that were posted have been handled: so many are read as are wanted. */
  readonly turn: () => Promise<void>;
}

// A master that starts has no such path yet, and one that is busy may say so.
const passingStatuses = new Set([404, 408, 429]);

/** The connection between a scheduler and a master over HTTP: a stream of events from it, and a request for each call to it. */
export class HttpConnection implements MasterConnection {
  readonly answerMs = httpAnswerMs;
  readonly #options: HttpConnectionOptions;
  readonly #api: ApiClient<typeof callMessage>;
  readonly #listener: ConnectionListener;
  #attempt = 0;
  #reading: AbortController | undefined;
  #calls: CallQueue | undefined;
  #stale: Timer | undefined;
  #url: string | undefined;
  #isListening = true;

  /** Throws `API_ADDRESS_INVALID`. */
  constructor(options: HttpConnectionOptions, listener: ConnectionListener) {
    const { clock, credential, fetch, master, token, type } = options;
    this.#options = options;
    this.#listener = listener;
    this.#api = new ApiClient({
      clock,
      credential,
      fetch,
      token,
      type,
      url: master,
      path: schedulerPath,
      call: callMessage,
      timeoutMs: httpAnswerMs,
    });
  }

  get name(): string {
    return this.#url ?? this.#api.url;
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  subscribe(call: SchedulerCall): void {
    this.close();
    this.#reading = new AbortController();
    void this.#read(call, this.#attempt, this.#reading.signal);
  }

  send(call: SchedulerCall): boolean {
    const result = this.push(call);
    if (result === undefined) return false;
    void this.#report(call, result);
    return true;
  }

  /** Makes a call and tells what became of it; undefined when it cannot be made, or too many wait. */
  push(call: SchedulerCall): Promise<CallResult> | undefined {
    return this.#calls?.push(call);
  }

  close(): void {
    // What was posted before does not count any more.
    this.#attempt += 1;
    this.#url = undefined;
    if (this.#stale !== undefined) this.#options.clock.cancel(this.#stale);
    this.#stale = undefined;
    this.#calls?.close();
    this.#calls = undefined;
    this.#reading?.abort();
    this.#reading = undefined;
    this.#isListening = true;
  }

  async end(): Promise<void> {
    await this.#calls?.end();
    this.close();
  }

  /** Handles what was posted, in the turn of whom it is for. */
  handle(notice: HttpNotice): HandlerResult {
    if (notice.type === 'dropped') return this.#listener.dropped(notice.call, notice.reason);
    if (notice.type === 'unsure') return this.#listener.unsure(notice.call);
    if (notice.attempt !== this.#attempt) return undefined;
    switch (notice.type) {
      case 'event':
        return this.#listener.received(notice.event);
      case 'invalid':
        return this.#listener.invalid(notice.reason);
      case 'lost':
        return this.#listener.lost(notice.reason);
      case 'refused':
        return this.#listener.refused(notice.reason);
    }
  }

  async #read(call: SchedulerCall, attempt: number, signal: AbortSignal): Promise<void> {
    const { clock, post, random } = this.#options;
    const invalid = (reason: string): void => {
      post({ type: 'invalid', attempt, reason });
    };
    try {
      const onInvalid = ({ message }: ApiError): void => {
        invalid(message);
      };
      const stream = await this.#api.open(call, eventMessage, { signal, onInvalid });
      if (attempt !== this.#attempt) return;
      this.#url = new URL(stream.url).origin;
      this.#calls = new CallQueue({
        api: this.#api,
        clock,
        random,
        target: { url: stream.url, streamId: stream.header('mesos-stream-id') },
        waitingMax: this.#options.callsWaitingMax ?? callsWaitingMaxDefault,
        onStale: (reason) => {
          this.#giveUp(attempt, reason);
        },
      });
      for await (const message of stream) {
        const event = typed(message, invalid);
        if (event === undefined) continue;
        post({ type: 'event', attempt, event });
        await this.#handled(attempt);
      }
      post({ type: 'lost', attempt, reason: 'the master has ended the stream' });
    } catch (error) {
      if (attempt === this.#attempt)
        post({ type: isRefusal(error) ? 'refused' : 'lost', attempt, reason: textOf(error) });
    }
  }

  /** Waits until what was posted has been handled: in the meantime nobody listens to the master. */
  async #handled(attempt: number): Promise<void> {
    if (attempt !== this.#attempt) return;
    this.#isListening = false;
    try {
      await this.#options.turn();
    } finally {
      if (attempt === this.#attempt) this.#isListening = true;
    }
  }

  async #report(call: SchedulerCall, taken: Promise<CallResult>): Promise<void> {
    const result = await taken;
    if (result.type === 'dropped') this.#options.post({ type: 'dropped', call, reason: undefined });
    if (result.type === 'refused') this.#options.post({ type: 'dropped', call, reason: result.error.message });
    if (result.type === 'unsure') this.#options.post({ type: 'unsure', call });
  }

  /** Leaves a stream that the master does not know, but not before it may have brought the reason, such as another scheduler. */
  #giveUp(attempt: number, reason: string): void {
    if (attempt !== this.#attempt || this.#stale !== undefined) return;
    this.#stale = this.#options.clock.timer(staleStreamMs, () => {
      this.#options.post({ type: 'lost', attempt, reason });
    });
  }
}

function typed(message: unknown, invalid: (reason: string) => void): TypedEvent | undefined {
  try {
    return readEvent(message);
  } catch (error) {
    invalid(errorText(error));
    return undefined;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'API_REFUSED' && !passingStatuses.has(error.status ?? 0);
}

function textOf(error: unknown): string {
  const cause = error instanceof ApiError ? error.cause : undefined;
  return cause === undefined ? errorText(error) : `${errorText(error)}: ${errorText(causeOf(cause))}`;
}

/** `fetch` says only that it has failed; why is in the cause. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}
