import { Process, deferred, errorText } from '@mesos-ts/libprocess';
import { randomUuid } from '@mesos-ts/protocol';
import type { EndReason, HandlerResult, PID, Timer } from '@mesos-ts/libprocess';
import type {
  AgentInfo,
  ExecutorCall,
  ExecutorEvent_Subscribed,
  KillPolicy,
  TaskGroupInfo,
  TaskID,
  TaskInfo,
  TaskStatus,
} from '@mesos-ts/protocol';
import {
  acknowledgementsTimeoutMs,
  callMessage,
  eventMessage,
  executorId,
  heartbeatMs,
  noticeMessage,
  shutdownAcknowledgementsTimeoutMs,
  subscribeBackoffMinMs,
  subscribeRetryMs,
  uuidBytes,
} from './constants.ts';
import { TaskChecks } from './checks/task-checks.ts';
import type { ChecksListener } from './checks/task-checks.ts';
import type { ProbeMaker } from './checks/probe.ts';
import type { AgentConnection, AgentConnector, ExecutorNotice } from './connection.ts';
import type { ExecutorEnvironment } from './environment.ts';
import { ExecutorError } from './errors.ts';
import { readEvent } from './event.ts';
import type { TypedEvent } from './event.ts';
import { Unacknowledged } from './unacknowledged.ts';

/** Options of {@link Executor}. */
export interface ExecutorOptions {
  /** Another way to the agent than between actors, such as `overHttp()` of `@mesos-ts/executor/http`. */
  readonly connect?: AgentConnector | undefined;
}

/** What an executor says of a task; the SDK adds the uuid, the time, the source and the executor's id. */
export type TaskUpdate = Omit<TaskStatus, 'executor_id' | 'source' | 'timestamp' | 'uuid'>;

/**
 * An executor: an actor that subscribes with the agent that started it, turns the v1 events it is sent into calls of its hooks, and
 * reports what becomes of its tasks. Subclasses override the hooks (`launch` and `kill` at least) and leave `initialize`, `finalize`
 * and `exited` alone.
 *
 * Updates are kept until the agent acknowledges them. When the agent is lost, tasks run on: the executor tries to subscribe again,
 * with random waits up to `subscriptionBackoffMaxMs`, and tells the agent what it has not acknowledged. After `recoveryTimeoutMs`
 * without an agent it shuts down, as when the agent tells it to: it has `shutdownGracePeriodMs` for that.
 *
 * Hooks may be asynchronous; other events may then be handled before they are done. A hook that throws ends the executor.
 */
export abstract class Executor extends Process {
  readonly #environment: ExecutorEnvironment;
  readonly #connect: AgentConnector | undefined;
  readonly #result = deferred<void>();
  readonly #unacknowledged = new Unacknowledged();
  // The way to the agent, if it is not between actors.
  #connection: AgentConnection | undefined;
  #subscription: ExecutorEvent_Subscribed | undefined;
  #connected = false;
  #stopping = false;
  #shuttingDown = false;
  // The agent has shut down an executor that it does not know: it will acknowledge nothing.
  #dismissed = false;
  #ending = false;
  #retry: Timer | undefined;
  #heartbeat: Timer | undefined;
  // What ends the probes of checks that are under way.
  readonly #probes = new Set<AbortController>();
  // Ends the wait for a lost agent, or, when stopping, for the acknowledgements of one that is there.
  #deadline: Timer | undefined;

  /** @param environment What the agent says; `executorEnvironment(process.env)` reads it. */
  constructor(environment: ExecutorEnvironment, options: ExecutorOptions = {}) {
    super(executorId);
    this.#environment = environment;
    this.#connect = options.connect;
    // Whoever is interested gets the rejection; to the others it is in the log.
    this.#result.promise.catch(() => undefined);
  }

  /** Resolves when the executor has ended. Rejects with `EXECUTOR_FAILED` when a hook has thrown or the runtime was closed under it. */
  get ended(): Promise<void> {
    return this.#result.promise;
  }

  /** Who this executor is, as the agent has told it by environment variables. */
  get environment(): ExecutorEnvironment {
    return this.#environment;
  }

  /** What the agent said when it took the executor; undefined before. */
  get subscription(): ExecutorEvent_Subscribed | undefined {
    return this.#subscription;
  }

  /** Whether it speaks to the agent's actor, and not in another way. */
  get isActorOfAgent(): boolean {
    return this.#connect === undefined;
  }

  /** Whether there is an agent to talk to. */
  get connected(): boolean {
    return this.#connected;
  }

