import { Runtime } from '@mesos-ts/libprocess';
import { ThreadPool, actorModule, spawnThread } from '@mesos-ts/libprocess/threads';
import { EchoBench } from './echo-bench.ts';
import { primes } from './thread-actors.ts';
import type { PID } from '@mesos-ts/libprocess';
import type { Thread } from '@mesos-ts/libprocess/threads';
import type * as echoes from './echo-bench.ts';
import type * as actors from './thread-actors.ts';

const echoModule = actorModule<typeof echoes>(new URL('echo-bench.js', import.meta.url));
const module = actorModule<typeof actors>(new URL('thread-actors.js', import.meta.url));

/** A runtime with a thread, and a pool of two. */
export class ThreadBench {
  /** Against an echo in the thread. */
  readonly echo: EchoBench;
  readonly #runtime: Runtime;
  readonly #thread: Thread;
  readonly #pool: ThreadPool;
  readonly #computers: readonly PID<actors.Computer>[];

  private constructor(
    runtime: Runtime,
    parts: { thread: Thread; echo: PID; pool: ThreadPool; computers: PID<actors.Computer>[] },
  ) {
    this.#runtime = runtime;
    this.echo = new EchoBench(runtime, parts.echo);
    this.#thread = parts.thread;
    this.#pool = parts.pool;
    this.#computers = parts.computers;
  }

  static async start(): Promise<ThreadBench> {
    const runtime = new Runtime();
    const thread = await spawnThread(runtime);
    const echo = await thread.spawn(echoModule, 'Echo', []);
    const pool = new ThreadPool(runtime, { size: 2 });
    const computers = await Promise.all([1, 2].map(() => pool.spawn(module, 'Computer', [])));
    return new ThreadBench(runtime, { thread, echo, pool, computers });
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
}
