import { askUntil } from './ask.ts';
import { Callers } from './callers.ts';
import { Discards } from './discards.ts';
import { isAsk, isBounded, isDiscarded } from './event.ts';
import { ProcessError, errorDetail, errorText } from '../errors.ts';
import { Installed, noRoutes } from './installed.ts';
import { Links } from './links.ts';
import { Mailbox } from './mailbox.ts';
import { callMethod, callTold } from './methods.ts';
import { Obstacle } from './obstacle.ts';
import { processHooks } from './process.ts';
import { deadlockError, dropError, endedError } from './refusals.ts';
import { asking, refuse } from './respond.ts';
import { Timers } from './timers.ts';
import { withoutListenerWarning } from './lifetime.ts';
import { Signals, mayBeGivenUp } from './signals.ts';
import type { AskOptions } from './ask.ts';
import type { Caller } from './callers.ts';
import type { CellHost } from './cell-host.ts';
import type { Timer } from '../time/clock.ts';
import type { DispatchEvent, EndReason, Event, ExitReason, HttpEvent, MessageEvent, TerminateEvent } from './event.ts';
import type { HandlerResult, InstalledMessage, InstalledRoute } from './handlers.ts';
import type { ExitListener } from './links.ts';
import type { PID } from './pid.ts';
import type { DropReason } from './refusals.ts';
import type { ActorView, LinkOptions, Process, ProcessContext, ProcessRuntime } from './process.ts';
import type { Runnable } from './run-queue.ts';

// Actors that may pass on one message: more are a circle.
const hopsMax = 16;

/** The runtime's side of an actor: its mailbox, handlers, timers and life. */
export class Cell implements ProcessContext, Runnable {
  readonly self: PID;
  readonly #process: Process;
  readonly #host: CellHost<Cell>;
  readonly #mailbox = new Mailbox<Event>();
  // What not every actor needs is made when it is needed, so that spawning stays cheap and idle actors small.
  #installed: Installed | undefined;
  #timers: Timers | undefined;
  #links: Links | undefined;
  /** Who waits for the actor's end. */
  #waiting: Set<() => void> | undefined;
  #callers: Callers | undefined;
  #obstacle: Obstacle | undefined;
  /**
   * The event that is being handled, as long as its handler has not given up control, where somebody waits for it who may give up. For
   * others it is not kept: an old object that is made to point to a young one at each event costs a tenth of local messages.
   */
  #current: Event | undefined;
  /** What tells handlers that whoever waits for them has given up. */
  #signals: Signals | undefined;
  #discards: Discards | undefined;
  /** Who waits for this actor to be initialised. */
  #initialized: (() => void)[] | undefined;
  #lifetime: AbortController | undefined;
  /** Whether the actor has a `visit` of its own. */
  readonly #visits: boolean;
  /** Whether a handler runs to its end before the next event, its promise included. */
  readonly #serial: boolean;
  #queued = false;
  /** How many promises the next event waits for. */
  #holds = 0;
  #yields = false;
  #state: 'new' | 'initializing' | 'running' | 'ending' | 'ended' = 'new';

  constructor(process: Process, self: PID, host: CellHost<Cell>) {
    this.#process = process;
    this.self = self;
    this.#host = host;
    this.#visits = processHooks().visits(process);
    this.#serial = processHooks().isSerial(process);
    processHooks().bind(process, this);
    this.#wake();
  }

  get runtime(): ProcessRuntime {
    return this.#host.runtime;
  }

  get terminated(): boolean {
    return this.#state === 'ending' || this.#state === 'ended';
  }

