import { ProcessError } from '../errors.ts';
import { spawnThread } from './thread.ts';
import type { PID } from '../actor/pid.ts';
import type { ProcessRuntime, SpawnOptions } from '../actor/process.ts';
import type { ActorArgs, ActorModule, ActorName, ActorOf } from './module.ts';
import type { ActorSpawner, Thread } from './thread.ts';
import type { ThreadOptions } from './worker-thread.ts';

/** Options of `ThreadPool`. */
export interface ThreadPoolOptions extends Omit<ThreadOptions, 'id'> {
  /** How many threads there are at most. `availableParallelism()` of `node:os` tells how many can run at once. */
  readonly size: number;
}

/** A place for one thread, which is started when it is needed. */
class Slot {
  readonly #start: () => Promise<Thread>;
  #thread: Thread | undefined;
  #starting: Promise<Thread> | undefined;
  #waiting = 0;

  constructor(start: () => Promise<Thread>) {
    this.#start = start;
  }

  get thread(): Thread | undefined {
    return this.#thread?.ended === false ? this.#thread : undefined;
  }

  /** How many actors are there, or on their way. */
  get actors(): number {
    return this.#waiting + (this.thread?.actors ?? 0);
  }

  /** Runs work with the thread, which counts as an actor on its way until there is a thread. */
  async use<R>(work: (thread: Thread) => Promise<R>): Promise<R> {
    this.#waiting++;
    let used: Promise<R>;
    try {
      const thread = this.thread ?? (await this.#started());
      used = work(thread);
    } finally {
      this.#waiting--;
    }
    return used;
  }

  async close(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    await this.#thread?.close();
  }

  #started(): Promise<Thread> {
    this.#starting ??= this.#start()
      .then((thread) => {
        this.#thread = thread;
        return thread;
      })
      .finally(() => {
        this.#starting = undefined;
      });
    return this.#starting;
  }
}

/**
 * Threads that share actors among them: an actor goes to the thread with the fewest, of several to the one that has the least waiting for
 * it. A thread is started when the first actor goes there. One that has ended is replaced when the next actor goes there; its actors are
 * not: that is for whoever is linked to them.
 */
export class ThreadPool implements ActorSpawner, AsyncDisposable {
  readonly #slots: readonly Slot[];
  #closed = false;

  constructor(runtime: ProcessRuntime, { size, ...options }: ThreadPoolOptions) {
    if (!Number.isInteger(size) || size < 1) {
      throw new ProcessError('THREAD_FAILED', `A pool cannot have ${size} threads`);
    }
    this.#slots = Array.from({ length: size }, () => new Slot(() => spawnThread(runtime, options)));
  }

  /** The threads that run. */
  get threads(): readonly Thread[] {
    return this.#slots.flatMap(({ thread }) => thread ?? []);
  }

  async spawn<M, K extends ActorName<M>>(
    module: ActorModule<M>,
    name: K,
    args: ActorArgs<M, K>,
    options: SpawnOptions = {},
  ): Promise<PID<ActorOf<M, K>>> {
    if (this.#closed) throw new ProcessError('PROCESS_TERMINATED', 'The pool has been closed');
    return this.#idlest().use((thread) => thread.spawn(module, name, args, options));
  }

  /** Ends the threads. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #idlest(): Slot {
    const waiting = (slot: Slot): number => slot.thread?.waiting ?? 0;
    return this.#slots.reduce((best, slot) =>
      slot.actors < best.actors || (slot.actors === best.actors && waiting(slot) < waiting(best)) ? slot : best,
    );
  }
}
