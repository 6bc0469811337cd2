import { closeGraceMs, closeReason, signOfLife, statusNormal } from '../transport/websocket-rules.ts';
import { deferred } from '../deferred.ts';
import type { Clock, Timer } from '../time/clock.ts';
import type { Connection, ConnectionHandlers } from '../transport/transport.ts';

/** What is used of a page's WebSocket (https://websockets.spec.whatwg.org). */
export interface PageSocket {
  binaryType: string;
  readonly readyState: number;
  /** Bytes that were sent and have not left yet. */
  readonly bufferedAmount: number;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

/** Options of `PageConnection`. */
interface PageConnectionOptions {
  /** Where the other end is. */
  readonly remote: string;
  readonly clock: Clock;
}

// Of `readyState`.
const open = 1;
// How often it is looked whether what was sent has left, in milliseconds, while anything has been.
const drainCheckMs = 10;
// Checks in a row that may find that nothing has arrived.
const silencesMax = 3;

/** A connection of a web page, from the moment it is attempted. */
export class PageConnection implements Connection {
  readonly remote: string;
  /** Whether the attempt succeeded. */
  readonly whenOpen: Promise<boolean>;
  readonly whenClosed: Promise<void>;
  readonly #socket: PageSocket;
  readonly #clock: Clock;
  readonly #opened = deferred<boolean>();
  readonly #closed = deferred<void>();
  #handlers: ConnectionHandlers | undefined;
  #early: Uint8Array[] = [];
  #reason: string | undefined;
  /** Whether this end wants to hear no more. */
  #refused = false;
  #ended = false;
  #told = false;
  #silences = 0;
  #grace: Timer | undefined;
  #drain: Timer | undefined;

  constructor(socket: PageSocket, options: PageConnectionOptions) {
    this.#socket = socket;
    this.remote = options.remote;
    this.#clock = options.clock;
    this.whenOpen = this.#opened.promise;
    this.whenClosed = this.#closed.promise;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      this.#opened.resolve(true);
    });
    socket.addEventListener('message', ({ data }) => {
      this.#receive(data);
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.#end(reason === '' ? `the connection was closed (${code})` : reason);
    });
    // It tells nothing, and `close` follows.
    socket.addEventListener('error', () => undefined);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  open(handlers: ConnectionHandlers): void {
    // In order and from the event loop, as the interface promises.
    void Promise.resolve().then(() => {
      this.#handlers = handlers;
      const early = this.#early;
      this.#early = [];
      for (const frame of early) if (!this.#refused) handlers.frame(frame);
      if (this.#ended) this.#tellEnd();
    });
  }

  send(frame: Uint8Array): void {
    if (this.#socket.readyState !== open) return;
    this.#socket.send(frame);
    this.#watchBuffer();
  }

  close(reason: string): void {
    if (this.#refused) return;
    this.#refused = true;
    this.#reason ??= reason;
    this.#socket.close(statusNormal, closeReason(reason));
    this.#grace ??= this.#clock.timer(closeGraceMs, () => {
      this.#end(reason);
    });
  }

  /** Ends the connection without waiting for the other end. */
  drop(reason: string): void {
    this.close(reason);
    this.#end(reason);
  }

  /** Ends the connection when nothing has arrived during three checks in a row. */
  check(): void {
    if (this.#silences >= silencesMax) this.drop('the other end has fallen silent');
    else this.#silences++;
  }

  /** A page is not told when what it has sent has left. */
  #watchBuffer(): void {
    this.#drain ??= this.#clock.timer(drainCheckMs, () => {
      this.#drain = undefined;
      if (this.#ended) return;
      if (this.bufferedBytes > 0) this.#watchBuffer();
      else this.#handlers?.drain?.();
    });
  }

  #receive(data: unknown): void {
    if (this.#refused) return;
    this.#silences = 0;
    if (!(data instanceof ArrayBuffer)) {
      this.close('expected binary frames');
      return;
    }
    const frame = new Uint8Array(data);
    if (frame.length === signOfLife.length) return;
    if (this.#handlers === undefined) this.#early.push(frame);
    else this.#handlers.frame(frame);
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#refused = true;
    this.#reason ??= reason;
    if (this.#grace !== undefined) this.#clock.cancel(this.#grace);
    if (this.#drain !== undefined) this.#clock.cancel(this.#drain);
    this.#opened.resolve(false);
    this.#closed.resolve();
    // Never from inside a call of the owner.
    void Promise.resolve().then(() => {
      this.#tellEnd();
    });
  }

  #tellEnd(): void {
    const handlers = this.#handlers;
    if (handlers === undefined || this.#told) return;
    this.#told = true;
    handlers.close(this.#reason ?? '');
  }
}