  get lifetime(): AbortSignal {
    if (this.#lifetime === undefined) {
      this.#lifetime = new AbortController();
      withoutListenerWarning(this.#lifetime.signal);
      if (this.terminated || this.#obstacle !== undefined) this.#lifetime.abort(endedError(this.self.id));
    }
    return this.#lifetime.signal;
  }

  get routes(): ReadonlyMap<string, InstalledRoute> {
    return this.#installed?.routes ?? noRoutes;
  }

  /** Whether whoever asks this actor at this moment is itself, and would wait for ever. */
  get waitsForItself(): boolean {
    return this.#serial && this.#host.running === this;
  }

  /** Resolves when the actor has ended. */
  get whenEnded(): Promise<void> {
    if (this.#state === 'ended') return Promise.resolve();
    return new Promise((resolve) => {
      this.onEnded(resolve);
    });
  }

  /** Calls back when the actor, which has not ended yet, has. Answers how to take that back. */
  onEnded(listener: () => void): () => void {
    const waiting = (this.#waiting ??= new Set());
    waiting.add(listener);
    return () => {
      waiting.delete(listener);
    };
  }

  /** Has somebody told of this actor's end. */
  addLinker(key: string, notify: ExitListener): void {
    (this.#links ??= new Links()).listen(key, notify);
  }

  removeLinker(key: string): void {
    this.#links?.ignore(key);
  }

  enqueue(event: Event): void {
    if (this.terminated) {
      this.#drop(event, 'terminated', '');
    } else if (this.#mailbox.length >= this.#host.mailboxMax && isBounded(event)) {
      this.#drop(event, 'mailbox full', `${this.#mailbox.length} events wait`);
    } else {
      this.#mailbox.push(event);
      if (!this.#queued) this.#wake();
    }
  }

  /** How the actor looks from outside. */
  view(): ActorView {
    return { pid: this.self, waiting: this.#mailbox.length, peek: (max) => this.#mailbox.peek(max) };
  }

  /** Lets an event overtake the rest of the mailbox. */
  inject(event: Event): void {
    if (this.terminated) return;
    this.#mailbox.unshift(event);
    if (this.#holds > 0 && event.type === 'terminate') this.#hurry();
    else this.#wake();
  }

  run(budget: number): number {
    this.#queued = false;
    this.#host.running = this;
    if (this.#state === 'new') this.#begin();
    let done = 1;
    while (this.#holds === 0 && done <= budget) {
      const event = this.#mailbox.shift();
      if (event === undefined) break;
      this.#handle(event);
      done = this.#yields ? budget + 1 : done + 1;
      this.#yields = false;
    }
    this.#host.running = undefined;
    if (this.#holds === 0 && this.#mailbox.length > 0) this.#wake();
    return done;
  }

  /** Resolves when the actor has been initialised, and so has its routes. */
  whenInitialized(): Promise<void> {
    if (this.#state !== 'new' && this.#state !== 'initializing') return Promise.resolve();
    return new Promise((resolve) => {
      (this.#initialized ??= []).push(resolve);
    });
  }

  install(name: string, entry: InstalledMessage): void {
    (this.#installed ??= new Installed()).addMessage(name, entry);
  }

  delegate(name: string, to: PID): void {
    if (to.address !== this.self.address) {
      throw new ProcessError(
        'PID_REMOTE',
        `${to.toString()} is not of this runtime: messages cannot be sent there as from others`,
      );
    }
    (this.#installed ??= new Installed()).addDelegate(name, to);
  }

  route(route: InstalledRoute): void {
    (this.#installed ??= new Installed()).addRoute(route);
    this.#host.routed(this, route);
  }

  send(to: PID, name: string, body: unknown): void {
    this.#host.send(this.self, to, name, body);
  }

  link(to: PID, options: LinkOptions = {}): void {
    if (this.terminated) return;
    const reconnect = options.connection === 'reconnect';
    const added = (this.#links ??= new Links()).add(to);
    if (added === 'added' || (added === 'linked' && reconnect)) this.#host.link(this, to, reconnect);
  }

  unlink(to: PID): void {
    if (this.#links?.remove(to) === true) this.#host.unlink(this, to);
  }

  /** Tells this actor, once for each link, that an actor it is linked to has ended. */
  notifyExited(pid: PID, reason: ExitReason): void {
    const event = this.#links?.exit(pid, reason);
    if (event !== undefined) this.enqueue(event);
  }

  get signal(): AbortSignal {
    if (this.#current !== undefined) {
      return (this.#signals ??= new Signals((pid, ended) => this.#host.watch(this, pid, ended))).of(this.#current);
    }
    if (this.#host.running === this || (this.#serial && this.#holds > 0)) return this.lifetime;
    const text = `Actor ${this.self.id} handles no event: read the signal before an await`;
    throw new ProcessError('NO_CURRENT_EVENT', text);
  }

  perform<R>(work: () => R, options?: AskOptions): Promise<Awaited<R>> {
    return this.dispatch(work, [], options) as Promise<Awaited<R>>;
  }

  dispatch(method: string | (() => unknown), args: unknown[], options: AskOptions | undefined): Promise<unknown> {
    if (this.waitsForItself && typeof method === 'string') {
      return Promise.reject(deadlockError(this.self.id, method));
    }
    if (options?.signal !== undefined || options?.timeoutMs !== undefined) {
      return askUntil(options, {
        clock: this.runtime.clock,
        what: `'${typeof method === 'string' ? method : 'deferred work'}' of ${this.self.id}`,
        start: (resolve, reject, signal) => {
          this.enqueue({ type: 'dispatch', method, args, signal, resolve, reject });
        },
        discard: () => {
          this.discarded();
        },
      });
    }
    return new Promise((resolve, reject) => {
      this.enqueue({ type: 'dispatch', method, args, signal: undefined, resolve, reject });
    });
  }

  delay(delayMs: number, work: () => HandlerResult): Timer {
    const timer = (this.#timers ??= new Timers(this.runtime.clock)).set(delayMs, () => {
      this.enqueue({ type: 'timer', work });
    });
    if (this.terminated) this.#timers.cancelAll();
    return timer;
  }

  cancel(timer: Timer): boolean {
    this.#timers?.cancel(timer);
    return this.runtime.clock.cancel(timer);
  }

  yieldTurn(): void {
    this.#yields = true;
  }

  /** Has the next event wait for a promise. */
  hold(promise: Promise<unknown>): void {
    this.#holds++;
    const release = (): void => {
      this.#release();
    };
    void promise.then(release, release);
    if (this.#mailbox.first?.type === 'terminate') this.#hurry();
  }

  /** Does not wait any longer for what keeps the actor from ending. */
  giveUp(): void {
    this.#obstacle?.giveUp();
  }

  #wake(): void {
    if (this.#queued || this.#holds > 0) return;
    this.#queued = true;
    this.#host.schedule(this);
  }

  /** A caller has given up: a dispatch, whose signal says so, or whoever is named has asked by message. */
  discarded(asker?: string): void {
    if (asker !== undefined) processHooks().discarded(this.#process, asker);
    if (this.#mailbox.length > 0) (this.#discards ??= new Discards(this.#mailbox)).add(asker);
  }

  #begin(): void {
    this.#state = 'initializing';
    try {
      const result = processHooks().initialize(this.#process);
      if (result !== undefined) {
        const initialized = result.catch((error: unknown) => {
          this.#crash('initialize', error);
        });
        this.hold(
          initialized.then(() => {
            this.#tellInitialized();
          }),
        );
        return;
      }
    } catch (error) {
      this.#crash('initialize', error);
    }
    this.#tellInitialized();
  }

  #release(): void {
    // None is left of those that were not waited for to the end.
    if (this.#holds > 0) this.#holds--;
    if (this.#holds > 0 || this.terminated) return;
    this.#current = undefined;
    if (this.#mailbox.length > 0) this.#wake();
  }

  /** The actor is to end, and something keeps it from that: it is told, and has so much time. */
  #hurry(): void {
    if (this.#obstacle !== undefined) return;
    this.#allow(this.#state === 'initializing' ? 'initialize' : 'a handler', () => {
      this.#holds = 0;
      this.#state = 'running';
      this.#wake();
    });
    const reason = endedError(this.self.id);
    this.#signals?.abortAll(reason);
    this.#lifetime?.abort(reason);
  }

  /** Gives something time to finish. */
  #allow(what: string, goOn: () => void): void {
    const timeoutMs = this.#host.endTimeoutMs();
    this.#obstacle = new Obstacle({ runtime: this.runtime, id: this.self.id, what, timeoutMs, goOn });
  }

  #disallow(): void {
    this.#obstacle?.cancel();
    this.#obstacle = undefined;
  }

  #tellInitialized(): void {
    if (this.#state === 'initializing') this.#state = 'running';
    const waiting = this.#initialized;
    if (waiting === undefined) return;
    this.#initialized = undefined;
    for (const resolve of waiting) resolve();
  }

  /** Handles an event as an actor does that has no `visit` of its own. Never throws, and neither does its promise reject. */
  serve(event: Event): HandlerResult {
    if (!this.terminated || event.type === 'terminate') return this.#perform(event);
    this.#drop(event, 'terminated', '');
    return undefined;
  }

  #perform(event: Event): HandlerResult {
    switch (event.type) {
      case 'tell':
        try {
          return this.#settle(event.method, callTold(this.#process, event));
        } catch (error) {
          return this.#crash(event.method, error);
        }
      case 'dispatch':
        return this.#answer(event);
      case 'message':
        return this.#receive(event);
      case 'timer':
        try {
          return this.#settle('timer', event.work());
        } catch (error) {
          return this.#crash('timer', error);
        }
      case 'http':
        return this.#serve(event);
      case 'exited':
        if (!this.#visits && this.#links?.take(event) !== true) return undefined;
        try {
          return this.#settle('exited', processHooks().exited(this.#process, event.pid, event.reason));
        } catch (error) {
          return this.#crash('exited', error);
        }
      case 'terminate':
        return this.terminated ? this.#finalize(event) : this.#end(event);
    }
  }

  #handle(event: Event): void {
    if (this.#state !== 'running') this.#drop(event, 'terminated', '');
    else if (event.type === 'terminate') this.#end(event);
    else if (this.#host.filtered(this, event)) this.#drop(event, 'filtered', '');
    else {
      const result = this.#visits ? this.#visit(event) : this.#perform(event);
      if (this.#serial && result !== undefined) this.hold(result);
      if (this.#current !== undefined) this.#leave(this.#current, result);
    }
  }

  /** The handler of an event is about to begin; not one that an override of `visit` has put off. */
  #enter(event: Event): void {
    if (this.#host.running === this) this.#current ??= event;
  }

  /** The handler of an event has given up control. Its signal is forgotten when it has been handled, or its caller answered. */
  #leave(event: Event, result: HandlerResult): void {
    if (!this.#serial || result === undefined) this.#current = undefined;
    if (this.#signals === undefined && this.#current === undefined) return;
    const release = (): void => {
      if (!isAsk(event) || this.#callers?.has(event) !== true) this.#signals?.release(event);
    };
    if (result === undefined) release();
    else void result.then(release);
  }

  /** Has the actor's own `visit` handle an event. */
  #visit(event: Event): HandlerResult {
    if (event.type === 'exited' && this.#links?.take(event) !== true) return undefined;
    if (isDiscarded(event) || this.#discards?.take(event) === true) return undefined;
    if (mayBeGivenUp(event)) this.#enter(event);
    const visited = isAsk(event) ? this.#pending(event) : event;
    const handler = event.type === 'terminate' ? 'finalize' : 'visit';
    try {
      return this.#settle(handler, processHooks().visit(this.#process, visited));
    } catch (error) {
      return this.#crash(handler, error);
    }
  }

  #pending<E extends DispatchEvent | HttpEvent>(event: E): E {
    return (this.#callers ??= new Callers()).pending(event, () => this.#signals?.release(event));
  }

  #answer(event: DispatchEvent): HandlerResult {
    if (isDiscarded(event)) return undefined;
    if (event.signal !== undefined) this.#enter(event);
    try {
      const { method, args } = event;
      return this.#finish(event, typeof method === 'string' ? callMethod(this.#process, method, args) : method());
    } catch (error) {
      event.reject(error);
      return undefined;
    }
  }

  #receive(event: MessageEvent): HandlerResult {
    if (this.#discards?.take(event) === true) return undefined;
    const entry = this.#installed?.message(event.name);
    if (entry === undefined) {
      const to = this.#installed?.delegate(event.name);
      if (to === undefined || (event.hops ?? 0) >= hopsMax) this.#drop(event, 'unhandled', '');
      else this.#host.forward({ ...event, hops: (event.hops ?? 0) + 1 }, to);
      return undefined;
    }
    let body: unknown;
    try {
      body = entry.check === undefined ? event.body : entry.check(event.body);
    } catch (error) {
      this.#drop(event, 'invalid', errorText(error));
      return undefined;
    }
    if (entry.answers) return this.#respond(event, entry, body);
    try {
      return this.#settle(event.name, entry.handler(event.from, body));
    } catch (error) {
      return this.#crash(event.name, error);
    }
  }

  /** Sends what a handler returns back to whoever has asked. */
  #respond(event: MessageEvent, entry: InstalledMessage, body: unknown): HandlerResult {
    const caller = asking(this, event);
    this.#enter(event);
    try {
      return this.#finish(caller, entry.handler(event.from, body));
    } catch (error) {
      caller.reject(error);
      return undefined;
    }
  }

  #serve(event: HttpEvent): HandlerResult {
    this.#enter(event);
    try {
      return this.#finish(event, event.route.handler(event.request));
    } catch (error) {
      event.reject(error);
      return undefined;
    }
  }

  /** Answers a caller. Where the answer is still to come and the actor ends first, the caller is refused. */
  #finish<R>(caller: Caller<R>, result: R | Promise<R>): HandlerResult {
    if (result instanceof Promise) return (this.#callers ??= new Callers()).answer(caller, result);
    caller.resolve(result);
    return undefined;
  }

  /** Ends the actor when the promise of one of its handlers rejects. */
  #settle(handler: string, result: unknown): HandlerResult {
    if (result === undefined || !(result instanceof Promise)) return undefined;
    return result.catch((error: unknown) => {
      this.#crash(handler, error);
    });
  }

  #crash(handler: string, error: unknown): void {
    const detail = errorDetail(error);
    if (this.terminated && handler !== 'finalize') {
      this.runtime.logger.debug(`Actor ${this.self.id} had ended when its '${handler}' failed: ${detail}`);
      return;
    }
    this.runtime.logger.error(`Actor ${this.self.id} failed in '${handler}' and ends: ${detail}`);
    this.runtime.metrics.counter('libprocess/actors_failed').increment();
    if (!this.terminated) this.#end({ type: 'terminate', reason: { type: 'failed', handler, error } });
  }

  #end(event: TerminateEvent): void {
    this.#state = 'ending';
    this.#lifetime?.abort(endedError(this.self.id));
    this.#signals?.abortAll(endedError(this.self.id));
    this.#timers?.cancelAll();
    for (const waiting of this.#mailbox.drain()) this.#drop(waiting, 'terminated', '');
    this.#disallow();
    const ended = (): void => {
      this.#ended(event.reason);
    };
    const finalized = this.#visits ? this.#visit(event) : this.#finalize(event);
    if (finalized === undefined) {
      ended();
      return;
    }
    this.#allow('finalize', ended);
    void finalized.then(ended);
  }

  #finalize(event: TerminateEvent): HandlerResult {
    try {
      return this.#settle('finalize', processHooks().finalize(this.#process, event.reason));
    } catch (error) {
      return this.#crash('finalize', error);
    }
  }

  #ended(reason: EndReason): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#disallow();
    this.#tellInitialized();
    for (const pid of this.#links?.targets ?? []) this.#host.unlink(this, pid);
    this.#host.ended(this, reason);
    this.#links?.tell(reason);
    this.#links = undefined;
    this.#callers?.refuseAll(endedError(this.self.id));
    for (const ended of this.#waiting ?? []) ended();
    this.#waiting = undefined;
  }

  #drop(event: Event, reason: DropReason, detail: string): void {
    if (isAsk(event)) event.reject(dropError(this.self.id, reason, detail));
    else if (event.type === 'message' && reason !== 'filtered')
      refuse(this, event, dropError(this.self.id, reason, detail));
    else if (event.type === 'exited') this.#links?.take(event);
    if (isBounded(event) || reason === 'filtered') this.#host.dropped(this, event, reason, detail);
  }
}
