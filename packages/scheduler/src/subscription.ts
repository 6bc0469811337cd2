import type { HandlerResult, Logger, Timer } from '@mesos-ts/libprocess';
import type {
  FrameworkID,
  FrameworkInfo,
  SchedulerCall,
  SchedulerCall_Reconcile_Task,
  SchedulerEvent_Subscribed,
  TaskStatus,
} from '@mesos-ts/protocol';
import { reconcileDelayMs, subscribeDelayMs } from './backoff.ts';
import { reconciled } from './calls.ts';
import type { ConnectionListener, MasterConnection } from './connection.ts';
import { heartbeatsMissedMax, subscribeBackoffMs } from './constants.ts';
import { SchedulerError } from './errors.ts';
import type { TypedEvent } from './event.ts';
import { frameworkId } from './framework.ts';
import { droppedLaunches, launchedTasks, refusedLaunches } from './launches.ts';
import { Reconciliation } from './reconciliation.ts';

/** Options of {@link Subscription}. */
export interface SubscriptionOptions {
  /** Who subscribes. */
  readonly framework: FrameworkInfo;
  readonly suppressedRoles?: readonly string[] | undefined;
  readonly reconcileWhenResubscribed?: boolean | undefined;
  readonly subscribeBackoffMs?: number | undefined;
}

/** What a subscription counts. */
export type SubscriptionCounter =
  | 'calls_dropped'
  | 'calls_refused'
  | 'calls_unanswered'
  | 'disconnections'
  | 'events_dropped';

/** Whoever has a subscription: it lends time and chance, and hears of what happens. */
export interface SubscriptionHost {
  readonly logger: Logger;
  delay(delayMs: number, work: () => HandlerResult): Timer;
  cancel(timer: Timer): boolean;
  /** Milliseconds that never go back. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** A number in [0, 1). */
  random(): number;
  count(name: SubscriptionCounter): void;
  /** A master has taken the framework, the first time or again. */
  subscribed(subscribed: SchedulerEvent_Subscribed, isFirst: boolean): HandlerResult;
  /** An event has come, while a master has the framework. */
  received(event: OtherEvent): HandlerResult;
  /** There is no master for now. */
  disconnected(reason: string): HandlerResult;
  /** The master will not take the framework; the subscription has ended. */
  refused(error: SchedulerError): HandlerResult;
  /** What became of a task whose launch no master has taken; to be handled after the current event, like an update. */
  notLaunched(status: TaskStatus): void;
}

/** The events that do not concern the subscription itself. */
export type OtherEvent = Exclude<TypedEvent, { readonly type: 'ERROR' | 'HEARTBEAT' | 'SUBSCRIBED' | 'UNKNOWN' }>;

/**
 * Keeps a framework subscribed with a master, over whichever connection: it tries again with growing random waits, gives up a master
 * that is silent, remembers the framework's id and the suppressed roles, and says what became of calls that no master has taken.
 */
export class Subscription implements ConnectionListener {
  readonly #options: SubscriptionOptions;
  readonly #host: SubscriptionHost;
  readonly #suppressed: Set<string>;
  #connection: MasterConnection | undefined;
  #framework: FrameworkInfo;
  #phase: 'ended' | 'subscribed' | 'subscribing' = 'subscribing';
  #attempts = 0;
  #subscriptions = 0;
  #retry: Timer | undefined;
  #watchdog: Timer | undefined;
  #heardMs = 0;
  #lastReason = '';
  // Tasks of launches that may have arrived, to be asked for at the next subscription.
  #unsure: SchedulerCall_Reconcile_Task[] = [];
  // What it costs to know every task is for those only who want it.
  readonly #reconciliation: Reconciliation | undefined;
  #reconciling: Timer | undefined;

  constructor(options: SubscriptionOptions, host: SubscriptionHost) {
    this.#options = options;
    this.#host = host;
    this.#reconciliation = options.reconcileWhenResubscribed === false ? undefined : new Reconciliation();
    this.#framework = options.framework;
    this.#suppressed = new Set(options.suppressedRoles);
  }

  /** The framework, with its id once it has one. */
  get framework(): FrameworkInfo {
    return this.#framework;
  }

