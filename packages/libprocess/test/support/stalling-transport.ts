import type { Connection, ConnectionHandlers, Transport, TransportHandlers } from '../../src/index.ts';

/** A connection whose other end can stop to read. */
class StallingConnection implements Connection {
  readonly remote: string;
  readonly #inner: Connection;
  readonly #isStalled: () => boolean;
  /** What had not been read when the connection was closed. */
  lost: readonly Uint8Array[] = [];
  #frames: Uint8Array[] = [];
  #handlers: ConnectionHandlers | undefined;

  constructor(inner: Connection, isStalled: () => boolean) {
    this.remote = inner.remote;
    this.#inner = inner;
    this.#isStalled = isStalled;
  }

  get bufferedBytes(): number {
    return this.#frames.reduce((sum, frame) => sum + frame.length, 0);
  }

  open(...[handlers, options]: Parameters<Connection['open']>): void {
    this.#handlers = handlers;
    this.#inner.open(handlers, options);
  }

  send(frame: Uint8Array): void {
    if (this.#isStalled()) this.#frames.push(frame);
    else this.#inner.send(frame);
  }

  close(reason: string): void {
    this.lost = [...this.lost, ...this.#frames];
    this.#frames = [];
    this.#inner.close(reason);
  }

  release(): void {
    const frames = this.#frames;
    this.#frames = [];
    for (const frame of frames) this.#inner.send(frame);
    if (frames.length > 0) queueMicrotask(() => this.#handlers?.drain?.());
  }
}

/** A transport whose other ends can stop to read what is written from here: all, or those that this one connects to at some addresses. */
export class StallingTransport implements Transport {
  readonly #inner: Transport;
  readonly #stalls: (address: string) => boolean;
  readonly #connections = new Set<StallingConnection>();
  #stalled = false;

  constructor(inner: Transport, stalls: (address: string) => boolean = () => true) {
    this.#inner = inner;
    this.#stalls = stalls;
  }

  /** Frames that were given up with their connections before they were read. */
  get lost(): Uint8Array[] {
    return [...this.#connections].flatMap(({ lost }) => lost);
  }

  stall(): void {
    this.#stalled = true;
  }

  release(): void {
    this.#stalled = false;
    for (const connection of this.#connections) connection.release();
  }

  /** Lets go of what waits, and goes on to hold what comes. */
  pump(): void {
    for (const connection of this.#connections) connection.release();
  }

  listen(handlers: TransportHandlers): Promise<string> {
    const connection = (made: Connection): void => {
      handlers.connection(this.#wrap(made));
    };
    return this.#inner.listen({ ...handlers, connection });
  }

  async connect(address: string, signal: AbortSignal): Promise<Connection> {
    const connection = await this.#inner.connect(address, signal);
    return this.#stalls(address) ? this.#wrap(connection) : connection;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #wrap(inner: Connection): Connection {
    const connection = new StallingConnection(inner, () => this.#stalled);
    this.#connections.add(connection);
    return connection;
  }
}
