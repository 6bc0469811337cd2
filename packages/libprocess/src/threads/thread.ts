import { ProcessError } from '../errors.ts';
import { defaultLimits } from '../limits.ts';
import { WorkerThread } from './worker-thread.ts';
import type { PID } from '../actor/pid.ts';
import type { ProcessRuntime, SpawnOptions } from '../actor/process.ts';
import type { Limits } from '../limits.ts';
import type { ActorArgs, ActorModule, ActorName, ActorOf } from './module.ts';
import type { ThreadOptions } from './worker-thread.ts';

/** What can spawn actors elsewhere. */
export interface ActorSpawner {
  /**
   * Makes an actor of an exported class of a module, in a thread, and answers its PID when it has been initialised. The module is loaded
   * once for each thread, the arguments go by structured clone. An `id` is taken at once; who sends to it before the actor is there waits.
   * Rejects with `PROCESS_ID_IN_USE`, with `THREAD_SPAWN_FAILED` when the module, the class, its constructor or its `initialize` does not
   * play along, and with `PROCESS_TERMINATED` when the thread ends first.
   */
  spawn<M, K extends ActorName<M>>(
    module: ActorModule<M>,
    name: K,
    args: ActorArgs<M, K>,
    options?: SpawnOptions,
  ): Promise<PID<ActorOf<M, K>>>;
}

/** A worker thread of this OS process with a runtime of its own, whose actors have PIDs of this one's address. */
export class Thread implements ActorSpawner, AsyncDisposable {
  /** The actor that stands for the thread: linked to it, one hears of the thread's end. */
  readonly pid: PID;
  readonly #runtime: ProcessRuntime;
  readonly #actor: WorkerThread;
  #spawning = 0;

  /** Made by `spawnThread`. */
  constructor(runtime: ProcessRuntime, actor: WorkerThread) {
    this.#runtime = runtime;
    this.#actor = actor;
    this.pid = actor.self;
  }

  /** How many actors run in it, or are about to. */
  get actors(): number {
    return this.#actor.actors + this.#spawning;
  }

  /** Messages and calls that the thread has not taken yet: it is busy when there are many. */
  get waiting(): number {
    return this.#actor.waiting;
  }

  /** Whether the thread has ended, or is about to. */
  get ended(): boolean {
    return !this.#runtime.has(this.pid.id);
  }

  async spawn<M, K extends ActorName<M>>(
    module: ActorModule<M>,
    name: K,
    args: ActorArgs<M, K>,
    options: SpawnOptions = {},
  ): Promise<PID<ActorOf<M, K>>> {
    if (this.ended) throw new ProcessError('PROCESS_TERMINATED', `Thread ${this.pid.id} has ended`);
    this.#spawning++;
    try {
      return await this.#actor.spawnActor<ActorOf<M, K>>(module.url, name, args, options);
    } finally {
      this.#spawning--;
    }
  }

  /** The metrics of the thread's own runtime, by name. Its counters are added to this runtime's besides, every second. */
  metrics(): Promise<Record<string, number>> {
    return this.#actor.readMetrics();
  }

  /** Ends the thread's actors, in the reverse order of their spawning, and the thread. Idempotent. */
  async close(): Promise<void> {
    this.#runtime.terminate(this.pid);
    await this.#runtime.wait(this.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Starts a worker thread. It ends with `close`, with its runtime, when it runs out of memory, when nobody catches an exception in it, and
 * when something in it calls `process.exit`; then its actors have ended too, and those linked to them or to the thread hear of it.
 * Rejects with `THREAD_FAILED`.
 */
export async function spawnThread(runtime: ProcessRuntime, options: ThreadOptions = {}): Promise<Thread> {
  const actor = new WorkerThread(options, limitsOf(runtime));
  runtime.spawn(actor);
  await actor.whenReady();
  return new Thread(runtime, actor);
}

/** The bounds of a runtime hold for its threads too. */
function limitsOf(runtime: ProcessRuntime & { readonly limits?: Limits }): Limits {
  return runtime.limits ?? defaultLimits;
}
