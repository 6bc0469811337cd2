import { EventConnection } from '@mesos-ts/http-api';
import type { EventClientOptions } from '@mesos-ts/http-api';
import { SystemClock, SystemRandom } from '@mesos-ts/libprocess/browser';
import type { Clock, Logger, Random } from '@mesos-ts/libprocess/browser';
import { formatUuid } from '@mesos-ts/protocol';
import type { FrameworkID, FrameworkInfo, SchedulerCall, TaskStatus } from '@mesos-ts/protocol';
import { acknowledgement, wantsAcknowledgement } from '../calls.ts';
import { eventsWaitingMaxDefault } from '../constants.ts';
import type { callMessage, eventMessage } from '../constants.ts';
import { SchedulerError } from '../errors.ts';
import type { TypedEvent } from '../event.ts';
import { completeFramework } from '../framework.ts';
import { schedulerApi } from '../http-api.ts';
import { Subscription } from '../subscription.ts';
import type { SubscriptionCounter, SubscriptionHost } from '../subscription.ts';
import { EventQueue } from './event-queue.ts';
import { handleEvent } from './handlers.ts';
import type { ClientEvent, SchedulerHandlers } from './handlers.ts';

/** Options of {@link SchedulerClient}. */
export interface SchedulerClientOptions extends EventClientOptions {
  /** `http://host:port` or `https://host:port`, or a list of the addresses of all masters, of which one leads. */
  readonly master: string | readonly string[];
  /** Who subscribes. Without roles it has the role `*`; the capability `MULTI_ROLE` is added. With an `id` it takes that framework over. */
  readonly framework: FrameworkInfo;
  /** Roles that want no offers until they are revived. @default none */
  readonly suppressedRoles?: readonly string[] | undefined;
  /**
   * Who acknowledges updates: the client, when the next event is asked for, or (`'explicit'`) the framework, by calling `acknowledge`.
   * @default 'automatic'
   */
  readonly acknowledgements?: 'automatic' | 'explicit' | undefined;
  /**
   * Whether to find out what became of every task when a master has taken a framework that it, or another, had before: the tasks that the
   * client knows are asked for until each has been told of, then all that the master knows. The answers arrive as updates without a
   * `uuid`, with the reason `REASON_RECONCILIATION`; of a task that the client knows there may be two. @default true
   */
  readonly reconcileWhenResubscribed?: boolean | undefined;
  /** Bounds the wait before the second attempt to subscribe, in milliseconds; it doubles with each further one. @default 2000 */
  readonly subscribeBackoffMs?: number | undefined;
  /** Events that may wait for being asked for; beyond, no more are read, and the master waits. @default 100 */
  readonly eventsWaitingMax?: number | undefined;
  /** Hears that there is no master for now; the client is trying to subscribe again, which ends in `SUBSCRIBED`. */
  readonly onDisconnected?: ((reason: string) => void) | undefined;
  /** Where the client writes what an operator should know. @default nowhere */
  readonly logger?: Logger | undefined;
  /** @default the machine's clock */
  readonly clock?: Clock | undefined;
  /** @default unpredictable */
  readonly random?: Pick<Random, 'next'> | undefined;
}

/**
 * A framework's scheduler without an actor, over HTTP, in Node.js and in web pages: events are read with `for await`, or brought to
 * handlers, and calls are made with `call`. It stays subscribed as `Scheduler` does.
 */
export class SchedulerClient {
  readonly #options: SchedulerClientOptions;
  readonly #subscription: Subscription;
  readonly #connection: EventConnection<typeof callMessage, typeof eventMessage, TypedEvent>;
  readonly #events: EventQueue<ClientEvent>;
  // Updates that wait or are being handled: the master may send them again in the meantime.
  readonly #updating = new Set<string>();
  readonly #counts = new Map<SubscriptionCounter, number>();
  #isRead = false;
  #ended: Promise<void> | undefined;