  get frameworkId(): FrameworkID | undefined {
    return frameworkId(this.#framework);
  }

  /** Whether a master has the framework. */
  get connected(): boolean {
    return this.#phase === 'subscribed';
  }

  /** Begins to subscribe. */
  start(connection: MasterConnection): void {
    this.#connection = connection;
    this.#subscribe();
  }

  /** Sends a call with the framework's id; false when there is no master to send it to, or too many calls wait. */
  call(call: SchedulerCall): boolean {
    const addressed = this.addressed(call);
    if (addressed !== undefined && this.#connection?.send(addressed) === true) return true;
    this.dropped(call);
    return false;
  }

  /** A call as it is to be sent; undefined when there is no master to send it to. Roles that it suppresses or revives are remembered. */
  addressed(call: SchedulerCall): SchedulerCall | undefined {
    this.#remember(call);
    const id = this.frameworkId;
    if (this.#phase !== 'subscribed' || id === undefined) return undefined;
    if (call.accept !== undefined) for (const task of launchedTasks(call.accept)) this.#reconciliation?.launched(task);
    return { ...call, framework_id: id };
  }

  /** Ends it, when what was to be sent has been sent; with `teardown` the framework ends too. A promise where that takes time. */
  end(options: { teardown: boolean }): Promise<void> | undefined {
    if (options.teardown && this.#phase === 'subscribed') this.call({ type: 'TEARDOWN' });
    this.#stop();
    return this.#connection?.end();
  }

  /** Ends it at once. */
  abort(): void {
    this.#stop();
    this.#connection?.close();
  }

  received(event: TypedEvent): HandlerResult {
    if (this.#phase === 'ended') return undefined;
    this.#heardMs = this.#host.monotonicMs();
    if (event.type === 'SUBSCRIBED') return this.#subscribedWith(event.subscribed);
    if (event.type === 'ERROR') return this.refused(event.error.message);
    if (event.type === 'HEARTBEAT' || event.type === 'UNKNOWN') return undefined;
    if (event.type === 'UPDATE') this.#updated(event.update.status);
    return this.#host.received(event);
  }

  lost(reason: string): HandlerResult {
    if (this.#phase === 'ended') return undefined;
    const wasSubscribed = this.#phase === 'subscribed';
    this.#lastReason = reason;
    this.#phase = 'subscribing';
    if (wasSubscribed) {
      this.#host.logger.info(`Lost the master ${this.#name}: ${reason}`);
      this.#host.count('disconnections');
    }
    if (this.#watchdog !== undefined) this.#host.cancel(this.#watchdog);
    if (this.#reconciling !== undefined) this.#host.cancel(this.#reconciling);
    this.#reconciliation?.stop();
    this.#connection?.close();
    this.#subscribeLater(0);
    return wasSubscribed ? this.#host.disconnected(reason) : undefined;
  }

  refused(message: string): HandlerResult {
    if (this.#phase === 'ended') return undefined;
    this.#host.logger.error(`The master has refused the framework: ${message}`);
    this.abort();
    return this.#host.refused(new SchedulerError('SCHEDULER_REFUSED', message));
  }

  dropped(call: SchedulerCall, refusal?: string): void {
    const type = call.type ?? 'a call without type';
    this.#host.count(refusal === undefined ? 'calls_dropped' : 'calls_refused');
    if (refusal !== undefined) this.#host.logger.warn(`The master has refused ${type}: ${refusal}`);
    else if (this.#phase === 'subscribed') this.#host.logger.warn(`Dropped ${type}: too many calls wait`);
    else this.#host.logger.warn(`Dropped ${type}: not subscribed with a master`);
    if (call.accept === undefined) return;
    const aware = this.#framework.capabilities?.some((capability) => capability.type === 'PARTITION_AWARE') ?? false;
    const nowMs = this.#host.nowMs();
    const statuses =
      refusal === undefined ? droppedLaunches(call.accept, aware, nowMs) : refusedLaunches(call.accept, refusal, nowMs);
    for (const status of statuses) {
      this.#updated(status);
      this.#host.notLaunched(status);
    }
  }

  unsure(call: SchedulerCall): void {
    this.#host.count('calls_unanswered');
    this.#host.logger.warn(`No answer to ${call.type ?? 'a call without type'}: it may have arrived`);
    if (call.accept === undefined) return;
    this.#unsure.push(...launchedTasks(call.accept).map(reconciled));
    this.#askAboutUnsure();
  }

  invalid(reason: string): void {
    this.#host.count('events_dropped');
    this.#host.logger.warn(`Dropped what is no event: ${reason}`);
  }

  get #name(): string {
    return this.#connection?.name ?? '';
  }

  #subscribe(): void {
    this.#attempts += 1;
    if (this.#attempts > 1) {
      const why = this.#lastReason === '' ? '' : ` (${this.#lastReason})`;
      this.#host.logger.warn(`No answer from ${this.#name}${why}: attempt ${this.#attempts} to subscribe`);
    }
    this.#lastReason = '';
    const id = this.frameworkId;
    // Before, since an attempt may fail at once.
    this.#subscribeLater(this.#connection?.answerMs ?? 0);
    this.#connection?.subscribe({
      ...(id === undefined ? {} : { framework_id: id }),
      type: 'SUBSCRIBE',
      subscribe: { framework_info: this.#framework, suppressed_roles: [...this.#suppressed] },
    });
  }

  #subscribeLater(delayMinMs: number): void {
    const delayMs = subscribeDelayMs({
      attempts: this.#attempts,
      firstMs: this.#options.subscribeBackoffMs ?? subscribeBackoffMs,
      failoverTimeoutSeconds: this.#framework.failover_timeout,
      random: this.#host.random(),
    });
    if (this.#retry !== undefined) this.#host.cancel(this.#retry);
    this.#retry = this.#host.delay(Math.max(delayMinMs, delayMs), () => {
      this.#subscribe();
    });
  }

  #subscribedWith(subscribed: SchedulerEvent_Subscribed): HandlerResult {
    // The answer to an attempt that was repeated too early.
    if (this.#phase === 'subscribed') return undefined;
    this.#phase = 'subscribed';
    const isKnown = this.frameworkId !== undefined;
    this.#framework = { ...this.#framework, id: subscribed.framework_id };
    this.#attempts = 0;
    this.#subscriptions += 1;
    if (this.#retry !== undefined) this.#host.cancel(this.#retry);
    const intervalMs = (subscribed.heartbeat_interval_seconds ?? 0) * 1000;
    if (intervalMs > 0) this.#watch(intervalMs * heartbeatsMissedMax, intervalMs * heartbeatsMissedMax);
    if (isKnown && this.#reconciliation !== undefined) {
      // Tasks of launches in doubt are among those that are asked for.
      this.#unsure = [];
      this.#reconciliation.begin();
      this.#reconcile();
    } else this.#askAboutUnsure();
    return this.#host.subscribed(subscribed, this.#subscriptions === 1);
  }

  #reconcile(): void {
    if (this.#reconciliation === undefined) return;
    if (this.#reconciling !== undefined) this.#host.cancel(this.#reconciling);
    for (const call of this.#reconciliation.next()) this.call(call);
    if (this.#reconciliation.isDone) return;
    const delayMs = reconcileDelayMs({ rounds: this.#reconciliation.rounds, random: this.#host.random() });
    this.#reconciling = this.#host.delay(delayMs, () => {
      this.#reconcile();
    });
  }

  #updated(status: TaskStatus): void {
    const isLast = this.#reconciliation?.updated(status) ?? false;
    if (isLast && this.#phase === 'subscribed') this.#reconcile();
  }

  /** Asks what became of tasks whose launch may have arrived. */
  #askAboutUnsure(): void {
    if (this.#phase !== 'subscribed' || this.#unsure.length === 0) return;
    this.call({ type: 'RECONCILE', reconcile: { tasks: this.#unsure } });
    this.#unsure = [];
  }

  /** Gives the master up when it has been silent for so long. */
  #watch(silenceMaxMs: number, delayMs: number): void {
    this.#watchdog = this.#host.delay(delayMs, () => {
      if (this.#connection?.isListening !== true) this.#heardMs = this.#host.monotonicMs();
      const leftMs = this.#heardMs + silenceMaxMs - this.#host.monotonicMs();
      if (leftMs <= 0) return this.lost(`no heartbeat for ${silenceMaxMs} ms`);
      this.#watch(silenceMaxMs, leftMs);
      return undefined;
    });
  }

  #remember({ type, revive, suppress }: SchedulerCall): void {
    const all = this.#framework.roles ?? [];
    if (type === 'SUPPRESS') for (const role of rolesOf(suppress, all)) this.#suppressed.add(role);
    if (type === 'REVIVE') for (const role of rolesOf(revive, all)) this.#suppressed.delete(role);
  }

  #stop(): void {
    this.#phase = 'ended';
    for (const timer of [this.#reconciling, this.#retry, this.#watchdog])
      if (timer !== undefined) this.#host.cancel(timer);
  }
}

/** The roles that a call is about: all of them, if it names none. */
function rolesOf(
  named: { readonly roles?: readonly string[] | undefined } | undefined,
  all: readonly string[],
): readonly string[] {
  const roles = named?.roles ?? [];
  return roles.length === 0 ? all : roles;
}
