import { Worker } from 'node:worker_threads';
import { refusalName } from '../actor/ask.ts';
import { PID } from '../actor/pid.ts';
import { Process } from '../actor/process.ts';
import { deferred } from '../deferred.ts';
import { ProcessError, errorText } from '../errors.ts';
import { SystemClock } from '../time/system-clock.ts';
import { pack, packError, unpack } from './clone.ts';
import { Exchange, unpackEnd } from './exchange.ts';
import { handle } from './protocol.ts';
import { ThreadProxy } from './thread-proxy.ts';
import { unpackMessages } from './message-frame.ts';
import type { ResourceLimits } from 'node:worker_threads';
import type { EndReason } from '../actor/event.ts';
import type { HandlerResult, RouteOptions } from '../actor/handlers.ts';
import type { SpawnOptions } from '../actor/process.ts';
import type { AskOptions } from '../actor/ask.ts';
import type { Limits } from '../limits.ts';
import type { Answering, Asking, Envelope, Frame, Handlers, ThreadStart, Up } from './protocol.ts';

/** Options of `spawnThread`. */
export interface ThreadOptions {
  /** The name of the actor that stands for the thread. @default made by the runtime: `WorkerThread(1)` */
  readonly id?: string;
  /** Bounds of the thread's memory, beyond which it ends. @default those of Node.js */
  readonly resourceLimits?: ResourceLimits;
  /** The thread's environment variables. @default a copy of this thread's */
  readonly env?: NodeJS.ProcessEnv;
  /** Options of Node.js for the thread, for example `['--import', 'tsx']`. @default this thread's */
  readonly execArgv?: readonly string[];
  /**
   * How long a thread may take, when it is closed, to notice it, in milliseconds; one that is busy for longer is ended from outside.
   * @default 5000
   */
  readonly closeGraceMs?: number;
}

/** What of a runtime is called for actors whose classes are not known here. */
interface UntypedRuntime {
  dispatch(to: PID, method: string, args: unknown[], options: AskOptions): Promise<unknown>;
  tell(to: PID, method: string, ...args: unknown[]): void;
}

const closeGraceMsDefault = 5_000;

/** The actor that stands for a thread: its proxies end with it, and those linked to it hear of the thread's end. */
export class WorkerThread extends Process {
  readonly #options: ThreadOptions;
  readonly #limits: Limits;
  readonly #proxies = new Map<string, ThreadProxy>();
  /** Actors of the thread that cannot have their names, until they have ended. */
  readonly #refused = new Map<string, unknown>();
  /** Whose ends the thread wants to hear of, for nobody in particular. */
  readonly #watched = new Map<number, PID>();
  readonly #ready = deferred<void>();
  readonly #exited = deferred<void>();
  // The thread lives in real time, whatever clock the actors of a test have.
  readonly #realTime = new SystemClock();
  #worker: Worker | undefined;
  #bound: Exchange | undefined;
  #detach: (() => void) | undefined;
  #error: unknown;
  #closing = false;
  #over = false;

  constructor(options: ThreadOptions, limits: Limits) {
    super(options.id);
    this.#options = options;
    this.#limits = limits;
  }

  /** How many actors run in the thread. */
  get actors(): number {
    return this.#proxies.size;
  }

  /** Messages and calls that the thread has not taken yet. */
  get waiting(): number {
    return this.#bound?.port.waiting ?? 0;
  }

  protected override initialize(): void {
    const { clock, metrics } = this.runtime;
    const { address, id } = this.self;
    const start: ThreadStart = {
      address,
      prefix: `${/\(([^()]*)\)$/.exec(id)?.[1] ?? id}.`,
      limits: this.#limits,
      reportsRest: !(clock instanceof SystemClock),
    };
    const { resourceLimits, env, execArgv } = this.#options;
    const worker = new Worker(new URL('worker-main.js', import.meta.url), {
      name: id,
      workerData: start,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
      ...(env === undefined ? {} : { env }),
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    });
    const exchange = new Exchange(
      {
        post: (envelope, moved) => {
          worker.postMessage(envelope, moved);
        },
        handle: (op) =>
          op instanceof Uint8Array ? this.#messages(op) : handle(handlers, op as Answering | Asking | Up),
        broken: (error) => {
          this.#error ??= error;
          void worker.terminate();
        },
        unsendable: (name, to, reason) => {
          metrics.counter('libprocess/messages_dropped').increment();
          this.runtime.logger.error(`Message '${name}' to ${to} cannot go to its thread: ${reason}`);
        },
        refused: (asker, place, refusal) => {
          this.runtime.send(exchange.pid(asker, place), refusalName, refusal);
        },
      },
      address,
      this.#limits,
    );
    const handlers = this.#handlers(exchange);
    this.#worker = worker;
    this.#bound = exchange;
    worker.on('message', (envelope: Envelope) => {
      exchange.port.receive(envelope);
    });
    worker.on('messageerror', (error) => {
      this.#error ??= error;
      void worker.terminate();
    });
    worker.on('error', (error) => {
      this.#error ??= error;
    });
    worker.on('exit', (status) => {
      // What it sent before is handled before.
      exchange.port.afterArrived(() => {
        this.#end(status);
      });
    });
    if (start.reportsRest) this.#detach = clock.attach(() => !exchange.port.idle);
    metrics.pushGauge('libprocess/threads').increment();
    const own = metrics.of(this.self);
    own.gauge(`libprocess/threads/${id}/actors`, () => this.actors);
    own.gauge(`libprocess/threads/${id}/waiting`, () => this.waiting);
  }