  /** Throws `API_ADDRESS_INVALID` when the address of a master is malformed. */
  constructor(options: SchedulerClientOptions) {
    const { clock = new SystemClock(), framework, random = new SystemRandom() } = options;
    this.#options = options;
    this.#events = new EventQueue(options.eventsWaitingMax ?? eventsWaitingMaxDefault);
    this.#subscription = new Subscription(
      { ...options, framework: completeFramework(framework, { user: framework.user }) },
      this.#host(clock, random),
    );
    this.#connection = new EventConnection(
      {
        ...options,
        api: schedulerApi,
        url: options.master,
        clock,
        random: () => random.next(),
        post: (notice) => void this.#connection.handle(notice),
        turn: () => this.#events.room(),
      },
      this.#subscription,
    );
  }

  /** The framework's id; undefined before the first subscription of a new framework. */
  get frameworkId(): FrameworkID | undefined {
    return this.#subscription.frameworkId;
  }

  /** Whether there is a master to make calls to. */
  get connected(): boolean {
    return this.#subscription.connected;
  }

  /** How often calls were dropped, refused or unanswered, events dropped, and masters lost. */
  count(name: SubscriptionCounter): number {
    return this.#counts.get(name) ?? 0;
  }

  /**
   * Subscribes, and gives the events as they come: `SUBSCRIBED` first and after each loss of the master; no heartbeats. An update is
   * acknowledged when the event after it is asked for. Ends after `stop`; leaving the loop stops the client and leaves the framework to
   * another scheduler. Fails with `SCHEDULER_REFUSED` when the master refuses the framework. It can be read once
   * (`SCHEDULER_EVENTS_TAKEN`).
   */
  async *events(): AsyncGenerator<ClientEvent, void, void> {
    if (this.#isRead) throw new SchedulerError('SCHEDULER_EVENTS_TAKEN', 'The events are being read, or have been');
    this.#isRead = true;
    if (this.#ended === undefined) this.#subscription.start(this.#connection);
    try {
      for (let event = await this.#events.take(); event !== undefined; event = await this.#events.take()) {
        yield event;
        if (event.type === 'UPDATE') this.#updated(event.update.status);
      }
    } finally {
      await this.stop({ failover: true });
    }
  }

  /** Reads the events and brings each to its handler, one after the other. Rejects with what a handler throws, and as `events` fails. */
  async run(handlers: SchedulerHandlers): Promise<void> {
    for await (const event of this.events()) await handleEvent(handlers, event);
  }

  /**
   * Makes a call, after those before it; the framework's id is filled in. True when the master has taken it. False when no master has:
   * there is none, too many calls wait, or the answer was lost; in that case the state of the tasks of an `ACCEPT` is asked for, and
   * arrives as updates. Rejects with `API_REFUSED` when the master refuses the call.
   */
  async call(call: SchedulerCall): Promise<boolean> {
    const addressed = this.#subscription.addressed(call);
    const taken = addressed === undefined ? undefined : this.#connection.push(addressed);
    if (addressed === undefined || taken === undefined) {
      this.#count('calls_dropped');
      return false;
    }
    const result = await taken;
    if (result.type === 'refused') {
      this.#count('calls_refused');
      throw result.error;
    }
    if (result.type === 'dropped') this.#count('calls_dropped');
    if (result.type === 'unsure') this.#subscription.unsure(addressed);
    return result.type === 'accepted';
  }

  /** Acknowledges an update, with `acknowledgements: 'explicit'`. An update of the master's own making needs none: that is false. */
  async acknowledge(status: TaskStatus): Promise<boolean> {
    if (this.#options.acknowledgements !== 'explicit') {
      throw new SchedulerError('SCHEDULER_ACKNOWLEDGES_ITSELF', 'Updates are acknowledged automatically');
    }
    return wantsAcknowledgement(status) ? this.call(acknowledgement(status)) : false;
  }

  /**
   * Ends the client when the calls that wait have been made, and with it the framework and all its tasks. With `failover` the framework
   * is left to another scheduler, which has its `failover_timeout` to take over. Idempotent.
   */
  stop(options: { failover?: boolean } = {}): Promise<void> {
    this.#ended ??= this.#stop(options.failover !== true);
    return this.#ended;
  }

  async #stop(teardown: boolean): Promise<void> {
    // The reader ends at once; what is said to the master may take its time.
    const ended = this.#subscription.end({ teardown });
    this.#events.end();
    await ended;
  }

  #updated(status: TaskStatus): void {
    if (this.#options.acknowledgements === 'explicit' || !wantsAcknowledgement(status)) return;
    this.#updating.delete(formatUuid(status.uuid));
    // A refusal was counted; the agent sends the update again.
    this.call(acknowledgement(status)).catch(() => undefined);
  }

  #received(event: ClientEvent): void {
    if (event.type === 'UPDATE' && this.#options.acknowledgements !== 'explicit') {
      const { uuid } = event.update.status;
      const key = uuid === undefined ? '' : formatUuid(uuid);
      if (key !== '' && this.#updating.has(key)) return;
      if (key !== '') this.#updating.add(key);
    }
    this.#events.push(event);
  }

  #count(name: SubscriptionCounter): void {
    this.#counts.set(name, this.count(name) + 1);
  }

  #host(clock: Clock, random: Pick<Random, 'next'>): SubscriptionHost {
    const { logger = silent, onDisconnected } = this.#options;
    return {
      logger,
      delay: (delayMs, work) => clock.timer(delayMs, () => void work(), { keepsAlive: true }),
      cancel: (timer) => clock.cancel(timer),
      monotonicMs: () => clock.monotonic(),
      nowMs: () => clock.now(),
      random: () => random.next(),
      count: (name) => {
        this.#count(name);
      },
      subscribed: (subscribed) => {
        this.#received({ type: 'SUBSCRIBED', subscribed });
      },
      received: (event) => {
        this.#received(event);
      },
      disconnected: (reason) => onDisconnected?.(reason),
      refused: (error) => {
        this.#events.end(error);
      },
      notLaunched: (status) => {
        this.#received({ type: 'UPDATE', update: { status } });
      },
    };
  }
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
