import { Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import type { PID, WebSocketTransportOptions } from '@mesos-ts/libprocess';

/** The other end of every remote benchmark: answers pings, and counts a stream and says when it has a window of it. */
export class RemoteEcho extends Process {
  #received = 0;

  constructor() {
    super('echo');
  }

  protected override initialize(): void {
    this.install('ping', (from, body) => {
      this.send(from, 'pong', body);
    });
    this.install<{ window: number }>('stream', (from, { window }) => {
      if (++this.#received % window === 0) this.send(from, 'window');
    });
  }
}

class Pinger extends Process {
  #left: number;
  readonly #to: PID;
  readonly #body: unknown;
  readonly #outstanding: number;
  readonly #done: () => void;

  constructor(to: PID, exchanges: number, outstanding: number, body: unknown, done: () => void) {
    super();
    this.#to = to;
    this.#left = exchanges;
    this.#outstanding = outstanding;
    this.#body = body;
    this.#done = done;
  }

  protected override initialize(): void {
    this.install('pong', () => {
      this.#left--;
      if (this.#left >= this.#outstanding) this.send(this.#to, 'ping', this.#body);
      else if (this.#left === 0) this.#done();
    });
    for (let index = 0; index < this.#outstanding; index++) this.send(this.#to, 'ping', this.#body);
  }
}

/** How many messages of a stream go out before the receiver has said that it has the window before. */
export const streamWindow = 10_000;

class Streamer extends Process {
  #left: number;
  readonly #to: PID;
  readonly #body: unknown;
  readonly #size: number;
  readonly #done: () => void;

  constructor(to: PID, count: number, body: Readonly<Record<string, unknown>>, window: number, done: () => void) {
    super();
    this.#to = to;
    this.#left = count;
    this.#body = { ...body, window };
    this.#size = window;
    this.#done = done;
  }

  protected override initialize(): void {
    this.install('window', () => {
      this.#left -= this.#size;
      if (this.#left <= 0) this.#done();
      else if (this.#left > this.#size) this.#window();
    });
    this.#window();
    this.#window();
  }

  #window(): void {
    for (let index = 0; index < this.#size; index++) this.send(this.#to, 'stream', this.#body);
  }
}

/** A runtime that measures against the echo of another OS process. */
export class RemoteBench {
  readonly #runtime: Runtime;
  readonly #echo: PID;

  private constructor(runtime: Runtime, echo: PID) {
    this.#runtime = runtime;
    this.#echo = echo;
  }

  static async start(echo: PID, options: WebSocketTransportOptions = {}): Promise<RemoteBench> {
    return new RemoteBench(await new Runtime({ transport: new WebSocketTransport(options) }).start(), echo);
  }

  async pingPong(exchanges: number, outstanding: number, body: unknown): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#runtime.spawn(new Pinger(this.#echo, exchanges, outstanding, body, resolve));
    });
    return exchanges;
  }

  /**
   * @param count A multiple of the window.
   * @param window How many messages go out before the receiver has said that it has those before: a part of `streamWindow` where they
   * are large, so that what waits is bounded.
   */
  async stream(count: number, body: Readonly<Record<string, unknown>>, window = streamWindow): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#runtime.spawn(new Streamer(this.#echo, count, body, window, resolve));
    });
    return count;
  }

  close(): Promise<void> {
    return this.#runtime.close();
  }
}