  /** A task is to be run; what becomes of it is told with `sendStatusUpdate`. */
  protected abstract launch(task: TaskInfo): HandlerResult;

  /** A task is to be killed. */
  protected abstract kill(taskId: TaskID, killPolicy: KillPolicy | undefined): HandlerResult;

  /** Tasks are to be run together. By default they are launched one by one. */
  protected async launchGroup(group: TaskGroupInfo): Promise<void> {
    for (const task of group.tasks ?? []) await this.launch(task);
  }

  /** The agent has taken the executor, the first time. */
  protected subscribed(_subscription: ExecutorEvent_Subscribed): HandlerResult {}

  /** The agent, perhaps after a restart, has taken the executor again. */
  protected resubscribed(_agent: AgentInfo): HandlerResult {}

  /** There is no agent for now. Tasks run on; the SDK is trying to reach it again. */
  protected disconnected(): HandlerResult {}

  /** The agent has an update and will see to it that the scheduler gets it. */
  protected acknowledged(_status: TaskStatus): HandlerResult {}

  /** The scheduler has sent data. */
  protected message(_data: Uint8Array): HandlerResult {}

  /** The agent complains. */
  protected error(_message: string): HandlerResult {}

  /** All tasks are to be ended. The executor stops when this is done, or the grace period is over. */
  protected shutdown(): HandlerResult {}

  /**
   * Tells what has become of a task; the agent acknowledges it. Throws `EXECUTOR_UPDATES_MAX` when a hundred thousand updates wait.
   * @returns The whole status, as it was sent.
   */
  sendStatusUpdate(update: TaskUpdate): TaskStatus {
    const status = {
      ...update,
      executor_id: this.#environment.executorId,
      source: 'SOURCE_EXECUTOR',
      timestamp: this.runtime.clock.now() / 1000,
      uuid: randomUuid(this.runtime.random.bytes(uuidBytes)),
    } as const satisfies TaskStatus;
    this.#unacknowledged.updated(status);
    // Without an agent it waits for the next subscription.
    if (this.#connected) this.#call({ type: 'UPDATE', update: { status } });
    return status;
  }

  /**
   * Begins with the check and the health check of a task, if it has them. What they say is told to the listener in this executor's turns; to
   * tell the agent, and to end a task, is the listener's business. Whoever ends a task pauses its checks first.
   * @param makeProbe `localProbes(environment)` of `@mesos-ts/executor/checks`, with the environment of the task.
   */
  protected startChecks(task: TaskInfo, makeProbe: ProbeMaker, listener: ChecksListener): TaskChecks {
    const { clock, logger } = this.runtime;
    return new TaskChecks(
      task,
      {
        underWay: this.#probes,
        logger,
        monotonic: () => clock.monotonic(),
        delay: (delayMs, work) => this.delay(delayMs, work),
        cancel: (timer) => {
          this.cancel(timer);
        },
        inTurn: (work) => {
          const inTurn = this.defer(work);
          return (argument) => {
            // It rejects when this executor has ended, which is no news then.
            inTurn(argument).catch(() => undefined);
          };
        },
      },
      makeProbe,
      listener,
    );
  }

  /** Sends data to the scheduler. It may get lost on the way; false when there is no agent to send it to. */
  sendMessage(data: Uint8Array): boolean {
    if (this.#connected) this.#call({ type: 'MESSAGE', message: { data } });
    else this.runtime.metrics.counter('executor/messages_dropped').increment();
    return this.#connected;
  }

  /**
   * Ends the executor when all its updates are acknowledged: for that it waits a minute if the agent is there, for an agent that is
   * lost until it gives it up, and when it is shutting down a second.
   */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#endWhenAcknowledged();
  }

  /** Shuts down as if the agent had said so: for signals. */
  async beginShutdown(): Promise<void> {
    if (this.#shuttingDown) return;
    this.#shuttingDown = true;
    this.runtime.logger.info('Shutting down');
    this.delay(this.#environment.shutdownGracePeriodMs, () => {
      this.runtime.logger.warn('The grace period for shutting down is over');
      this.#end();
    });
    await this.shutdown();
    if (this.terminated) return;
    this.#stopping = true;
    this.#endWhenAcknowledged();
  }

  protected override initialize(): void {
    if (this.#connect === undefined) this.install(eventMessage, (from, event) => this.#receive(from, event), readEvent);
    else this.#connection = this.#connectBy(this.#connect);
    for (const name of ['events_dropped', 'messages_dropped']) this.runtime.metrics.counter(`executor/${name}`);
    this.#giveUpLater();
    this.#subscribe();
  }

  protected override exited(pid: PID): HandlerResult {
    return pid.equals(this.#environment.agent) ? this.#lost(pid.toString(), 'the connection has ended') : undefined;
  }

  #lost(agent: string, reason: string): HandlerResult {
    const wasConnected = this.#connected;
    this.#connected = false;
    if (this.#heartbeat !== undefined) this.cancel(this.#heartbeat);
    const { subscriptionBackoffMaxMs } = this.#environment;
    this.#subscribeLater(Math.max(subscribeBackoffMinMs, subscriptionBackoffMaxMs * this.runtime.random.next()));
    if (!wasConnected) return undefined;
    this.runtime.logger.info(`Lost the agent ${agent}, since ${reason}; tasks run on`);
    this.#giveUpLater();
    return this.disconnected();
  }

  protected override finalize(reason: EndReason): HandlerResult {
    for (const probe of this.#probes) probe.abort();
    if (this.#connection === undefined || !this.#ending) {
      this.#connection?.close();
      this.#settle(reason);
      return undefined;
    }
    return this.#connection.end().then(() => {
      this.#settle(reason);
    });
  }

  #settle(reason: EndReason): void {
    if (reason.type === 'failed') this.#result.reject(hookFailed(reason.error));
    else if (this.#ending) this.#result.resolve();
    else this.#result.reject(new ExecutorError('EXECUTOR_FAILED', 'Ended without being stopped'));
  }

  #subscribe(): void {
    const { agent, executorId: executor_id, frameworkId: framework_id, token } = this.#environment;
    if (this.#connection !== undefined) {
      const subscribe = this.#unacknowledged.toSubscribe();
      this.#connection.subscribe({ executor_id, framework_id, type: 'SUBSCRIBE', subscribe });
      this.#subscribeLater(subscribeRetryMs);
      return;
    }
    this.link(agent);
    if (token !== undefined) {
      this.send(agent, 'mesos.internal.AuthenticateExecutorMessage', { executor_id, framework_id, token });
    }
    this.#call({ type: 'SUBSCRIBE', subscribe: this.#unacknowledged.toSubscribe() });
    this.#subscribeLater(subscribeRetryMs);
  }

  #subscribeLater(delayMs: number): void {
    if (this.#retry !== undefined) this.cancel(this.#retry);
    this.#retry = this.delay(delayMs, () => {
      if (!this.#dismissed) this.#subscribe();
    });
  }

