import { ProcessError } from '../errors.ts';
import type { AskOptions, QuestionOptions } from './ask.ts';
import type { Clock, Timer } from '../time/clock.ts';
import type { EndReason, Event, ExitReason } from './event.ts';
import type { HandlerResult, InstalledMessage, InstalledRoute, MessageHandler, RouteOptions } from './handlers.ts';
import { checkRoutePath } from '../http/path-pattern.ts';
import type { HttpControl } from '../http/control.ts';
import type { HttpHandler } from '../http/message.ts';
import type { RouteParams } from '../http/path-pattern.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { PID } from './pid.ts';
import type { Random } from '../random/random.ts';

/** Names of the public methods that actor class `T` adds to `Process`: what can be dispatched to it. */
export type DispatchName<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never;
}[Exclude<keyof T, keyof Process>] &
  string;

/** The arguments of method `K` of actor class `T`. */
export type DispatchArgs<T, K extends keyof T> = T[K] extends (...args: infer A) => unknown ? A : never;

/** What the promise of a dispatch of method `K` to actor class `T` resolves to. */
export type DispatchResult<T, K extends keyof T> = T[K] extends (...args: never[]) => infer R ? Awaited<R> : never;

/** The arguments of `dispatch` behind the method's name; a method that can be called without arguments needs none. */
export type DispatchRest<T, K extends keyof T> =
  [] extends DispatchArgs<T, K>
    ? [args?: DispatchArgs<T, K>, options?: AskOptions]
    : [args: DispatchArgs<T, K>, options?: AskOptions];

/** Options of `spawn`. */
export interface SpawnOptions {
  /** The name to spawn it under, instead of the actor's own. */
  readonly id?: string;
  /**
   * Whether the runtime disposes of the actor when it has ended, by its `Symbol.asyncDispose` or else `Symbol.dispose`, as libprocess deletes
   * a managed process. An actor that is not managed is its owner's to dispose of. Memory is freed in either case.
   * @default false
   */
  readonly managed?: boolean;
}

/** Options of the constructor of `Process`. */
export interface ProcessOptions {
  /**
   * Whether a handler runs to its end, its promise included, before the next event begins, links and `terminate` included: what an
   * `async` handler has seen before an `await` still holds after it. Such an actor must not wait for an answer of its own: a dispatch to
   * itself is refused with `SERIAL_DEADLOCK` where that can be seen, which is before the first `await`. Two that wait for each other are
   * seen by nobody: give such asks a `timeoutMs`.
   * @default false
   */
  readonly serial?: boolean;
}

/** Options of `terminate`. */
export interface TerminateOptions {
  /** Whether it overtakes what is already in the mailbox. @default true */
  readonly inject?: boolean;
  /** Why, as those who are linked to it shall hear. @default { type: 'terminated' } */
  readonly reason?: EndReason;
}

/** Options of `link`. */
export interface LinkOptions {
  /**
   * How to reach an actor of another runtime: `reuse` the connection that there is, or `reconnect`, for an actor that has reason to believe
   * it dead. Links between the two runtimes go on over the new connection; if the old one is dead, messages under way on it are lost
   * without an `exited`. When no new connection can be made, all who are linked to that runtime hear `exited`. As `RemoteConnection` of libprocess.
   * @default 'reuse'
   */
  readonly connection?: 'reuse' | 'reconnect';
}

/** An actor as somebody who looks from outside sees it, at the moment of looking. */
export interface ActorView {
  readonly pid: PID;
  /** How many events are in its mailbox. */
  readonly waiting: number;
  /** The oldest of these, at most so many. */
  peek(max: number): Event[];
}