  protected override exited(pid: PID): void {
    for (const [watch, watched] of this.#watched) {
      if (!watched.equals(pid)) continue;
      this.#watched.delete(watch);
      this.#exchange.port.send(['watched', watch]);
    }
  }

  protected override finalize(reason: EndReason): HandlerResult {
    if (this.#over) return undefined;
    this.#closing = true;
    if (this.#bound === undefined) {
      const cause = reason.type === 'failed' ? reason.error : undefined;
      const text = `Thread ${this.self.id} cannot be started: ${cause === undefined ? reason.type : errorText(cause)}`;
      this.#ready.reject(new ProcessError('THREAD_FAILED', text, { cause }));
      return undefined;
    }
    this.#exchange.port.send(['close']);
    this.#endIfStuck();
    return this.#exited.promise;
  }

  /** Resolves when the thread can take actors. */
  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  /** Makes an actor in the thread and answers its PID when it has been initialised. */
  async spawnActor<T>(module: string, name: string, args: unknown[], options: SpawnOptions): Promise<PID<T>> {
    const { id } = options;
    const exchange = this.#exchange;
    const moved: ArrayBuffer[] = [];
    const packed = pack(args, moved);
    const spawned = deferred<void>();
    if (id !== undefined) this.#represent(id, spawned.promise);
    try {
      const made = (await exchange.ask((call) => ['spawn', call, module, name, packed, options], { moved })) as string;
      const refused = this.#refused.get(made);
      if (refused !== undefined) throw refused;
      return new PID<T>(made, this.self.address);
    } catch (error) {
      // It never was there, and its name is free as soon as the caller knows.
      if (id !== undefined) await this.#dismiss(id, { type: 'failed', handler: 'spawn', error });
      if (error instanceof ProcessError) throw error;
      const text = `Cannot make a ${name} of ${module} in ${this.self.id}: ${errorText(error)}`;
      throw new ProcessError('THREAD_SPAWN_FAILED', text, { cause: error });
    } finally {
      spawned.resolve();
    }
  }

  /** The metrics of the thread's own runtime. */
  readMetrics(): Promise<Record<string, number>> {
    return this.#exchange.ask((call) => ['metrics', call]) as Promise<Record<string, number>>;
  }

  get #exchange(): Exchange {
    if (this.#bound === undefined) throw new ProcessError('PROCESS_NOT_SPAWNED', 'The thread has not been started');
    return this.#bound;
  }

  /** Puts a proxy where an actor of the thread is to be found. Throws when the name is in use. */
  #represent(id: string, spawned?: Promise<void>): void {
    const host = {
      exchange: this.#exchange,
      closing: () => {
        this.#endIfStuck();
      },
    };
    const proxy = new ThreadProxy(host, spawned);
    this.runtime.spawn(proxy, { id });
    proxy.attend();
    this.#proxies.set(id, proxy);
  }