  #giveUpLater(): void {
    const { recoveryTimeoutMs } = this.#environment;
    this.#until(recoveryTimeoutMs, () => {
      this.runtime.logger.error(`No agent for ${recoveryTimeoutMs} ms`);
      // Nobody is there to acknowledge anything.
      if (this.#stopping) {
        this.#end();
        return undefined;
      }
      return this.beginShutdown();
    });
  }

  #endWhenAcknowledged(): void {
    // Without an agent, the wait for it goes on: it ends with the agent's return, or with giving it up.
    if (this.#unacknowledged.size === 0 || this.#dismissed) this.#end();
    else if (this.#shuttingDown) this.#endLater(shutdownAcknowledgementsTimeoutMs);
    else if (this.#connected) this.#endLater(acknowledgementsTimeoutMs);
  }

  #endLater(delayMs: number): void {
    this.#until(delayMs, () => {
      this.runtime.logger.warn(`${this.#unacknowledged.size} updates were not acknowledged in time`);
      this.#end();
    });
  }

  #until(delayMs: number, work: () => HandlerResult): void {
    if (this.#deadline !== undefined) this.cancel(this.#deadline);
    this.#deadline = this.delay(delayMs, work);
  }

  #end(): void {
    this.#ending = true;
    this.terminate();
  }

  #call(call: Pick<ExecutorCall, 'message' | 'subscribe' | 'type' | 'update'>): void {
    const { agent, executorId: executor_id, frameworkId: framework_id } = this.#environment;
    const whole: ExecutorCall = { executor_id, framework_id, ...call };
    if (this.#connection === undefined) this.send(agent, callMessage, whole);
    else if (!this.#connection.send(whole)) this.#notSent(whole, 'too many calls wait');
  }

  #notSent({ type }: ExecutorCall, reason: string): void {
    // An update is told again with the next subscription.
    if (type === 'MESSAGE') this.runtime.metrics.counter('executor/messages_dropped').increment();
    this.runtime.logger.warn(`${type ?? 'A call'} did not reach the agent: ${reason}`);
  }

  #connectBy(connect: AgentConnector): AgentConnection {
    const { clock, logger, metrics, random } = this.runtime;
    const connection = connect(
      {
        environment: this.#environment,
        clock,
        random: () => random.next(),
        post: (notice) => {
          this.send(this.self, noticeMessage, notice);
        },
        turn: this.defer(() => undefined),
      },
      {
        received: (event) => (this.#isExpected(event) ? this.#handle(event) : undefined),
        lost: (reason) => {
          connection.close();
          return this.#lost(connection.name, reason);
        },
        refused: (message) => {
          connection.close();
          logger.error(`The agent has refused the executor: ${message}`);
          this.#dismissed ||= !this.#connected;
          return this.beginShutdown();
        },
        dropped: (call, refusal = 'the connection has ended') => {
          this.#notSent(call, refusal);
        },
        unsure: (call) => {
          this.#notSent(call, 'there is no answer');
        },
        invalid: (reason) => {
          metrics.counter('executor/events_dropped').increment();
          logger.warn(`Dropped what is no event: ${reason}`);
        },
      },
    );
    this.install<ExecutorNotice>(noticeMessage, (from, notice) =>
      from.equals(this.self) ? connection.handle(notice) : undefined,
    );
    return connection;
  }

  #receive(from: PID, event: TypedEvent): HandlerResult {
    if (this.#isExpected(event) && from.equals(this.#environment.agent)) return this.#handle(event);
    this.runtime.metrics.counter('executor/events_dropped').increment();
    this.runtime.logger.warn(`Dropped ${event.type} from ${from.toString()}: not subscribed with it`);
    return undefined;
  }

  #isExpected({ type }: TypedEvent): boolean {
    return this.#connected || type === 'SUBSCRIBED' || type === 'SHUTDOWN' || type === 'ERROR';
  }

  #handle(event: TypedEvent): HandlerResult {
    switch (event.type) {
      case 'SUBSCRIBED':
        return this.#subscribedWith(event.subscribed);
      case 'LAUNCH':
        this.#unacknowledged.launched(event.launch.task);
        return this.launch(event.launch.task);
      case 'LAUNCH_GROUP':
        for (const task of event.launch_group.task_group.tasks ?? []) this.#unacknowledged.launched(task);
        return this.launchGroup(event.launch_group.task_group);
      case 'KILL':
        return this.kill(event.kill.task_id, event.kill.kill_policy);
      case 'ACKNOWLEDGED':
        return this.#acknowledgedBy(event.acknowledged);
      case 'MESSAGE':
        return this.message(event.message.data);
      case 'ERROR':
        this.runtime.logger.error(`The agent complains: ${event.error.message}`);
        return this.error(event.error.message);
      case 'SHUTDOWN':
        this.#dismissed ||= !this.#connected;
        return this.beginShutdown();
      case 'HEARTBEAT':
      case 'UNKNOWN':
        return undefined;
    }
  }

  #subscribedWith(subscription: ExecutorEvent_Subscribed): HandlerResult {
    // The answer to an attempt that was repeated too early.
    if (this.#connected) return undefined;
    const again = this.#subscription !== undefined;
    this.#connected = true;
    this.#subscription = subscription;
    if (this.#retry !== undefined) this.cancel(this.#retry);
    if (this.#deadline !== undefined) this.cancel(this.#deadline);
    // Between actors the runtime sees to it.
    if (this.#connection !== undefined) this.#beatLater();
    if (this.#stopping) this.#endWhenAcknowledged();
    return again ? this.resubscribed(subscription.agent_info) : this.subscribed(subscription);
  }

  #beatLater(): void {
    this.#heartbeat = this.delay(heartbeatMs, () => {
      this.#call({ type: 'HEARTBEAT' });
      this.#beatLater();
    });
  }

  async #acknowledgedBy({ task_id, uuid }: { task_id: TaskID; uuid: Uint8Array }): Promise<void> {
    const status = this.#unacknowledged.acknowledged(task_id, uuid);
    if (status === undefined) {
      this.runtime.logger.warn(`Got the acknowledgement of an unknown update of task ${task_id.value}`);
      return;
    }
    await this.acknowledged(status);
    if (this.#stopping && this.#unacknowledged.size === 0) this.#end();
  }
}

function hookFailed(error: unknown): ExecutorError {
  return new ExecutorError('EXECUTOR_FAILED', `A hook has failed: ${errorText(error)}`, { cause: error });
}
