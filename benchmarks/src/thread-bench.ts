import { Process, Runtime } from '@mesos-ts/libprocess';
import { ThreadPool, actorModule, spawnThread } from '@mesos-ts/libprocess/threads';
import { primes } from './thread-actors.ts';
import type { PID } from '@mesos-ts/libprocess';
import type { Thread } from '@mesos-ts/libprocess/threads';
import type * as actors from './thread-actors.ts';

const module = actorModule<typeof actors>(new URL('thread-actors.js', import.meta.url));

/** Messages between two answers in a stream. */
export const streamWindow = 5_000;

/** Sends to a sink. */
class Source extends Process {
  readonly #sink: PID;
  readonly #body: unknown;
  #left = 0;
  #awaited = 0;
  #resolve: (() => void) | undefined;

  constructor(sink: PID, body: unknown) {
    super();
    this.#sink = sink;
    this.#body = body;
  }

  protected override initialize(): void {
    this.install('counted', () => {
      this.#more();
    });
    this.install('echo', () => {
      this.#awaited--;
      if (this.#left > 0) this.#ask();
      else if (this.#awaited === 0) this.#resolve?.();
    });
  }

  /** Sends so many messages, a window at a time. */
  stream(count: number): Promise<void> {
    this.#left = count;
    this.#more();
    this.#more();
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  pingPong(count: number, outstanding: number): Promise<void> {
    this.#left = count;
    for (let index = 0; index < outstanding; index++) this.#ask();
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  #ask(): void {
    this.#left--;
    this.#awaited++;
    this.send(this.#sink, 'echo', this.#body);
  }

  #more(): void {
    if (this.#left === 0) {
      this.#resolve?.();
      return;
    }
    const now = Math.min(this.#left, streamWindow);
    for (let index = 0; index < now; index++) this.send(this.#sink, 'item', this.#body);
    this.#left -= now;
    this.send(this.#sink, 'count');
  }
}

/** A runtime with a thread, and a pool of two. */
export class ThreadBench {
  readonly #runtime = new Runtime();
  readonly #thread: Thread;
  readonly #sink: PID;
  readonly #pool: ThreadPool;
  readonly #computers: readonly PID<actors.Computer>[];

  private constructor(
    runtime: Runtime,
    parts: { thread: Thread; sink: PID; pool: ThreadPool; computers: PID<actors.Computer>[] },
  ) {
    this.#runtime = runtime;
    this.#thread = parts.thread;
    this.#sink = parts.sink;
    this.#pool = parts.pool;
    this.#computers = parts.computers;
  }

  static async start(): Promise<ThreadBench> {
    const runtime = new Runtime();
    const thread = await spawnThread(runtime);
    const sink = await thread.spawn(module, 'Sink', []);
    const pool = new ThreadPool(runtime, { size: 2 });
    const computers = await Promise.all([1, 2].map(() => pool.spawn(module, 'Computer', [])));
    return new ThreadBench(runtime, { thread, sink, pool, computers });
  }

  async stream(count: number, body: unknown): Promise<number> {
    await this.#withSource(body, (source) => this.#runtime.dispatch(source, 'stream', [count]));
    return count;
  }

  async pingPong(count: number, outstanding: number, body: unknown): Promise<number> {
    await this.#withSource(body, (source) => this.#runtime.dispatch(source, 'pingPong', [count, outstanding]));
    return count;
  }

  /** The same job once in each of the pool's threads. */
  async compute(below: number): Promise<number> {
    await Promise.all(this.#computers.map((pid) => this.#runtime.dispatch(pid, 'primes', [below])));
    return this.#computers.length;
  }

  /** The same jobs one after the other, in this thread. */
  computeHere(below: number): Promise<number> {
    for (const _computer of this.#computers) primes(below);
    return Promise.resolve(this.#computers.length);
  }

  async close(): Promise<void> {
    await Promise.all([this.#thread.close(), this.#pool.close()]);
    await this.#runtime.close();
  }

  async #withSource(body: unknown, work: (source: PID<Source>) => Promise<void>): Promise<void> {
    const source = this.#runtime.spawn(new Source(this.#sink, body));
    await work(source);
    this.#runtime.terminate(source);
    await this.#runtime.wait(source);
  }
}
