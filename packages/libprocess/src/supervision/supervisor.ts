import { PID, isProcessId } from '../actor/pid.ts';
import { Process } from '../actor/process.ts';
import { Backoff } from '../composition/backoff.ts';
import { Sequence } from '../composition/sequence.ts';
import { deferred } from '../deferred.ts';
import { ProcessError, errorText } from '../errors.ts';
import { timeLimit } from '../time/after.ts';
import { isRestarted, restartedWith, startFailure } from './child.ts';
import { RestartWindow } from './restart-window.ts';
import type { BackoffOptions } from '../composition/backoff.ts';
import type {
  ChildInfo,
  ChildSpec,
  ChildState,
  RestartKind,
  RestartStrategy,
  SupervisorEvent,
  WatchSpec,
} from './child.ts';
import type { ExitReason } from '../actor/event.ts';
import type { Timer } from '../time/clock.ts';

/** Options of `Supervisor`. */
export interface SupervisorOptions {
  /** The name it is spawned under. */
  readonly id?: string;
  /** @default one-for-one */
  readonly strategy?: RestartStrategy;
  /** Who is started first, in this order. */
  readonly children?: readonly (ChildSpec | WatchSpec)[];
  /** How many restarts there may be within `withinMs`; with the next one the supervisor fails. @default 5 */
  readonly restartsMax?: number;
  /** The time span in which restarts are counted, in milliseconds. A child that has run for so long begins with the first delay. @default 30,000 */
  readonly withinMs?: number;
  /** How long to wait before a restart. */
  readonly backoff?: BackoffOptions;
  /** How many children there may be; others are refused with `OVERLOADED`. @default 10,000 */
  readonly childrenMax?: number;
  /** Hears of everything that happens to the children, in the supervisor's turn. */
  readonly onEvent?: (event: SupervisorEvent) => void;
}

interface Child {
  readonly spec: ChildSpec | WatchSpec;
  readonly pid: PID;
  readonly backoff: Backoff;
  state: ChildState;
  /** Counts its starts, so that what is told of an earlier one is not taken for this one. */
  incarnation: number;
  restarts: number;
  startedMs: number;
  shutdownTimeoutMs: number;
  /** Starts it, when it is not started together with others. */
  timer: Timer | undefined;
  /** Hears why it has ended while it was being started by hand. */
  onExit: ((reason: ExitReason) => void) | undefined;
}

/**
 * An actor that starts others and keeps them running: it links to them, and when one ends it starts it again, after a delay that grows,
 * and others with it as the strategy wants it. It starts them one after the other, each when the one before has been initialised, and
 * ends them in the reverse order, each when the one after it has ended. With too many restarts in a time span it fails itself, and whoever
 * supervises it is the next to decide. When it ends, however it does, its children end first.
 */
export class Supervisor extends Process {
  readonly #options: SupervisorOptions;
  readonly #strategy: RestartStrategy;
  readonly #withinMs: number;
  readonly #window: RestartWindow;
  readonly #childrenMax: number;
  /** By name, in the order of starting. */
  readonly #children = new Map<string, Child>();
  readonly #byPid = new Map<string, Child>();
  /** What is done with children, one thing after the other. */
  readonly #work = new Sequence({ waitersMax: Infinity });
  /** Starts those who wait, with a strategy that restarts several together. */
  #groupTimer: Timer | undefined;

  constructor(options: SupervisorOptions = {}) {
    super(options.id);
    const { strategy = 'one-for-one', restartsMax = 5, withinMs = 30_000, childrenMax = 10_000 } = options;
    if (!(restartsMax >= 0) || !(withinMs > 0) || !(childrenMax >= 1)) {
      const text = `${restartsMax} restarts within ${withinMs} ms of at most ${childrenMax} children`;
      throw new ProcessError('INVARIANT', `A supervisor cannot allow ${text}`);
    }
    this.#options = options;
    this.#strategy = strategy;
    this.#withinMs = withinMs;
    this.#window = new RestartWindow(restartsMax, withinMs);
    this.#childrenMax = childrenMax;
  }