/** What actors, and programs that own actors, can do with a runtime. `Runtime` implements it. */
export interface ProcessRuntime {
  /** The address of every actor here, `ip:port`. */
  readonly address: string;
  readonly clock: Clock;
  /** Who may use HTTP endpoints, and which there are. */
  readonly http: HttpControl;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random: Random;
  /** A name that no actor has here and that was not made before: `prefix(1)`, `prefix(2)`, ... */
  generateId(prefix: string): string;
  /** Starts an actor. Throws `PROCESS_ID_IN_USE` while another actor has its name. */
  spawn<T extends Process>(process: T, options?: SpawnOptions): PID<T>;
  /**
   * Asks a local actor to end; harmless when it has ended. It ends after its current event. What keeps it from that (`initialize`, a handler
   * of a serial actor, `finalize`) is told by `lifetime` and not waited for longer than `endTimeoutMs`.
   */
  terminate(pid: PID, options?: TerminateOptions): void;
  /** Resolves to true when the local actor has ended (at once if it is not there), to false when the time is over or the signal aborts first. */
  wait(pid: PID, timeoutMs?: number, signal?: AbortSignal): Promise<boolean>;
  /**
   * Calls a method of a local actor in its turn. Rejects with what the method throws, with `PROCESS_TERMINATED` when the actor
   * ends first or is not there, and with `PID_REMOTE` for an actor of another runtime, which is reached by messages only. When the
   * caller gives up, by `signal` or after `timeoutMs` (`ASK_TIMEOUT`), a call that has not begun is not made, and one that has can find
   * out by the `signal` of its actor.
   */
  dispatch<T, K extends DispatchName<T>>(
    pid: PID<T>,
    method: K,
    ...rest: DispatchRest<T, K>
  ): Promise<DispatchResult<T, K>>;
  /** Calls a method of a local actor in its turn and forgets about it. An exception in it ends the actor. */
  tell<T, K extends DispatchName<T>>(pid: PID<T>, method: K, ...args: DispatchArgs<T, K>): void;
  /** Sends a message from nobody to an actor anywhere. At most once; in order between one sender and one receiver. */
  send(to: PID, name: string, body?: unknown): void;
  /**
   * Sends a message to an actor anywhere and waits for the message that it sends back to whom it came from, which is made for this ask
   * alone. Rejects when the actor ends, is not there or cannot be reached (`PROCESS_TERMINATED`), has no handler for it or finds it invalid
   * (`ASK_REFUSED`), is overloaded (`MAILBOX_FULL`), or fails with it (`ASK_FAILED`); and when the caller gives up, by `signal` or after
   * `timeoutMs` (`ASK_TIMEOUT`), which discards the ask there. An actor passes its `lifetime` for the signal, to be asking no longer than it
   * lives. Who answers with nothing is waited for until then; so is an answer that is lost at a bound of the way.
   */
  ask<T = unknown>(to: PID, name: string, body?: unknown, options?: QuestionOptions<T>): Promise<T>;
  /** Resolves to true when the local actor has been initialised, to false when it ends first or is not there. */
  whenInitialized(pid: PID): Promise<boolean>;
  /**
   * Resolves when nothing waits any more to be sent to the runtime of an actor, because it has left or is given up; at once for an actor
   * of this runtime. Whoever sends much waits for it now and then, so that what waits stays far below the bound.
   */
  drained(to: PID): Promise<void>;
  /** Whether an actor of that name runs here. */
  has(id: string): boolean;
  /** Every actor here, in the order in which they were spawned. */
  actors(): ActorView[];
  /** Counts an operation outside the runtime (a file, a child process) as work in progress, so that a test clock waits for it. */
  track<T>(operation: Promise<T>): Promise<T>;
}

/** What a runtime gives to an actor that it spawns. */
export interface ProcessContext {
  readonly self: PID;
  readonly runtime: ProcessRuntime;
  readonly terminated: boolean;
  readonly lifetime: AbortSignal;
  install(name: string, entry: InstalledMessage): void;
  delegate(name: string, to: PID): void;
  route(route: InstalledRoute): void;
  send(to: PID, name: string, body: unknown): void;
  link(to: PID, options?: LinkOptions): void;
  unlink(to: PID): void;
  readonly signal: AbortSignal;
  perform<R>(work: () => R, options?: AskOptions): Promise<Awaited<R>>;
  hold(promise: Promise<unknown>): void;
  yieldTurn(): void;
  serve(event: Event): HandlerResult;
  delay(delayMs: number, work: () => HandlerResult): Timer;
  cancel(timer: Timer): boolean;
}

/** How the runtime reaches an actor's hooks, which are nobody else's to call. */
interface ProcessHooks {
  bind(process: Process, context: ProcessContext): void;
  initialize(process: Process): HandlerResult;
  finalize(process: Process, reason: EndReason): HandlerResult;
  exited(process: Process, pid: PID, reason: ExitReason): HandlerResult;
  visit(process: Process, event: Event): HandlerResult;
  /** Whoever has asked the actor by message has given up. */
  discarded(process: Process, asker: string): void;
  /** Whether a subclass has an own `visit`. */
  visits(process: Process): boolean;
  isSerial(process: Process): boolean;
  idOf(process: Process): string | undefined;
  /** What it was given when it was spawned. Throws `PROCESS_NOT_SPAWNED` before. */
  contextOf(process: Process): ProcessContext;
}

