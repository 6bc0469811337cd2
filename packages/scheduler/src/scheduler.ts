import { EventConnection } from '@mesos-ts/http-api';
import { nodeFetch } from '@mesos-ts/http-api/node';
import { masterAddress, openBuiltInDetector, openDetector } from '@mesos-ts/election';
import { PID, Process, deferred, errorText } from '@mesos-ts/libprocess';
import type { EndReason, ExitReason, HandlerResult } from '@mesos-ts/libprocess';
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
  Offer_Operation,
  OperationStatus,
  SchedulerCall,
  SchedulerCall_ReconcileOperations_Operation,
  SchedulerEvent_Failure,
  SchedulerEvent_Message,
  TaskID,
  TaskStatus,
} from '@mesos-ts/protocol';
import { ActorConnection } from './actor-connection.ts';
import { acknowledgement, launchOperation, offerIds, reconciled, refusing, wantsAcknowledgement } from './calls.ts';
import type { OfferRef, OneOrMore, TaskRef, TaskToLaunch } from './calls.ts';
import type { MasterConnection } from './connection.ts';
import { masterId, noticeMessage } from './constants.ts';
import { SchedulerError } from './errors.ts';
import { completeFramework } from './framework.ts';
import { schedulerApi } from './http-api.ts';
import type { HttpNotice } from './http-api.ts';
import { machineFacts } from './machine.ts';
import { FollowedConnection, undetectableText } from './followed-connection.ts';
import { hostPort, masterOf } from './master-address.ts';
import type { Elected, Master } from './master-address.ts';
import type { SchedulerOptions } from './options.ts';
import { Subscription } from './subscription.ts';
import type { OtherEvent, SubscriptionHost } from './subscription.ts';

