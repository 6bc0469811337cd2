import { Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import type { PID, WebSocketTransportOptions } from '@mesos-ts/libprocess';

/** What `remote-server.js` tells: where its two echoes are. */
export interface RemoteServer {
  readonly echo: string;
  readonly rawPort: number;
}

/** The other end of the benchmarks of other OS processes and of threads: answers pings, and counts a stream and says when it has a window of it. */
export class Echo extends Process {
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

/** Measures against an echo elsewhere. */
export class EchoBench {
  readonly #runtime: Runtime;
  readonly #echo: PID;

  constructor(runtime: Runtime, echo: PID) {
    this.#runtime = runtime;
    this.#echo = echo;
  }

  /** With a runtime of its own, against the echo of another OS process. */
  static async connect(echo: PID, options: WebSocketTransportOptions = {}): Promise<EchoBench> {
    return new EchoBench(await new Runtime({ transport: new WebSocketTransport(options) }).start(), echo);
  }

  async pingPong(exchanges: number, outstanding: number, body: unknown): Promise<number> {
    await this.#run((done) => new Pinger(this.#echo, exchanges, outstanding, body, done));
    return exchanges;
  }

  /**
   * @param count A multiple of the window.
   * @param window How many messages go out before the receiver has said that it has as many of those before. Two windows may wait to be
   * sent, which must not be more than a runtime lets wait.
   */
  async stream(count: number, window: number, body: Readonly<Record<string, unknown>>): Promise<number> {
    await this.#run((done) => new Streamer(this.#echo, count, body, window, done));
    return count;
  }

  close(): Promise<void> {
    return this.#runtime.close();
  }

  async #run(make: (done: () => void) => Process): Promise<void> {
    let pid: PID | undefined;
    await new Promise<void>((resolve) => {
      pid = this.#runtime.spawn(make(resolve));
    });
    if (pid !== undefined) this.#runtime.terminate(pid);
  }
}
