import { canonicalAddress } from './remote/address.ts';
import { askUntil, askerId, asksId, discardName } from './actor/ask.ts';
import { Cell } from './actor/cell.ts';
import { Filters } from './actor/filters.ts';
import { GarbageCollector } from './actor/garbage-collector.ts';
import { Losses } from './actor/losses.ts';
import { Names } from './actor/names.ts';
import { deadlockError } from './actor/refusals.ts';
import { Rest } from './actor/rest.ts';
import { SystemClock } from './time/system-clock.ts';
import { ProcessError } from './errors.ts';
import { HttpService } from './http/service.ts';
import { limitsOf } from './limits.ts';
import { debugLogger } from './logger.ts';
import { dispatchUp } from './actor/uplink.ts';
import { Metrics } from './metrics/metrics.ts';
import { PID, isProcessId } from './actor/pid.ts';
import { Peers } from './remote/peers.ts';
import { processHooks } from './actor/process.ts';
import { Question } from './actor/question.ts';
import { SystemRandom } from './random/system-random.ts';
import { Delivery } from './delivery.ts';
import { RunQueue } from './actor/run-queue.ts';
import { declareRuntimeMetrics } from './runtime-metrics.ts';
import { printable } from './text.ts';
import { within } from './actor/within.ts';
import type { X509Certificate } from 'node:crypto';
import type { CellHost } from './actor/cell-host.ts';
import type { EventFilter } from './actor/filters.ts';
import type { AskOptions, QuestionOptions } from './actor/ask.ts';
import type { Clock } from './time/clock.ts';
import type { HttpControl, HttpOptions } from './http/control.ts';
import type { TellEvent, TerminateEvent } from './actor/event.ts';
import type { HttpResponse } from './http/message.ts';
import type { InjectedRequest, InjectedResponse } from './http/service.ts';
import type { Limits } from './limits.ts';
import type { Logger } from './logger.ts';
import type {
  ActorView,
  DispatchArgs,
  DispatchName,
  DispatchRest,
  DispatchResult,
  Process,
  ProcessRuntime,
  SpawnOptions,
  TerminateOptions,
} from './actor/process.ts';
import type { Random } from './random/random.ts';
import type { Scheduler } from './actor/run-queue.ts';
import type { Transport } from './transport/transport.ts';
import type { Trust } from './trust/trust.ts';
import type { Uplink } from './actor/uplink.ts';

/** Options of `Runtime`. */
export interface RuntimeOptions {
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** @default the operating system's randomness */
  readonly random?: Random;
  /** How to reach other runtimes, and be reached. Without one, the runtime is alone. */
  readonly transport?: Transport;
  /** Who may talk with this runtime, and it with whom: made by `createTrust`. @default everybody */
  readonly trust?: Trust;
  /** @default the `debug` package, silent unless `DEBUG=mesos:*` */
  readonly logger?: Logger;
  /** Bounds that differ from `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** The name of the actor that HTTP requests to `/` go to. */
  readonly delegate?: string;
  /** Who may use HTTP endpoints. */
  readonly http?: HttpOptions;
  /** Copies message bodies between local actors as if they were remote; for tests, to find what the wire would change. */
  readonly copyLocalMessages?: boolean;
  /** What this runtime is a part of, for the one in a worker thread. */
  readonly uplink?: Uplink;
  /**
   * Makes what decides which actor runs next, in place of first come first served; for simulations. It calls back whenever it hands
   * control to somebody else, so that what actors have sent leaves.
   */
  readonly scheduler?: (afterRun: () => void) => Scheduler;
}

/** The address of actors of a runtime that does not listen. */
const nowhere = '0.0.0.0:0';

/**
 * Actors and what they need to live: a run queue, a clock, connections to other runtimes, an HTTP service. Nothing is global: an OS
 * process may hold many runtimes, each with a clock and a network of its own.
 */