/**
 * A framework's scheduler: an actor that subscribes with a master, wherever it is, and turns the v1 events it is sent into calls of
 * its hooks. The master is another actor (`host:port`) or speaks HTTP (`http://host:port`), as Apache Mesos's does. Subclasses override the hooks (`offers` and `update` at least) and answer with the helpers (`launch`, `decline`, ...),
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
  readonly #master: Master;
  readonly #result = deferred<void>();
  readonly #subscription: Subscription;
  // Updates whose `update` has not resolved: the master may send them again in the meantime.
  readonly #updating = new Set<string>();
  #exited: (pid: PID, reason: ExitReason) => HandlerResult = () => undefined;
  #leader: PID | undefined;
  #followed: FollowedConnection | undefined;
  #connections = 0;
  #stopping: 'failover' | 'teardown' | undefined;
  #refusal: SchedulerError | undefined;

  /** Throws `SCHEDULER_MASTER_INVALID` when the master's address is malformed. */
  constructor(options: SchedulerOptions) {
    super();
    this.#options = options;
    this.#master = masterOf(options.master);
    const framework = completeFramework(options.framework, machineFacts());
    this.#subscription = new Subscription({ ...options, framework }, this.#host());
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

  /** The master's actor that it subscribes with; undefined over HTTP, and while it is not known which one leads. */
  get master(): PID | undefined {
    return this.#master.pid ?? this.#leader;
  }

  /** Somewhere on the way to the masters, `host:port`, for a scheduler to which they connect; undefined over HTTP. */
  get towards(): string | undefined {
    const { elected, pid } = this.#master;
    if (elected === undefined) return pid?.address;
    if (this.#isOverHttp) return undefined;
    const [first] =
      elected.kind === 'zookeeper' ? elected.servers : elected.kind === 'etcd' ? elected.endpoints : elected.masters;
    return first === undefined ? undefined : hostPort(first);
  }

  get #isOverHttp(): boolean {
    return this.#options.http !== undefined;
  }

  /** The framework as it subscribes, with its id once it has one. */
  get framework(): FrameworkInfo {
    return this.#subscription.framework;
  }

  /** The framework's id; undefined before the first subscription of a new framework. */
  get frameworkId(): FrameworkID | undefined {
    return this.#subscription.frameworkId;
  }

  /** Whether there is a master to send calls to. */
  get connected(): boolean {
    return this.#subscription.connected;
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

  /** Agents will be away for maintenance, and the framework has something of them: it says whether that will be free by then. */
  protected inverseOffers(_offers: readonly InverseOffer[]): HandlerResult {}

  /** An inverse offer has been taken back. */
  protected rescindInverseOffer(_offerId: OfferID): HandlerResult {}

  /** An operation other than a launch has changed its state, or its state was asked for. */
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

  /** Says that what it has of agents will be free when they are away for maintenance. Operators see it, and decide. */
  acceptInverseOffers(offers: OneOrMore<OfferRef>, options: { refuseSeconds?: number } = {}): boolean {
    const accept_inverse_offers = { inverse_offer_ids: offerIds(offers), ...refusing(options.refuseSeconds) };
    return this.call({ type: 'ACCEPT_INVERSE_OFFERS', accept_inverse_offers });
  }

  /** Says that it will not be. In either case it is not asked again for some seconds; the master's default is five. */
  declineInverseOffers(offers: OneOrMore<OfferRef>, options: { refuseSeconds?: number } = {}): boolean {
    const decline_inverse_offers = { inverse_offer_ids: offerIds(offers), ...refusing(options.refuseSeconds) };
    return this.call({ type: 'DECLINE_INVERSE_OFFERS', decline_inverse_offers });
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

  /**
   * Asks for the current state of operations other than launches, or of all of them. The answers arrive at `updateOperation`, of an
   * operation that nobody knows too.
   */
  reconcileOperations(operations: readonly SchedulerCall_ReconcileOperations_Operation[] = []): boolean {
    return this.call({ type: 'RECONCILE_OPERATIONS', reconcile_operations: { operations: [...operations] } });
  }

  /** Wants no more offers, for some roles or all. It is remembered over later subscriptions. */
  suppress(roles: readonly string[] = this.framework.roles ?? []): boolean {
    return this.call({ type: 'SUPPRESS', suppress: { roles: [...roles] } });
  }

  /** Wants offers again, for some roles or all, and forgets what was refused. */
  revive(roles: readonly string[] = this.framework.roles ?? []): boolean {
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
    return this.#subscription.call(call);
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
    for (const name of ['calls_dropped', 'events_dropped', 'disconnections']) {
      this.runtime.metrics.counter(`scheduler/${name}`);
    }
    this.#subscription.start(this.#connect());
  }

  protected override exited(pid: PID, reason: ExitReason): HandlerResult {
    return this.#exited(pid, reason);
  }

  protected override async finalize(reason: EndReason): Promise<void> {
    if (this.#stopping === undefined) this.#followed?.release();
    if (this.#refusal !== undefined) {
      this.#result.reject(this.#refusal);
    } else if (reason.type === 'failed') {
      this.#subscription.abort();
      this.#result.reject(hookFailed(reason.error));
    } else if (this.#stopping === undefined) {
      this.#subscription.abort();
      this.#result.reject(new SchedulerError('SCHEDULER_FAILED', 'Ended without being stopped'));
    } else {
      await this.#subscription.end({ teardown: this.#stopping === 'teardown' });
      this.#result.resolve();
    }
  }

  #connect(): MasterConnection {
    const { elected, pid, urls } = this.#master;
    if (elected !== undefined) return this.#connectToElected(elected);
    return pid === undefined ? this.#connectOverHttp(urls) : this.#connectToActor(pid);
  }

  #connectToElected(elected: Elected): MasterConnection {
    const { clock, logger, random } = this.runtime;
    const detector =
      elected.kind === 'built-in'
        ? Promise.resolve(openBuiltInDetector(this.runtime, elected.masters))
        : openDetector(elected, { clock, logger, random });
    this.#followed = new FollowedConnection(
      detector,
      {
        logger,
        later: (promise, succeeded, failed) => {
          promise.then(this.#inTurn(succeeded), this.#inTurn(failed));
        },
        connect: (leader) => {
          if (!this.#isOverHttp) {
            this.#leader = new PID(masterId, masterAddress(leader));
            return this.#connectToActor(this.#leader);
          }
          const host = leader.hostname ?? leader.address?.hostname ?? leader.address?.ip ?? '';
          const scheme = this.#options.http?.tls === undefined ? 'http' : 'https';
          return this.#connectOverHttp([`${scheme}://${hostPort({ host, port: leader.port })}`]);
        },
        undetectable: async (error) => {
          this.#refusal = new SchedulerError('SCHEDULER_MASTER_UNDETECTABLE', undetectableText(error), {
            cause: error,
          });
          await this.error(this.#refusal.message);
          this.terminate();
        },
      },
      this.#subscription,
    );
    return this.#followed;
  }

  #inTurn<T>(work: (value: T) => HandlerResult): (value: T) => void {
    const inTurn = this.defer(work);
    return (value) => {
      inTurn(value).catch((error: unknown) => {
        // Nobody waits for it when this has ended by then.
        if (this.terminated) return;
        this.terminate({ reason: { type: 'failed', handler: 'detect', error } });
      });
    };
  }

  #connectToActor(master: PID): MasterConnection {
    const port = {
      self: this.self,
      logger: this.runtime.logger,
      random: this.runtime.random,
      install: this.install.bind(this),
      send: this.send.bind(this),
      link: this.link.bind(this),
      unlink: this.unlink.bind(this),
      stranger: (from: PID, { type }: { readonly type: string }): void => {
        this.runtime.metrics.counter('scheduler/events_dropped').increment();
        this.runtime.logger.warn(`Dropped ${type} from ${from.toString()}, which is not the master subscribed with`);
      },
    };
    this.#installNotices(() => undefined);
    const connection = new ActorConnection(master, this.#options.credential, port, this.#subscription);
    this.#exited = (pid, reason) => connection.exited(pid, reason);
    return connection;
  }

  #connectOverHttp(url: readonly string[]): MasterConnection {
    const { clock, random } = this.runtime;
    const { fetch = nodeFetch({ tls: this.#options.http?.tls }) } = this.#options.http ?? {};
    const life = ++this.#connections;
    const connection = new EventConnection(
      {
        credential: this.#options.credential,
        ...this.#options.http,
        api: schedulerApi,
        clock,
        fetch,
        url,
        random: () => random.next(),
        post: (notice) => {
          this.send(this.self, noticeMessage, { ...notice, life });
        },
        turn: this.defer(() => undefined),
      },
      this.#subscription,
    );
    // What an earlier connection has posted is not for this one.
    this.#installNotices((notice) => (notice.life === life ? connection.handle(notice) : undefined));
    return connection;
  }

  /** What this actor tells itself, to be handled in its turn. */
  #installNotices(handle: (notice: HttpNotice & Life) => HandlerResult): void {
    this.install<(HttpNotice & Life) | NotLaunched>(noticeMessage, (from, notice) => {
      if (!from.equals(this.self)) return undefined;
      return notice.type === 'not launched' ? this.#updated(notice.status) : handle(notice);
    });
  }

  #host(): SubscriptionHost {
    const runtime = (): Scheduler['runtime'] => this.runtime;
    return {
      get logger() {
        return runtime().logger;
      },
      delay: (delayMs, work) => this.delay(delayMs, work),
      cancel: (timer) => this.cancel(timer),
      monotonicMs: () => this.runtime.clock.monotonic(),
      nowMs: () => this.runtime.clock.now(),
      random: () => this.runtime.random.next(),
      count: (name) => {
        this.runtime.metrics.counter(`scheduler/${name}`).increment();
      },
      subscribed: ({ framework_id, master_info }, isFirst) =>
        isFirst ? this.subscribed(framework_id, master_info) : this.resubscribed(master_info),
      received: (event) => this.#received(event),
      disconnected: () => this.disconnected(),
      refused: async (error) => {
        this.#refusal = error;
        await this.error(error.message);
        this.terminate();
      },
      notLaunched: (status) => {
        this.send(this.self, noticeMessage, { type: 'not launched', status } satisfies NotLaunched);
      },
    };
  }

  #received(event: OtherEvent): HandlerResult {
    switch (event.type) {
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
    }
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
    return wantsAcknowledgement(status) && this.call(acknowledgement(status));
  }
}

/** Which of a scheduler's connections something comes from. */
interface Life {
  readonly life: number;
}

/** Of a task whose launch no master has taken. */
interface NotLaunched {
  readonly type: 'not launched';
  readonly status: TaskStatus;
}

function hookFailed(error: unknown): SchedulerError {
  return new SchedulerError('SCHEDULER_FAILED', `A hook has failed: ${errorText(error)}`, { cause: error });
}