let hooks: ProcessHooks | undefined;

/** The hooks of `Process`, for the runtime. */
export function processHooks(): ProcessHooks {
  if (hooks === undefined) throw new ProcessError('INVARIANT', 'Process is not initialised');
  return hooks;
}

/**
 * An actor: private state, a mailbox, one event at a time. Subclasses install message handlers and routes in `initialize`; their
 * public methods can be dispatched to. A handler may be `async`: it runs alone until its first `await`, and other events may run
 * before it continues (re-entrancy). An exception in a handler ends the actor, and those linked to it hear `exited`.
 */
export abstract class Process {
  static {
    hooks = {
      bind: (process, context) => {
        if (process.#context !== undefined) {
          throw new ProcessError('PROCESS_ALREADY_SPAWNED', 'An actor can be spawned once');
        }
        process.#context = context;
      },
      initialize: (process) => process.initialize(),
      finalize: (process, reason) => process.finalize(reason),
      exited: (process, pid, reason) => process.exited(pid, reason),
      visit: (process, event) => process.visit(event),
      discarded: (process, asker) => process.discarded(asker),
      visits: (process) => process.visit !== Process.prototype.visit,
      isSerial: (process) => process.#isSerial,
      idOf: (process) => process.#id,
      contextOf: (process) => process.#bound,
    };
  }

  readonly #id: string | undefined;
  readonly #isSerial: boolean;
  #context: ProcessContext | undefined;

  /** @param id The name it is spawned under; without one the runtime makes `<class name>(<number>)`. */
  constructor(id?: string, options?: ProcessOptions) {
    this.#id = id;
    this.#isSerial = options?.serial === true;
  }

  /** This actor's address. */
  get self(): PID<this> {
    return this.#bound.self as PID<this>;
  }

  protected get runtime(): ProcessRuntime {
    return this.#bound.runtime;
  }

  /** Whether this actor has ended: an `async` handler may find so after an `await`. */
  protected get terminated(): boolean {
    return this.#bound.terminated;
  }

  /**
   * Aborts with `PROCESS_TERMINATED` when this actor ends, before `finalize`: for whatever it starts that takes a signal and is not to
   * go on without it.
   */
  protected get lifetime(): AbortSignal {
    return this.#bound.lifetime;
  }

  /**
   * The signal of the event that is being handled. It aborts when whoever waits for the answer has given up (an aborted or expired
   * dispatch, an ask for a handler of `installAsk`, an HTTP client that has left), or when this actor ends; after the answer it does
   * nothing more. Where nobody waits, or never gives up, it is `lifetime`. To be read before the first
   * `await` of a handler, and kept: later it is not known whose signal is meant, and `NO_CURRENT_EVENT` is thrown. Whoever does not read
   * it pays nothing for it. What is to last as long as the actor goes by `lifetime`.
   */
  protected get signal(): AbortSignal {
    return this.#bound.signal;
  }

  /** Runs before the first event. While its promise is pending, events wait. */
  protected initialize(): HandlerResult {}

  /** Runs after the last event and is told why the actor ends. Those who wait for the actor wait for its promise too. */
  protected finalize(_reason: EndReason): HandlerResult {}

  /** Runs when an actor that this one is linked to has ended, or the connection to it has, and is told why as far as it is known. */
  protected exited(_pid: PID, _reason: ExitReason): HandlerResult {}

  /**
   * Handles an event of any kind, in this actor's turn: what is here calls the method, handler, route or hook that it is for. An
   * override sees every event and may handle it by not calling `super.visit(event)`. The callers of dispatches and requests then wait
   * for the event's `resolve` or `reject`, now or later, and are refused when this actor ends first. The last event is always the one
   * that ends the actor: `super.visit` runs `finalize`, and the promise of an override is waited for like that of `finalize`. An
   * exception ends the actor. `super.visit` itself never throws; its promise resolves when an `async` handler is through.
   */
  protected visit(event: Event): HandlerResult {
    return this.#bound.serve(event);
  }

