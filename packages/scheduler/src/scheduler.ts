import { Process, deferred, errorText } from '@mesos-ts/libprocess';
import type { EndReason, HandlerResult, PID, Timer } from '@mesos-ts/libprocess';
import type {
  AgentID,
  ExecutorID,
  FrameworkID,
  FrameworkInfo,
  InverseOffer,
  KillPolicy,
  MasterInfo,
  Offer,
  OfferID,
  MessageOf,
  Offer_Operation,
  OperationStatus,
  SchedulerCall,
  SchedulerEvent_Failure,
  SchedulerEvent_Message,
  SchedulerEvent_Subscribed,
  TaskID,
  TaskStatus,
} from '@mesos-ts/protocol';
import { checker } from '@mesos-ts/protocol';
import { Authenticatee, authenticationNonceBytes } from '@mesos-ts/protocol/authentication';
import type { AuthenticateeCredential } from '@mesos-ts/protocol/authentication';
import { subscribeDelayMs } from './backoff.ts';
import { launchOperation, offerIds, reconciled, refusing, wantsAcknowledgement } from './calls.ts';
import type { OfferRef, OneOrMore, TaskRef, TaskToLaunch } from './calls.ts';
import { callMessage, eventMessage, heartbeatsMissedMax, subscribeAnswerMs, subscribeBackoffMs } from './constants.ts';
import { SchedulerError } from './errors.ts';
import { readEvent } from './event.ts';
import type { TypedEvent } from './event.ts';
import { completeFramework, frameworkId, machineFacts } from './framework.ts';
import { droppedLaunches } from './launches.ts';
import { masterPid } from './master-address.ts';
import type { SchedulerOptions } from './options.ts';

/**
 * A framework's scheduler: an actor that subscribes with a master, wherever it is, and turns the v1 events it is sent into calls of
 * its hooks. Subclasses override the hooks (`offers` and `update` at least) and answer with the helpers (`launch`, `decline`, ...),
 * which are the v1 calls. They leave `initialize`, `finalize` and `exited` alone.
 *
 * It subscribes again, under the same framework id and with growing random waits, when the connection to the master breaks or
 * heartbeats stay away. Calls made while there is no master are dropped and counted (`scheduler/calls_dropped`), as by Mesos's driver;
 * tasks launched in such a call come back as updates `TASK_LOST`, or `TASK_DROPPED` to partition-aware frameworks.
 *
 * Hooks may be asynchronous; other events may then be handled before they are done. A hook that throws ends the scheduler.
 */
export abstract class Scheduler extends Process {
  readonly #options: SchedulerOptions;
  readonly #master: PID;
  readonly #result = deferred<void>();
  readonly #suppressed: Set<string>;
  // Updates whose `update` has not resolved: the master may send them again in the meantime.
  readonly #updating = new Set<string>();
  #framework: FrameworkInfo;
  #phase: 'subscribing' | 'subscribed' = 'subscribing';
  // The master as it calls itself, which may differ from the name that it was dialled by.
  #leader: PID | undefined;
  #attempts = 0;
  #subscriptions = 0;
  #retry: Timer | undefined;
  #watchdog: Timer | undefined;
  #heardMs = 0;
  #stopping: 'failover' | 'teardown' | undefined;
  #refusal: SchedulerError | undefined;
  #authentication: Authenticatee | undefined;
  // The master that has proved that it knows the framework's secret.
  #proved: PID | undefined;

  /** Throws `SCHEDULER_MASTER_INVALID` when the master's address is malformed. */
  constructor(options: SchedulerOptions) {
    super();
    this.#options = options;
    this.#master = masterPid(options.master);
    this.#framework = completeFramework(options.framework, machineFacts());
    this.#suppressed = new Set(options.suppressedRoles);
    // Whoever is interested gets the rejection; to the others it is in the log.
    this.#result.promise.catch(() => undefined);
  }

  /**
   * Resolves when the scheduler has ended after `stop`. Rejects with `SCHEDULER_REFUSED` when the master has refused it, and with
   * `SCHEDULER_FAILED` when a hook has thrown or the runtime was closed under it.
   */
  get ended(): Promise<void> {
    return this.#result.promise;
  }

  /** The master that it subscribes with. */
  get master(): PID {
    return this.#master;
  }