export class Runtime implements ProcessRuntime, AsyncDisposable {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits: Limits;
  readonly #options: RuntimeOptions;
  readonly #cells = new Map<string, Cell>();
  readonly #names: Names;
  readonly #collector: GarbageCollector;
  readonly #rest: Rest;
  readonly #losses: Losses;
  readonly #delivery: Delivery;
  readonly #queue: Scheduler;
  readonly #uplink: Uplink | undefined;
  readonly #host: CellHost<Cell>;
  readonly #http: HttpService;
  readonly #nobody: PID;
  readonly #filters: Filters;
  #peers: Peers | undefined;
  #tracked = 0;
  #flushing = false;
  /** Whether it has neither been started nor closed. */
  #isNew = true;
  #closed: Promise<void> | undefined;
  #overdue = false;
  readonly #detach: () => void;

  constructor(options: RuntimeOptions = {}) {
    this.#options = options;
    this.clock = options.clock ?? new SystemClock();
    this.random = options.random ?? new SystemRandom();
    this.logger = options.logger ?? debugLogger();
    this.metrics = new Metrics(this.clock, (id) => this.#cells.has(id));
    this.limits = limitsOf(options.limits ?? {});
    this.#filters = new Filters(this.logger);
    this.#losses = new Losses(this.metrics, this.logger);
    this.#delivery = new Delivery({
      address: options.uplink?.address ?? nowhere,
      cells: this.#cells,
      losses: this.#losses,
      uplink: options.uplink,
      copies: options.copyLocalMessages === true,
    });
    const isBusy = (): boolean => this.#queue.busy || this.#flushing || this.#tracked > 0;
    this.#rest = new Rest(isBusy);
    const flush = (): void => {
      this.#peers?.flush();
      this.#rest.check();
    };
    this.#queue = options.scheduler?.(flush) ?? new RunQueue(flush, () => this.clock.monotonic());
    this.#nobody = new PID('', nowhere);
    this.#http = new HttpService(
      this,
      { find: (id) => this.#cells.get(id), all: () => this.#cells.values() },
      {
        http: options.http ?? {},
        delegate: options.delegate,
        bodyBytesMax: this.limits.httpBodyBytesMax,
        bodyTimeoutMs: this.limits.httpBodyTimeoutMs,
      },
    );
    this.#host = this.#cellHost();
    this.#uplink = options.uplink;
    this.#uplink?.connect(this, (id) => this.#cells.get(id));
    this.#names = new Names((id) => this.#cells.has(id), options.uplink?.prefix ?? '');
    this.#collector = new GarbageCollector(this, () => this.#endTimeoutMs);
    this.#detach = this.clock.attach(isBusy);
    declareRuntimeMetrics(this.metrics, {
      actors: () => this.#cells.size,
      peers: () => this.#peers?.size ?? 0,
      waiting: () => this.#peers?.waiting,
    });
  }

  get http(): HttpControl {
    return this.#http.control;
  }

  /** This runtime's address, `ip:port`, once it has started; `0.0.0.0:0` for a runtime without transport. */
  get address(): string {
    return this.#delivery.address;
  }

  /** Where this runtime's HTTP is, without a path: `https://ip:port` where its transport speaks TLS, else `http://ip:port`. */
  get url(): string {
    return `${this.#options.transport?.secure === true ? 'https' : 'http'}://${this.#delivery.address}`;
  }

  /** Starts to listen, if there is a transport. To be called before the first actor is spawned, whose PID needs the address. */
  async start(): Promise<this> {
    if (!this.#isNew || this.#cells.size > 0) {
      throw new ProcessError('RUNTIME_STARTED', 'A runtime is started once, before its first actor is spawned');
    }
    this.#isNew = false;
    const { transport } = this.#options;
    if (transport === undefined) return this;
    const peers = this.#makePeers(transport);
    // Whoever connects at once must find somebody to answer.
    this.#peers = peers;
    this.#delivery.peers = peers;
    const address = await transport.listen({
      connection: (connection) => {
        peers.accept(connection);
      },
      request: (request, connection) => this.#http.handle(request, connection),
      brokenOff: (reason) => {
        this.metrics.counter('libprocess/http_broken_off').increment();
        this.logger.debug(printable(`HTTP answer broken off: ${reason}`));
      },
      refused: (reason) => {
        this.metrics.counter('libprocess/http_refused').increment();
        this.logger.debug(printable(`HTTP request refused: ${reason}`));
      },
      tlsRefused: (reason) => {
        this.metrics.counter('libprocess/tls_handshakes_failed').increment();
        this.logger.warn(printable(`Refused the connection: ${reason}`));
      },
      warn: (text) => {
        this.logger.warn(printable(text));
      },
    });
    this.#delivery.address = canonicalAddress(address);
    return this;
  }

  generateId(prefix: string): string {
    return this.#names.generate(prefix);
  }

  spawn<T extends Process>(process: T, options: SpawnOptions = {}): PID<T> {
    if (this.#closed !== undefined) throw new ProcessError('RUNTIME_CLOSED', 'This runtime has been closed');
    if (this.#isNew && this.#options.transport !== undefined) {
      throw new ProcessError('RUNTIME_STARTED', 'A runtime with a transport must be started before actors are spawned');
    }
    const id = options.id ?? processHooks().idOf(process) ?? this.generateId(process.constructor.name || 'process');
    if (!isProcessId(id)) throw new ProcessError('PROCESS_ID_INVALID', `'${id}' cannot name an actor`);
    if (this.#cells.has(id)) throw new ProcessError('PROCESS_ID_IN_USE', `An actor named '${id}' is running`);
    const pid = new PID<T>(id, this.#delivery.address);
    const cell = new Cell(process, pid, this.#host);
    this.#cells.set(id, cell);
    if (options.managed === true) this.#collector.manage(id, process);
    this.#uplink?.spawned(cell);
    return pid;
  }

  terminate(pid: PID, options: TerminateOptions = {}): void {
    const { inject = true, reason } = options;
    const inOrder: TerminateEvent = inject ? terminated : terminatedInOrder;
    const event = reason === undefined ? inOrder : { ...inOrder, reason };
    const cell = this.#delivery.local(pid);
    if (cell === undefined) this.#uplink?.post(pid, event);
    else if (inject) cell.inject(event);
    else cell.enqueue(event);
  }

  wait(pid: PID, timeoutMs?: number, signal?: AbortSignal): Promise<boolean> {
    const cell = this.#delivery.local(pid);
    const uplink = this.#uplink;
    if (cell === undefined && uplink === undefined) return Promise.resolve(true);
    // Whoever has waited long enough leaves nothing with the actor, so that it can be looked at again and again.
    return within(this.clock, { timeoutMs, signal }, (ended) => {
      if (cell !== undefined) return cell.onEnded(ended);
      const patience = new AbortController();
      void uplink?.until('wait', pid, patience.signal).then(ended);
      return () => {
        patience.abort();
      };
    });
  }

  dispatch<T, K extends DispatchName<T>>(
    pid: PID<T>,
    method: K,
    ...rest: DispatchRest<T, K>
  ): Promise<DispatchResult<T, K>> {
    const [args = [], options] = rest as [unknown[]?, AskOptions?];
    const cell = this.#delivery.local(pid);
    if (cell !== undefined) return cell.dispatch(method, args, options) as Promise<DispatchResult<T, K>>;
    if (this.#uplink === undefined) return Promise.reject(this.#unreachable(pid));
    return dispatchUp(this.#uplink, this.clock, pid, method, args, options ?? {}) as Promise<DispatchResult<T, K>>;
  }

  tell<T, K extends DispatchName<T>>(pid: PID<T>, method: K, ...args: DispatchArgs<T, K>): void {
    const cell = this.#delivery.local(pid);
    if (cell !== undefined) cell.enqueue(tellEvent(method, args));
    else if (this.#uplink !== undefined) this.#uplink.post(pid, tellEvent(method, args));
    else this.#losses.dead(pid, method);
  }

  ask<T = unknown>(to: PID, name: string, body?: unknown, options: QuestionOptions<T> = {}): Promise<T> {
    if (this.#delivery.local(to)?.waitsForItself === true) return Promise.reject(deadlockError(to.id, name));
    const asker = new PID(askerId(this.random.id()), this.#delivery.address);
    return askUntil<T>(options, {
      clock: this.clock,
      what: `'${name}' of ${to.toString()}`,
      start: (resolve, reject) => {
        this.spawn(new Question(to, name, options, resolve, reject), { id: asker.id });
        const cell = this.#cells.get(asker.id);
        // At once, so that nothing that the caller sends later overtakes it.
        cell?.link(to);
        cell?.send(to, name, body);
      },
      discard: () => {
        this.#delivery.send(asker, new PID(asksId, to.address), discardName, to.id);
        this.terminate(asker);
      },
    });
  }

  send(to: PID, name: string, body?: unknown): void {
    this.#delivery.send(this.#nobody, to, name, body);
  }

  async whenInitialized(pid: PID): Promise<boolean> {
    const cell = this.#delivery.local(pid);
    if (cell === undefined && this.#uplink !== undefined) return this.#uplink.until('whenInitialized', pid);
    await cell?.whenInitialized();
    return cell?.terminated === false;
  }

  async drained(to: PID): Promise<void> {
    if (this.#uplink !== undefined && this.#delivery.local(to) === undefined) await this.#uplink.until('drained', to);
    else await this.#peers?.drained(to.address);
  }

  /**
   * The certificate that the other runtime has shown on the connection over which messages of an actor come, and that was verified;
   * undefined without TLS, without a connection, or where none was shown. What is in it is proved for that actor only as far as its
   * address is: by trust between nodes.
   */
  certificateOf(pid: PID): X509Certificate | undefined {
    return this.#peers?.certificateOf(pid.address);
  }

  has(id: string): boolean {
    return this.#cells.has(id);
  }

  actors(): ActorView[] {
    return Array.from(this.#cells.values(), (cell) => cell.view());
  }

  async track<T>(operation: Promise<T>): Promise<T> {
    this.#tracked++;
    try {
      return await operation;
    } finally {
      this.#tracked--;
      this.#rest.check();
    }
  }

  /** Answers an HTTP request that never was on a socket; for tests. */
  inject(request: InjectedRequest): Promise<InjectedResponse> {
    return this.#http.inject(request);
  }

  /** As `inject`, for answers that have no end: the body is read by the caller, piece by piece, who may leave it. */
  injectStream(request: InjectedRequest): Promise<HttpResponse> {
    return this.#http.injectStream(request);
  }

  /**
   * Has every event of this runtime's actors pass a filter, at the moment when it would be handled. Answers how to take the filter away.
   * A filter that throws drops the event. libprocess allows one such filter; here each of them may drop.
   */
  filter(filter: EventFilter): () => void {
    return this.#filters.add(filter);
  }

  /**
   * Resolves when this runtime has come to rest: no event waits, nothing is on its way out, no tracked operation is pending. What comes
   * later, by a timer or from the network, is not waited for. The clock of a test settles all runtimes on it.
   */
  settle(): Promise<void> {
    return this.#rest.settled();
  }

  /**
   * Reads certificates and secrets again, for connections to come; those that are open stay. Answers whether anything has changed.
   * Rejects with `TLS_INVALID` or `TRUST_INVALID` when something cannot be used: then what was in use before remains so.
   */
  async reloadCredentials(): Promise<boolean> {
    const hasTlsChanged = (await this.#options.transport?.reloadTls?.()) ?? false;
    const hasTrustChanged = this.#options.trust?.reload?.() ?? false;
    return hasTlsChanged || hasTrustChanged;
  }

  /**
   * Accepts no connections any more and answers no further HTTP requests: whoever asks finds nobody, as when this program has ended. What is
   * being answered is, and connections with other runtimes stay. For a program whose work is over while it still puts its things away.
   */
  stopServing(): void {
    this.#options.transport?.stopServing?.();
  }

  /**
   * Ends every actor, in the reverse order of spawning and one after the other, then the connections. What actors send while they end
   * still leaves. An actor that does not come to its end is waited for up to `endTimeoutMs`, and all together up to twice that. Idempotent.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #makePeers(transport: Transport): Peers {
    const delivery = this.#delivery;
    return new Peers(
      {
        runtime: this,
        limits: this.limits,
        trust: this.#options.trust,
        incarnation: this.random.id(),
        deliver: (to, from, name, body) => {
          delivery.deliver(to, from, name, body);
        },
        watch: (id, key, notify) => delivery.watchLocal(id, key, notify),
        unwatch: (id, key) => {
          delivery.unwatchLocal(id, key);
        },
        schedule: (runnable) => {
          this.#queue.push(runnable);
        },
        flushLater: () => {
          this.#flushLater();
        },
      },
      transport,
    );
  }

  async #close(): Promise<void> {
    this.#isNew = false;
    const cells = [...this.#cells.values()].toReversed();
    const timer = this.clock.timer(2 * this.limits.endTimeoutMs, () => {
      this.#overdue = true;
      for (const cell of cells) cell.giveUp();
    });
    for (const cell of cells) {
      cell.inject({ type: 'terminate', reason: { type: 'closing' } });
      await cell.whenEnded;
    }
    await this.#collector.idle();
    this.clock.cancel(timer);
    await this.#peers?.emptied();
    this.#delivery.peers = undefined;
    this.#peers?.close();
    await this.#options.transport?.close();
    this.#detach();
  }

  /** How long something may keep an actor from ending that is to end. */
  get #endTimeoutMs(): number {
    return this.#overdue ? 0 : this.limits.endTimeoutMs;
  }

  #cellHost(): CellHost<Cell> {
    const delivery = this.#delivery;
    // No accessors here: they would cost every event, not only those who call them.
    return {
      running: undefined,
      endTimeoutMs: () => this.#endTimeoutMs,
      runtime: this,
      mailboxMax: this.limits.mailboxMax,
      schedule: (cell) => {
        this.#queue.push(cell);
      },
      send: (from, to, name, body) => {
        delivery.send(from, to, name, body);
      },
      link: (linker, to, reconnect) => {
        delivery.link(linker, to, reconnect);
      },
      unlink: (linker, to) => {
        delivery.unlink(linker, to);
      },
      watch: (cell, pid, ended) => delivery.watch(cell, pid, ended),
      forward: (event, to) => {
        delivery.forward(event, to);
      },
      filtered: (cell, event) => this.#filters.drop(cell.self, event),
      dropped: (cell, event, reason, detail) => {
        this.#losses.dropped(cell.self, event, reason, detail);
      },
      routed: (cell, route) => {
        this.#uplink?.routed(cell, route);
      },
      ended: (cell, reason) => {
        this.#collector.ended(cell.self.id);
        this.#cells.delete(cell.self.id);
        this.metrics.release(cell.self.id);
        this.#uplink?.ended(cell, reason);
      },
    };
  }

  #flushLater(): void {
    // A turn of the run queue flushes at its end; whoever sends outside of one still gathers what it sends at once.
    if (this.#queue.busy || this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#peers?.flush();
      this.#rest.check();
    });
  }

  #unreachable(pid: PID): ProcessError {
    return pid.address === this.#delivery.address
      ? new ProcessError('PROCESS_TERMINATED', `There is no actor ${pid.toString()}`)
      : new ProcessError('PID_REMOTE', `${pid.toString()} is not of this runtime: send it a message instead`);
  }
}

function tellEvent(method: string, args: unknown[]): TellEvent {
  return args.length === 1
    ? { type: 'tell', method, argument: args[0], args: undefined }
    : { type: 'tell', method, argument: undefined, args };
}

const terminated: TerminateEvent = { type: 'terminate', reason: { type: 'terminated' } };
const terminatedInOrder: TerminateEvent = { ...terminated, inOrder: true };
