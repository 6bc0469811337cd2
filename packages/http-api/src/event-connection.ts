import { errorText } from '@mesos-ts/libprocess/browser';
import type { Clock, HandlerResult, Timer } from '@mesos-ts/libprocess/browser';
import type { MessageName, MessageOf } from '@mesos-ts/protocol';
import { ApiClient } from './api-client.ts';
import { CallQueue } from './call-queue.ts';
import type { CallResult } from './call-queue.ts';
import { ApiError } from './errors.ts';
import type { ApiFetch } from './api-fetch.ts';
import type { ApiIdentity } from './credentials.ts';
import type { ApiMessageType } from './messages.ts';

const callsWaitingMaxDefault = 10_000;

// How long a stream that the server does not know may still bring the reason, before it is given up.
const staleStreamMs = 1_000;

/** Hears of what a connection brings. */
export interface EventListener<C extends MessageName, T> {
  /** The server has sent an event. */
  received(event: T): HandlerResult;
  /** The connection has ended, or could not be made. */
  lost(reason: string): HandlerResult;
  /** The server will not take this client. */
  refused(message: string): HandlerResult;
  /** A call was not made, or the server has refused it in these words. */
  dropped(call: MessageOf<C>, refusal?: string): void;
  /** Whether a call has arrived will never be known. */
  unsure(call: MessageOf<C>): void;
  /** Something that should have been an event was not. */
  invalid(reason: string): void;
}

/** What has happened, as plain data: an actor sends it to itself, so that it is handled in its turn. */
export type EventNotice<C extends MessageName, T> =
  | { readonly type: 'event'; readonly attempt: number; readonly event: T }
  | { readonly type: 'invalid'; readonly attempt: number; readonly reason: string }
  | { readonly type: 'lost'; readonly attempt: number; readonly reason: string }
  | { readonly type: 'refused'; readonly attempt: number; readonly reason: string }
  | { readonly type: 'dropped'; readonly call: MessageOf<C>; readonly reason: string | undefined }
  | { readonly type: 'unsure'; readonly call: MessageOf<C> };

/** What a client of such an API says of itself. */
export interface EventClientOptions extends ApiIdentity {
  /** The form of calls and events. @default 'application/json' */
  readonly type?: ApiMessageType | undefined;
  /** Calls that may wait for those before them to be answered; further ones are dropped. @default 10000 */
  readonly callsWaitingMax?: number | undefined;
  /** How requests are made. @default by `fetch`, or as the SDK that takes this option says */
  readonly fetch?: ApiFetch | undefined;
}

/** An API whose clients subscribe to a stream of events, and make calls to where it comes from. */
export interface EventApi<C extends MessageName, E extends MessageName, T> {
  readonly path: string;
  readonly call: C;
  readonly event: E;
  /** Reads an event. Throws when it lacks what its type demands. */
  readonly read: (event: MessageOf<E>) => T;
  /** Whether a call, made twice, does what it does when made once. */
  readonly canRepeat: (call: MessageOf<C>) => boolean;
  /** Whether a refusal of a call means that the server does not know the stream of events. */
  readonly isStale: (refusal: ApiError) => boolean;
  /** How long the server may take to answer, in milliseconds. */
  readonly answerMs: number;
}

/** Options of {@link EventConnection}. */
export interface EventConnectionOptions<C extends MessageName, E extends MessageName, T> extends EventClientOptions {
  readonly api: EventApi<C, E, T>;
  /** The servers: `http://host:port`. */
  readonly url: string | readonly string[];
  readonly clock: Pick<Clock, 'cancel' | 'timer'>;
  readonly random: () => number;
  /** Brings a notice to {@link EventConnection.handle}, after those before it. */
  readonly post: (notice: EventNotice<C, T>) => void;
  /** Resolves when events that were posted have been handled: so many are read as are wanted. */
  readonly turn: () => Promise<void>;
}

// A server that starts has no such path yet, and one that is busy may say so.
const passingStatuses = new Set([404, 408, 429]);

/**
 * The connection of a scheduler or an executor to its server, over HTTP: a stream of events, and a request for each call, to where the
 * stream comes from (`Mesos-Stream-Id`). What comes of it is told to a listener. When to try again is its owner's business.
 */
export class EventConnection<C extends MessageName, E extends MessageName, T> {
  readonly #options: EventConnectionOptions<C, E, T>;
  readonly #api: ApiClient<C>;
  readonly #listener: EventListener<C, T>;
  #attempt = 0;
  #reading: AbortController | undefined;
  #calls: CallQueue<C> | undefined;
  #stale: Timer | undefined;
  #url: string | undefined;
  #isListening = true;