  /** Ends the proxy of an actor that has ended. */
  async #dismiss(id: string, reason: EndReason): Promise<void> {
    const proxy = this.#proxies.get(id);
    if (proxy === undefined) return;
    this.#proxies.delete(id);
    await proxy.gone(reason);
  }

  #messages(frame: Frame): undefined {
    const exchange = this.#exchange;
    for (const [to, toAddress, from, fromAddress, name, body, hops] of unpackMessages(frame)) {
      const pid = exchange.pid(to, toAddress);
      if (hops !== undefined) this.#passOn(pid, { name, from: exchange.pid(from, fromAddress), body, hops });
      else if (from === '') this.runtime.send(pid, name, body);
      // An actor that could not have its name has nobody here to speak for it.
      else if (!this.#refused.has(from)) this.#proxies.get(from)?.forward(pid, name, body);
    }
    return undefined;
  }

  #handlers(exchange: Exchange): Handlers<Answering | Asking | Up> {
    const { runtime } = this;
    const untyped = runtime as unknown as UntypedRuntime;
    return {
      ...exchange.handlers,
      call: (call, to, method, args, cancellable) => {
        const pid = exchange.pid(...to);
        const work = (signal: AbortSignal | undefined): Promise<unknown> =>
          untyped.dispatch(pid, method, unpack(args) as unknown[], signal === undefined ? {} : { signal });
        exchange.serve(call, work, cancellable);
      },
      tell: (to, method, args) => {
        untyped.tell(exchange.pid(...to), method, ...(unpack(args) as unknown[]));
      },
      terminate: (to, inOrder, reason) => {
        runtime.terminate(exchange.pid(...to), { inject: !inOrder, reason: unpackEnd(reason) });
      },
      ready: () => {
        this.#ready.resolve();
      },
      spawned: (id) => {
        this.#spawned(id);
      },
      route: (id, path, options) => {
        this.#proxies.get(id)?.serve(path, unpack(options) as RouteOptions);
      },
      ended: (id, reason) => {
        this.#refused.delete(id);
        return this.#dismiss(id, unpackEnd(reason));
      },
      link: (linker, to, link, reconnect) => {
        this.#proxies.get(linker)?.linkTo(exchange.pid(...to), link, reconnect);
      },
      unlink: (linker, to) => {
        this.#proxies.get(linker)?.unlinkFrom(exchange.pid(...to));
      },
      watch: (watch, to) => {
        this.#watch(watch, exchange.pid(...to));
      },
      unwatch: (watch) => {
        this.#unwatch(watch);
      },
      until: (call, what, to) => {
        const pid = exchange.pid(...to);
        const work = (signal: AbortSignal | undefined): Promise<unknown> =>
          what === 'wait' ? runtime.wait(pid, undefined, signal) : runtime[what](pid);
        exchange.serve(call, work, what === 'wait');
      },
      log: (level, text) => {
        runtime.logger[level](text);
      },
      counted: (counters) => {
        this.#count(counters);
      },
    };
  }

  /** Passes on what an actor of the thread has passed on, as from its sender: by a delegate of this one, which handles no message. */
  #passOn(to: PID, message: { name: string; from: PID; body: unknown; hops: number }): void {
    this.delegate(message.name, to);
    void this.visit({ ...message, type: 'message', hops: message.hops - 1 });
  }

  #unwatch(watch: number): void {
    const pid = this.#watched.get(watch);
    this.#watched.delete(watch);
    if (pid !== undefined && ![...this.#watched.values()].some((other) => other.equals(pid))) this.unlink(pid);
  }

  #watch(watch: number, pid: PID): void {
    this.#watched.set(watch, pid);
    this.link(pid);
  }

  #spawned(id: string): void {
    if (this.#proxies.has(id)) return;
    try {
      this.#represent(id);
    } catch (error) {
      this.#refused.set(id, error);
      this.#exchange.port.send(['refused', id, packError(error)]);
    }
  }

  #count(counters: Readonly<Record<string, number>>): void {
    for (const [name, by] of Object.entries(counters)) {
      try {
        this.runtime.metrics.counter(name).increment(by);
      } catch {
        // Here the name is that of another kind of metric, which says nothing of the thread.
      }
    }
  }

  /** Ends a thread from outside that does not take what it is told in time. */
  #endIfStuck(): void {
    const { port } = this.#exchange;
    port.flush();
    const { sent } = port;
    const graceMs = this.#options.closeGraceMs ?? closeGraceMsDefault;
    this.#realTime.timer(graceMs, () => {
      if (this.#over || port.acknowledged >= sent) return;
      const text = `It was busy for more than ${graceMs} ms when it was to end, and was ended from outside`;
      this.#error ??= new ProcessError('THREAD_FAILED', text);
      void this.#worker?.terminate();
    });
  }

  #end(status: number): void {
    this.#over = true;
    const { id } = this.self;
    const error =
      this.#error ?? new ProcessError('THREAD_FAILED', `The thread ended by itself, with exit status ${status}`);
    const reason: EndReason = this.#closing ? { type: 'closing' } : { type: 'failed', handler: 'thread', error };
    const text = this.#closing ? `Thread ${id} has been closed` : `Thread ${id} has ended: ${errorText(error)}`;
    this.#exchange.fail(new ProcessError('PROCESS_TERMINATED', text, { cause: error }));
    this.#ready.reject(new ProcessError('THREAD_FAILED', text, { cause: error }));
    for (const actor of this.#proxies.keys()) void this.#dismiss(actor, reason);
    this.#detach?.();
    this.runtime.metrics.pushGauge('libprocess/threads').decrement();
    this.#exited.resolve();
    if (this.#closing) return;
    this.runtime.logger.error(text);
    this.runtime.metrics.counter('libprocess/threads_failed').increment();
    this.runtime.terminate(this.self, { reason });
  }
}