  /** Starts another child, after those that there are. Resolves to its PID when it has been initialised; rejects when that fails. */
  startChild(spec: ChildSpec | WatchSpec): Promise<PID> {
    return this.#byHand(async () => {
      const child = this.#add(spec);
      try {
        return await this.#startByHand(child);
      } catch (error) {
        this.#forget(child);
        throw error;
      }
    });
  }

  /** Ends a child and forgets it; false where there is none of that id. */
  stopChild(id: string): Promise<boolean> {
    return this.#byHand(async () => {
      const child = this.#children.get(id);
      if (child === undefined) return false;
      await this.#stop(child);
      this.#forget(child);
      return true;
    });
  }

  /** Ends a child, if it runs, and starts it again at once. It is not counted as a restart. Rejects where there is none of that id. */
  restartChild(id: string): Promise<PID> {
    return this.#byHand(async () => {
      const child = this.#children.get(id);
      if (child === undefined) throw new ProcessError('PROCESS_TERMINATED', `There is no child '${id}'`);
      await this.#stop(child);
      return this.#startByHand(child);
    });
  }

  /** The children, in the order of starting. */
  children(): ChildInfo[] {
    return Array.from(this.#children.values(), ({ spec, pid, state, restarts }) => {
      return { id: spec.id, pid, state, restart: restartKind(spec), restarts };
    });
  }

  protected override async initialize(): Promise<void> {
    for (const name of Object.values(counters)) this.runtime.metrics.counter(name);
    for (const spec of this.#options.children ?? []) this.#add(spec);
    await this.#work.add(() => this.#startWaiting());
  }

  protected override async exited(pid: PID, reason: ExitReason): Promise<void> {
    const child = this.#byPid.get(pid.toString());
    if (child === undefined || !isAlive(child)) return;
    const { incarnation, state } = child;
    child.state = 'ended';
    this.#tell({ type: 'exited', id: child.spec.id, reason });
    if (state === 'starting' && child.onExit !== undefined) {
      child.onExit(reason);
      return;
    }
    await this.#later(async () => {
      // Meanwhile it may have been started again, or stopped and forgotten, with another of its name in its place.
      const isTheSame = this.#children.get(child.spec.id) === child && child.incarnation === incarnation;
      if (isTheSame && child.state === 'ended') await this.#replace(child, reason);
    });
  }

  protected override async finalize(): Promise<void> {
    await this.#work.close(this.lifetime.reason);
    for (const child of [...this.#children.values()].toReversed()) await this.#stop(child);
  }

  /** Does what somebody has asked for when it is its turn. */
  #byHand<T>(work: () => Promise<T>): Promise<T> {
    const { waiting } = this.#work;
    if (waiting < this.#childrenMax) return this.#work.add(work);
    return Promise.reject(new ProcessError('OVERLOADED', `${waiting} requests wait already`));
  }

  /** Does what has to be done when it is its turn, unless the supervisor ends first. */
  async #later(work: () => Promise<void>): Promise<void> {
    try {
      await this.#work.add(work);
    } catch (error) {
      if (!this.terminated) throw error;
    }
  }

  #add(spec: ChildSpec | WatchSpec): Child {
    const pid = 'watch' in spec ? spec.watch : new PID(spec.id, this.self.address);
    if (!('watch' in spec) && !isProcessId(spec.id)) {
      throw new ProcessError('PROCESS_ID_INVALID', `'${spec.id}' cannot name an actor`);
    }
    if (this.#children.has(spec.id) || this.#byPid.has(pid.toString())) {
      throw new ProcessError('PROCESS_ID_IN_USE', `There is a child '${spec.id}', or one that is ${pid.toString()}`);
    }
    if (this.#children.size >= this.#childrenMax) {
      throw new ProcessError('OVERLOADED', `There are ${this.#children.size} children already`);
    }
    const child: Child = {
      spec,
      pid,
      backoff: new Backoff(this.runtime.random, this.#options.backoff),
      state: 'waiting',
      incarnation: 0,
      restarts: 0,
      startedMs: 0,
      shutdownTimeoutMs: 0,
      timer: undefined,
      onExit: undefined,
    };
    this.#children.set(spec.id, child);
    this.#byPid.set(pid.toString(), child);
    return child;
  }

  #forget(child: Child): void {
    this.#children.delete(child.spec.id);
    this.#byPid.delete(child.pid.toString());
  }

  /** Starts those who wait, in their order; with a strategy that restarts several together, until one fails. */
  async #startWaiting(): Promise<void> {
    for (const child of this.#children.values()) {
      if (this.terminated || this.#groupTimer !== undefined) return;
      if (child.state !== 'waiting' || child.timer !== undefined) continue;
      const failure = await this.#start(child);
      if (failure === undefined) continue;
      if (failure !== 'told later') await this.#replace(child, failure);
      if (this.#strategy !== 'one-for-one') return;
    }
  }

  async #startByHand(child: Child): Promise<PID> {
    const { promise, resolve } = deferred<ExitReason>();
    child.onExit = resolve;
    try {
      let failure = await this.#start(child);
      if (failure === undefined) return child.pid;
      if (failure === 'told later') failure = await untilAborted(promise, this.lifetime);
      const cause = failure.type === 'failed' ? failure.error : undefined;
      const text = cause === undefined ? failure.type : errorText(cause);
      throw new ProcessError('PROCESS_TERMINATED', `Child '${child.spec.id}' could not be started: ${text}`, { cause });
    } finally {
      child.onExit = undefined;
      if (child.state !== 'running') await this.#stop(child);
    }
  }

  /** Starts a child. Answers why it has failed, which for one that has ended is yet to be told by its link. */
  async #start(child: Child): Promise<ExitReason | 'told later' | undefined> {
    const { spec, pid } = child;
    const { runtime } = this;
    if (this.terminated) return { type: 'terminated' };
    child.incarnation++;
    child.startedMs = runtime.clock.monotonic();
    child.state = 'starting';
    if (!('watch' in spec)) {
      try {
        const process = spec.start();
        child.shutdownTimeoutMs = spec.shutdownTimeoutMs ?? (process instanceof Supervisor ? Infinity : 5_000);
        runtime.spawn(process, { id: spec.id });
      } catch (error) {
        child.state = 'ended';
        const isClosing = error instanceof ProcessError && error.code === 'RUNTIME_CLOSED';
        return isClosing ? { type: 'closing' } : startFailure(error);
      }
    }
    this.link(pid);
    if (!('watch' in spec)) {
      const timeoutMs = spec.startTimeoutMs ?? 30_000;
      using limit = timeLimit(runtime.clock, timeoutMs, this.lifetime);
      const isInitialized = await untilAborted(runtime.whenInitialized(pid), limit.signal).catch(() => undefined);
      if (isInitialized === false || this.terminated || child.state !== 'starting') return 'told later';
      if (isInitialized === undefined) {
        await this.#stop(child);
        return startFailure(
          new ProcessError('TIMED_OUT', `Child '${spec.id}' took longer than ${timeoutMs} ms to start`),
        );
      }
    }
    child.state = 'running';
    this.#tell({ type: 'started', id: spec.id, pid });
    return undefined;
  }

  /** Decides what the end of a child means. */
  async #replace(child: Child, reason: ExitReason): Promise<void> {
    const { id } = child.spec;
    const { clock, logger, metrics } = this.runtime;
    if (this.terminated) return;
    if (!isRestarted(restartKind(child.spec), reason)) {
      if (restartKind(child.spec) === 'temporary') this.#forget(child);
      // Those after it may have waited for it to start.
      await this.#startWaiting();
      return;
    }
    const nowMs = clock.monotonic();
    if (!this.#window.admit(nowMs)) {
      this.#tell({ type: 'escalating', id });
      metrics.counter(counters.escalations).increment();
      const text = `More restarts than are allowed within ${this.#withinMs} ms, the last for '${id}'`;
      throw new ProcessError('RESTARTS_EXCEEDED', text, { cause: reason.type === 'failed' ? reason.error : undefined });
    }
    if (nowMs - child.startedMs >= this.#withinMs) child.backoff.reset();
    const delayMs = child.backoff.next();
    this.#tell({ type: 'restarting', id, delayMs });
    logger.info(`Supervisor ${this.self.id}: '${id}' has ended (${reason.type}) and is started again in ${delayMs} ms`);
    metrics.counter(counters.restarts).increment();
    child.restarts++;
    const together = restartedWith(this.#strategy, [...this.#children.values()], child);
    for (const other of together.toReversed()) {
      if (other !== child) await this.#stop(other);
      if (this.terminated) return;
      other.state = 'waiting';
      if (restartKind(other.spec) === 'temporary') this.#forget(other);
    }
    this.#startLater(child, delayMs);
  }

  #startLater(child: Child, delayMs: number): void {
    if (this.#strategy === 'one-for-one') {
      child.timer = this.delay(delayMs, () => {
        child.timer = undefined;
        return this.#later(() => this.#startWaiting());
      });
      return;
    }
    if (this.#groupTimer !== undefined) this.cancel(this.#groupTimer);
    this.#groupTimer = this.delay(delayMs, () => {
      this.#groupTimer = undefined;
      return this.#later(() => this.#startWaiting());
    });
  }

  /** Ends a child and waits until it has ended, but not for ever. */
  async #stop(child: Child): Promise<void> {
    const { spec, pid } = child;
    const { runtime } = this;
    if (child.timer !== undefined) this.cancel(child.timer);
    child.timer = undefined;
    const wasAlive = isAlive(child);
    child.state = 'ended';
    if (!wasAlive) return;
    this.unlink(pid);
    if (!('watch' in spec)) {
      const timeoutMs = child.shutdownTimeoutMs;
      runtime.terminate(pid, { inject: spec.drain !== true });
      const hasEnded = await runtime.wait(pid, timeoutMs);
      if (!hasEnded) {
        runtime.metrics.counter(counters.abandoned).increment();
        runtime.logger.error(
          `Supervisor ${this.self.id}: '${spec.id}' has not ended in ${timeoutMs} ms and is left behind`,
        );
        this.#tell({ type: 'abandoned', id: spec.id });
        return;
      }
    }
    this.#tell({ type: 'stopped', id: spec.id });
  }

  #tell(event: SupervisorEvent): void {
    this.#options.onEvent?.(event);
  }
}

const counters = {
  abandoned: 'libprocess/supervisor_children_abandoned',
  escalations: 'libprocess/supervisor_escalations',
  restarts: 'libprocess/supervisor_restarts',
} as const;

function isAlive({ state }: Child): boolean {
  return state === 'starting' || state === 'running';
}

function restartKind(spec: ChildSpec | WatchSpec): RestartKind {
  return spec.restart ?? ('watch' in spec ? 'temporary' : 'permanent');
}

/** Rejects with a signal's reason when that aborts first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    const release = (): void => {
      signal.removeEventListener('abort', abort);
    };
    promise.then(resolve, reject).finally(release);
  });
}