  /** Throws `API_ADDRESS_INVALID`. */
  constructor(options: EventConnectionOptions<C, E, T>, listener: EventListener<C, T>) {
    const { api, clock, credential, fetch, token, type, url } = options;
    this.#options = options;
    this.#listener = listener;
    this.#api = new ApiClient({
      call: api.call,
      clock,
      credential,
      fetch,
      path: api.path,
      timeoutMs: api.answerMs,
      token,
      type,
      url,
    });
  }

  /** How long the server may take to answer an attempt before the next one, in milliseconds. */
  get answerMs(): number {
    return this.#options.api.answerMs;
  }

  /** The server, for the log. */
  get name(): string {
    return this.#url ?? this.#api.url;
  }

  /** Whether events are read as they come: a server that is not listened to is not silent. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** Begins an attempt to subscribe; what was before is given up. */
  subscribe(call: MessageOf<C>): void {
    this.close();
    this.#reading = new AbortController();
    void this.#read(call, this.#attempt, this.#reading.signal);
  }

  /** Sends a call, after those before it. False when it cannot take any more. */
  send(call: MessageOf<C>): boolean {
    const result = this.push(call);
    if (result === undefined) return false;
    void this.#report(call, result);
    return true;
  }

  /** Makes a call and tells what became of it; undefined when it cannot be made, or too many wait. */
  push(call: MessageOf<C>): Promise<CallResult> | undefined {
    return this.#calls?.push(call);
  }

  /** Breaks off, without a word to the listener. Idempotent; it may be subscribed again. */
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

  /** Closes when what was to be sent has been sent. */
  async end(): Promise<void> {
    await this.#calls?.end();
    this.close();
  }

  /** Handles what was posted, in the turn of whom it is for. */
  handle(notice: EventNotice<C, T>): HandlerResult {
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

  async #read(call: MessageOf<C>, attempt: number, signal: AbortSignal): Promise<void> {
    const { api, clock, post, random } = this.#options;
    const invalid = (reason: string): void => {
      post({ type: 'invalid', attempt, reason });
    };
    try {
      const onInvalid = ({ message }: ApiError): void => {
        invalid(message);
      };
      const stream = await this.#api.open(call, api.event, { signal, onInvalid });
      if (attempt !== this.#attempt) return;
      this.#url = new URL(stream.url).origin;
      this.#calls = new CallQueue({
        api: this.#api,
        clock,
        random,
        canRepeat: api.canRepeat,
        isStale: api.isStale,
        target: { url: stream.url, headers: streamHeaders(stream.header('mesos-stream-id')) },
        waitingMax: this.#options.callsWaitingMax ?? callsWaitingMaxDefault,
        onStale: (reason) => {
          this.#giveUp(attempt, reason);
        },
      });
      for await (const message of stream) {
        const event = this.#typed(message, invalid);
        if (event === undefined) continue;
        post({ type: 'event', attempt, event });
        await this.#handled(attempt);
      }
      post({ type: 'lost', attempt, reason: 'the server has ended the stream' });
    } catch (error) {
      if (attempt === this.#attempt)
        post({ type: isRefusal(error) ? 'refused' : 'lost', attempt, reason: textOf(error) });
    }
  }

  #typed(message: MessageOf<E>, invalid: (reason: string) => void): T | undefined {
    try {
      return this.#options.api.read(message);
    } catch (error) {
      invalid(errorText(error));
      return undefined;
    }
  }

  /** Waits until what was posted has been handled: in the meantime nobody listens to the server. */
  async #handled(attempt: number): Promise<void> {
    if (attempt !== this.#attempt) return;
    this.#isListening = false;
    try {
      await this.#options.turn();
    } finally {
      if (attempt === this.#attempt) this.#isListening = true;
    }
  }

  async #report(call: MessageOf<C>, taken: Promise<CallResult>): Promise<void> {
    const result = await taken;
    if (result.type === 'dropped') this.#options.post({ type: 'dropped', call, reason: undefined });
    if (result.type === 'refused') this.#options.post({ type: 'dropped', call, reason: result.error.message });
    if (result.type === 'unsure') this.#options.post({ type: 'unsure', call });
  }

  /** Leaves a stream that the server does not know, but not before it may have brought the reason, such as another scheduler. */
  #giveUp(attempt: number, reason: string): void {
    if (attempt !== this.#attempt || this.#stale !== undefined) return;
    this.#stale = this.#options.clock.timer(staleStreamMs, () => {
      this.#options.post({ type: 'lost', attempt, reason });
    });
  }
}

function streamHeaders(id: string | undefined): Readonly<Record<string, string>> {
  return id === undefined ? {} : { 'mesos-stream-id': id };
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