  /** Runs when somebody who has asked this actor by message has given up. For actors that stand for others. */
  protected discarded(_asker: string): void {}

  /**
   * Installs the handler of messages of that name. What it is given is not its own: it is never to be changed in place, and bytes that
   * are to be kept for long are to be copied.
   * @param check Turns what arrived into what the handler takes and throws when it cannot; such a message is dropped, counted and
   * logged. Without it the handler must be ready for anything: the sender may be on another machine.
   */
  protected install<T = unknown>(name: string, handler: MessageHandler<T>, check?: (body: unknown) => T): void {
    // A body that passed its check is a T; without a check T is what the caller declares it to be.
    this.#bound.install(name, { check, handler: handler as MessageHandler<unknown>, answers: false });
  }

  /**
   * Installs the handler of messages of that name whose senders wait for an answer: what it returns, or what its promise resolves to, is
   * sent back. An exception goes to the asker as `ASK_FAILED` with its text, and this actor lives on.
   */
  protected installAsk<T = unknown>(
    name: string,
    handler: (from: PID, body: T) => unknown,
    check?: (body: unknown) => T,
  ): void {
    this.#bound.install(name, { check, handler: handler as MessageHandler<unknown>, answers: true });
  }

  /**
   * Passes messages of that name for which no handler is installed on to another actor of this runtime, as from their senders. Throws
   * `PID_REMOTE` for an actor elsewhere: nobody may send there in the name of others.
   */
  protected delegate(name: string, to: PID): void {
    this.#bound.delegate(name, to);
  }

  /**
   * Serves HTTP requests to `/<actor>/<path>` and below it, unless a longer route matches. A segment `:name` of the path matches any one
   * segment, which the handler finds decoded in `request.params.name`; text wins over it. Throws `ROUTE_INVALID`.
   */
  protected route<Path extends string>(
    path: Path,
    handler: HttpHandler<RouteParams<Path>>,
    options: RouteOptions = {},
  ): void {
    checkRoutePath(path);
    // The router gives the handler the parameters of this very path.
    this.#bound.route({ path, handler: handler as HttpHandler, options });
  }

  /** Sends a message to an actor anywhere. The body must not be changed afterwards: local actors receive it as it is. */
  protected send(to: PID, name: string, body?: unknown): void {
    this.#bound.send(to, name, body);
  }

  /** Asks to hear, once, when an actor ends or cannot be reached. Linking twice is linking once. */
  protected link(to: PID, options?: LinkOptions): void {
    this.#bound.link(to, options);
  }

  /** Takes a link back. */
  protected unlink(to: PID): void {
    this.#bound.unlink(to);
  }

  /** Runs work in this actor's turn after a delay, unless it has ended by then. Until then this OS process lives. */
  protected delay(delayMs: number, work: () => HandlerResult): Timer {
    return this.#bound.delay(delayMs, work);
  }

  /** Stops a timer of `delay`; false when it fired or was cancelled before. */
  protected cancel(timer: Timer): boolean {
    return this.#bound.cancel(timer);
  }

  /**
   * A function that, called from anywhere, runs the given one in this actor's turn. Its promise rejects if the actor ends first, or when
   * the caller gives up.
   */
  protected defer<A extends unknown[], R>(
    work: (...args: A) => R,
    options?: AskOptions,
  ): (...args: A) => Promise<Awaited<R>> {
    const context = this.#bound;
    return (...args) => context.perform(() => work(...args), options);
  }

  /**
   * Does asynchronous work to its end before this actor's next event begins, whatever it is: for single handlers of an actor that is not
   * `serial`. Handlers that began before and are at an `await` go on beside it.
   */
  protected serially<R>(work: () => Promise<R>): Promise<R> {
    const result = work();
    this.#bound.hold(result);
    return result;
  }

  /**
   * Has others look in after this event, other actors as well as sockets and timers: for one that takes a millisecond or more. How many
   * events there are in a turn goes by how long those before them took.
   */
  protected yieldTurn(): void {
    this.#bound.yieldTurn();
  }

  /** Ends this actor after its current event. */
  protected terminate(options?: TerminateOptions): void {
    this.#bound.runtime.terminate(this.#bound.self, options);
  }

  get #bound(): ProcessContext {
    if (this.#context === undefined) throw new ProcessError('PROCESS_NOT_SPAWNED', 'This actor has not been spawned');
    return this.#context;
  }
}