  /** The framework as it subscribes, with its id once it has one. */
  get framework(): FrameworkInfo {
    return this.#framework;
  }

  /** The framework's id; undefined before the first subscription of a new framework. */
  get frameworkId(): FrameworkID | undefined {
    return frameworkId(this.#framework);
  }

  /** Whether there is a master to send calls to. */
  get connected(): boolean {
    return this.#phase === 'subscribed';
  }

  /** Resources are offered. Every offer is to be accepted or declined; until then nobody else can use it. */
  protected abstract offers(offers: readonly Offer[]): HandlerResult;

  /** A task's state has changed. The same update may come more than once, until it is acknowledged. */
  protected abstract update(status: TaskStatus): HandlerResult;

  /** The master has taken the framework, the first time. */
  protected subscribed(_frameworkId: FrameworkID, _master: MasterInfo | undefined): HandlerResult {}

  /** The master, or another one, has taken the framework again. Offers from before are void. */
  protected resubscribed(_master: MasterInfo | undefined): HandlerResult {}

  /** There is no master for now. Offers are void, calls are dropped; the SDK is trying to subscribe again. */
  protected disconnected(): HandlerResult {}

  /** An offer has been taken back. */
  protected rescind(_offerId: OfferID): HandlerResult {}

  /** The master asks to free resources for maintenance. */
  protected inverseOffers(_offers: readonly InverseOffer[]): HandlerResult {}

  /** An inverse offer has been taken back. */
  protected rescindInverseOffer(_offerId: OfferID): HandlerResult {}

  /** An operation other than a launch has changed its state. */
  protected updateOperation(_status: OperationStatus): HandlerResult {}

  /** An executor has sent data. It may get lost on the way. */
  protected message(_message: SchedulerEvent_Message): HandlerResult {}

  /** An agent was removed, or, when `executor_id` is set, an executor has ended; `status` is then its raw wait status. */
  protected failure(_failure: SchedulerEvent_Failure): HandlerResult {}

  /** The master has refused the framework, which ends when this hook is done. */
  protected error(_message: string): HandlerResult {}

  /** Uses offers of one agent for operations, in order; what is left of them comes back, and may be refused for some seconds. */
  accept(
    offers: OneOrMore<OfferRef>,
    operations: readonly Offer_Operation[],
    options: { refuseSeconds?: number } = {},
  ): boolean {
    const accept = { offer_ids: offerIds(offers), operations: [...operations], ...refusing(options.refuseSeconds) };
    return this.call({ type: 'ACCEPT', accept });
  }

  /** Launches tasks on the agent that made the offers; their states arrive at `update`. */
  launch(offers: OneOrMore<Offer>, tasks: OneOrMore<TaskToLaunch>, options: { refuseSeconds?: number } = {}): boolean {
    return this.accept(offers, [launchOperation(offers, tasks)], options);
  }

  /** Gives offers back, not to see their resources again for some seconds. The master's default is five. */
  decline(offers: OneOrMore<OfferRef>, options: { refuseSeconds?: number } = {}): boolean {
    const decline = { offer_ids: offerIds(offers), ...refusing(options.refuseSeconds) };
    return this.call({ type: 'DECLINE', decline });
  }

  /** Asks to kill a task. Its end arrives at `update`; of an unknown task that is `TASK_LOST`, or what the framework can understand. */
  kill(taskId: TaskID, agentId?: AgentID, killPolicy?: KillPolicy): boolean {
    return this.call({
      type: 'KILL',
      kill: {
        task_id: taskId,
        ...(agentId === undefined ? {} : { agent_id: agentId }),
        ...(killPolicy === undefined ? {} : { kill_policy: killPolicy }),
      },
    });
  }

  /** Acknowledges an update, with `acknowledgements: 'explicit'`. An update of the master's own making needs none: that is false. */
  acknowledge(status: TaskStatus): boolean {
    if (this.#options.acknowledgements !== 'explicit') {
      throw new SchedulerError('SCHEDULER_ACKNOWLEDGES_ITSELF', 'Updates are acknowledged automatically');
    }
    return this.#acknowledge(status);
  }

  /** Asks for the current state of tasks, or of all of them. The answers arrive at `update`. */
  reconcile(tasks: readonly TaskRef[] = []): boolean {
    return this.call({ type: 'RECONCILE', reconcile: { tasks: tasks.map(reconciled) } });
  }

  /** Wants no more offers, for some roles or all. It is remembered over later subscriptions. */
  suppress(roles: readonly string[] = this.#framework.roles ?? []): boolean {
    for (const role of roles) this.#suppressed.add(role);
    return this.call({ type: 'SUPPRESS', suppress: { roles: [...roles] } });
  }

  /** Wants offers again, for some roles or all, and forgets what was refused. */
  revive(roles: readonly string[] = this.#framework.roles ?? []): boolean {
    for (const role of roles) this.#suppressed.delete(role);
    return this.call({ type: 'REVIVE', revive: { roles: [...roles] } });
  }

  /** Sends data to an executor. It may get lost on the way. */
  sendMessage(agentId: AgentID, executorId: ExecutorID, data: Uint8Array): boolean {
    return this.call({ type: 'MESSAGE', message: { agent_id: agentId, executor_id: executorId, data } });
  }

  /** Asks to end an executor and its tasks. */
  shutdownExecutor(agentId: AgentID, executorId: ExecutorID): boolean {
    return this.call({ type: 'SHUTDOWN', shutdown: { agent_id: agentId, executor_id: executorId } });
  }

  /**
   * Sends any v1 call; the framework id is filled in. This is the one door that the other helpers use.
   * @returns Whether it was sent: false when there is no master to send it to. That it was sent does not mean that it arrived.
   */
  call(call: SchedulerCall): boolean {
    const id = this.frameworkId;
    if (this.#phase !== 'subscribed' || id === undefined) {
      this.#drop(call);
      return false;
    }
    this.send(this.#master, callMessage, { ...call, framework_id: id } satisfies SchedulerCall);
    return true;
  }

  /**
   * Ends the scheduler when the current hook is done, and with it the framework and all its tasks. With `failover` the framework is
   * left to another scheduler, which has its `failover_timeout` to take over.
   */
  stop(options: { failover?: boolean } = {}): void {
    this.#stopping ??= options.failover === true ? 'failover' : 'teardown';
    this.terminate();
  }

  protected override initialize(): void {
    this.install(eventMessage, (from, event) => this.#receive(from, event), readEvent);
    this.#installAuthentication();
    for (const name of ['calls_dropped', 'events_dropped', 'disconnections']) {
      this.runtime.metrics.counter(`scheduler/${name}`);
    }
    this.#subscribe();
  }

  protected override exited(pid: PID): HandlerResult {
    if (!pid.equals(this.#master)) return undefined;
    if (this.#phase === 'subscribed') return this.#lost('the connection has ended');
    this.#forgetProof();
    if (this.#refusal === undefined) this.#subscribeLater(0);
    return undefined;
  }

  protected override finalize(reason: EndReason): HandlerResult {
    if (this.#refusal !== undefined) {
      this.#result.reject(this.#refusal);
    } else if (reason.type === 'failed') {
      this.#result.reject(hookFailed(reason.error));
    } else if (this.#stopping === undefined) {
      this.#result.reject(new SchedulerError('SCHEDULER_FAILED', 'Ended without being stopped'));
    } else {
      if (this.#stopping === 'teardown' && this.#phase === 'subscribed') this.call({ type: 'TEARDOWN' });
      this.#result.resolve();
    }
  }

  #subscribe(): void {
    this.#attempts += 1;
    if (this.#attempts > 1) {
      this.runtime.logger.warn(`No answer from ${this.#master.toString()}: attempt ${this.#attempts} to subscribe`);
    }
    this.link(this.#master);
    if (this.#options.credential === undefined || this.#proved !== undefined) this.#sendSubscribe();
    else this.#authenticate(this.#options.credential);
    this.#subscribeLater(subscribeAnswerMs);
  }

  #authenticate(credential: AuthenticateeCredential): void {
    const nonce = this.runtime.random.bytes(authenticationNonceBytes);
    this.#authentication = new Authenticatee(credential, this.self.toString(), nonce);
    this.send(this.#master, 'mesos.internal.AuthenticateMessage', this.#authentication.begin());
  }

  #installAuthentication(): void {
    const on = <N extends AuthenticationAnswer>(
      name: N,
      handler: (from: PID, body: MessageOf<N>) => HandlerResult,
    ): void => {
      this.install<MessageOf<N>>(
        name,
        (from, body) =>
          from.id === this.#master.id && this.#phase === 'subscribing' ? handler(from, body) : undefined,
        checker(name),
      );
    };
    on('mesos.internal.AuthenticationChallengeMessage', (from, challenge) => {
      const answer = this.#authentication?.challenged(from.toString(), challenge);
      if (answer !== undefined) this.send(from, 'mesos.internal.AuthenticationResponseMessage', answer);
    });
    on('mesos.internal.AuthenticationCompletedMessage', (from, completed) => {
      if (this.#authentication?.completed(from.toString(), completed) !== true) return;
      this.#authentication = undefined;
      this.#proved = from;
      this.#sendSubscribe();
    });
    on('mesos.internal.AuthenticationFailedMessage', () =>
      this.#authentication === undefined ? undefined : this.#refused('Master refused authentication'),
    );
    on('mesos.internal.AuthenticationErrorMessage', (from, { error }) => {
      this.runtime.logger.warn(`Master ${from.toString()} cannot tell who this is: ${error ?? 'no reason given'}`);
    });
  }

  #sendSubscribe(): void {
    const id = this.frameworkId;
    this.send(this.#master, callMessage, {
      ...(id === undefined ? {} : { framework_id: id }),
      type: 'SUBSCRIBE',
      subscribe: { framework_info: this.#framework, suppressed_roles: [...this.#suppressed] },
    } satisfies SchedulerCall);
  }

  #subscribeLater(delayMinMs: number): void {
    const delayMs = subscribeDelayMs({
      attempts: this.#attempts,
      firstMs: this.#options.subscribeBackoffMs ?? subscribeBackoffMs,
      failoverTimeoutSeconds: this.#framework.failover_timeout,
      random: this.runtime.random.next(),
    });
    if (this.#retry !== undefined) this.cancel(this.#retry);
    this.#retry = this.delay(Math.max(delayMinMs, delayMs), () => {
      this.#subscribe();
    });
  }

  #receive(from: PID, event: TypedEvent): HandlerResult {
    if (!this.#isExpected(from, event)) {
      this.runtime.metrics.counter('scheduler/events_dropped').increment();
      this.runtime.logger.warn(
        `Dropped ${event.type} from ${from.toString()}, which is not the master subscribed with`,
      );
      return undefined;
    }
    this.#heardMs = this.runtime.clock.monotonic();
    return this.#handle(from, event);
  }

  /** Events come from the master that has taken the framework, and before that only an answer to SUBSCRIBE can come. */
  #isExpected(from: PID, event: TypedEvent): boolean {
    if (from.equals(this.self)) return event.type === 'UPDATE';
    if (this.#leader !== undefined) return from.equals(this.#leader);
    if (this.#options.credential !== undefined && this.#proved?.equals(from) !== true) return false;
    return from.id === this.#master.id && (event.type === 'SUBSCRIBED' || event.type === 'ERROR');
  }

  #handle(from: PID, event: TypedEvent): HandlerResult {
    switch (event.type) {
      case 'SUBSCRIBED':
        return this.#subscribedTo(from, event.subscribed);
      case 'OFFERS':
        return this.offers(event.offers.offers ?? []);
      case 'RESCIND':
        return this.rescind(event.rescind.offer_id);
      case 'INVERSE_OFFERS':
        return this.inverseOffers(event.inverse_offers.inverse_offers ?? []);
      case 'RESCIND_INVERSE_OFFER':
        return this.rescindInverseOffer(event.rescind_inverse_offer.inverse_offer_id);
      case 'UPDATE':
        return this.#updated(event.update.status);
      case 'UPDATE_OPERATION_STATUS':
        return this.updateOperation(event.update_operation_status.status);
      case 'MESSAGE':
        return this.message(event.message);
      case 'FAILURE':
        return this.failure(event.failure);
      case 'ERROR':
        return this.#refused(event.error.message);
      case 'HEARTBEAT':
      case 'UNKNOWN':
        return undefined;
    }
  }

  #subscribedTo(leader: PID, subscribed: SchedulerEvent_Subscribed): HandlerResult {
    // The answer to an attempt that was repeated too early.
    if (this.#phase === 'subscribed') return undefined;
    this.#phase = 'subscribed';
    this.#leader = leader;
    this.#framework = { ...this.#framework, id: subscribed.framework_id };
    this.#attempts = 0;
    this.#subscriptions += 1;
    if (this.#retry !== undefined) this.cancel(this.#retry);
    const intervalMs = (subscribed.heartbeat_interval_seconds ?? 0) * 1000;
    if (intervalMs > 0) this.#watch(intervalMs * heartbeatsMissedMax, intervalMs * heartbeatsMissedMax);
    if (this.#subscriptions === 1) return this.subscribed(subscribed.framework_id, subscribed.master_info);
    if (this.#options.reconcileWhenResubscribed === true) this.reconcile();
    return this.resubscribed(subscribed.master_info);
  }

  /** Gives the master up when it has been silent for so long. */
  #watch(silenceMaxMs: number, delayMs: number): void {
    this.#watchdog = this.delay(delayMs, () => {
      const leftMs = this.#heardMs + silenceMaxMs - this.runtime.clock.monotonic();
      if (leftMs <= 0) return this.#lost(`no heartbeat for ${silenceMaxMs} ms`);
      this.#watch(silenceMaxMs, leftMs);
      return undefined;
    });
  }

  #lost(reason: string): HandlerResult {
    this.runtime.logger.info(`Lost the master ${this.#master.toString()}: ${reason}`);
    this.runtime.metrics.counter('scheduler/disconnections').increment();
    this.#phase = 'subscribing';
    this.#leader = undefined;
    this.#forgetProof();
    this.unlink(this.#master);
    if (this.#watchdog !== undefined) this.cancel(this.#watchdog);
    this.#subscribeLater(0);
    return this.disconnected();
  }

  /** The master forgets who this is when the connection breaks. */
  #forgetProof(): void {
    this.#proved = undefined;
    this.#authentication = undefined;
  }

  #updated(status: TaskStatus): HandlerResult {
    if (this.#options.acknowledgements === 'explicit' || !wantsAcknowledgement(status)) return this.update(status);
    const key = Buffer.from(status.uuid).toString('latin1');
    if (this.#updating.has(key)) return undefined;
    this.#updating.add(key);
    const result = this.update(status);
    if (result instanceof Promise) return this.#updatedLater(result, status, key);
    this.#updating.delete(key);
    this.#acknowledge(status);
    return undefined;
  }

  async #updatedLater(result: Promise<void>, status: TaskStatus, key: string): Promise<void> {
    await result;
    this.#updating.delete(key);
    if (!this.terminated) this.#acknowledge(status);
  }

  #acknowledge(status: TaskStatus): boolean {
    if (!wantsAcknowledgement(status)) return false;
    const { agent_id, task_id, uuid } = status;
    return this.call({ type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } });
  }

  async #refused(message: string): Promise<void> {
    this.runtime.logger.error(`The master has refused the framework: ${message}`);
    this.#phase = 'subscribing';
    this.#refusal = new SchedulerError('SCHEDULER_REFUSED', message);
    if (this.#retry !== undefined) this.cancel(this.#retry);
    await this.error(message);
    this.terminate();
  }

  #drop(call: SchedulerCall): void {
    this.runtime.metrics.counter('scheduler/calls_dropped').increment();
    this.runtime.logger.warn(`Dropped ${call.type ?? 'a call without type'}: not subscribed with a master`);
    if (call.accept === undefined) return;
    const aware = this.#framework.capabilities?.some(({ type }) => type === 'PARTITION_AWARE') ?? false;
    for (const status of droppedLaunches(call.accept, aware, this.runtime.clock.now())) {
      this.send(this.self, eventMessage, { type: 'UPDATE', update: { status } });
    }
  }
}

/** What a master says to who wants to prove who it is. */
type AuthenticationAnswer =
  | 'mesos.internal.AuthenticationChallengeMessage'
  | 'mesos.internal.AuthenticationCompletedMessage'
  | 'mesos.internal.AuthenticationFailedMessage'
  | 'mesos.internal.AuthenticationErrorMessage';

function hookFailed(error: unknown): SchedulerError {
  return new SchedulerError('SCHEDULER_FAILED', `A hook has failed: ${errorText(error)}`, { cause: error });
}
