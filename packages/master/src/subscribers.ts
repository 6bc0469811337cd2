import { approveAll, StreamEvent, type Approvers, type StreamEnd } from '@mesos-ts/daemon';
import { heartbeatIntervalMs } from './constants.ts';
import type { MasterEvent } from '@mesos-ts/protocol';
import type { Timer } from '@mesos-ts/libprocess';
import type { OperatorEvent } from './decisions/operator-events.ts';

/** The way to an operator who subscribes, whatever it is made of. */
export interface SubscriberStream {
  /** Resolves when nobody is there any more, and why. Never rejects. */
  readonly closed: Promise<StreamEnd>;
  /**
   * Sends an event; false when nobody is there any more.
   * @param options.opening The first picture, which may be as long as it likes.
   */
  send(event: StreamEvent, options?: { readonly opening?: boolean }): boolean;
  /** Ends the stream behind what was sent. */
  end(): void;
}

/** What the actor that owns the subscribers does for them. */
export interface SubscribersHost {
  /** How many there may be; the oldest gives way to one more. */
  readonly max: number;
  /** Does something later, unless it is cancelled. */
  readonly delay: (delayMs: number, work: () => void) => Timer;
  readonly cancel: (timer: Timer) => void;
  /** Does something in the actor's turn. */
  readonly turn: (work: () => void) => Promise<void>;
  /** Counts something under `master/<name>`. */
  readonly count: (name: string) => void;
  readonly info: (text: string) => void;
}

interface Subscriber {
  readonly stream: SubscriberStream;
  readonly approvers: Approvers;
  /** How it is called in the log. */
  readonly name: string;
  heartbeat: Timer | undefined;
}

const event = (message: MasterEvent): StreamEvent => new StreamEvent('mesos.v1.master.Event', message);
const heartbeatEvent = event({ type: 'HEARTBEAT' });

/**
 * The operators who have subscribed to what happens. Each hears SUBSCRIBED with all it may see, HEARTBEAT at once and every 15 seconds,
 * and what happens as far as it may see that. An event that several may see alike is encoded once. One who reads slower than things
 * happen is cut off by its stream; that is counted, and so is whoever gives way to a newer one.
 */
export class Subscribers {
  readonly #host: SubscribersHost;
  /** In the order in which they came. */
  readonly #subscribers = new Set<Subscriber>();

  constructor(host: SubscribersHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /**
   * Adds a subscriber, who hears of everything from now on.
   * @param state All that it may see at present.
   */
  add(
    stream: SubscriberStream,
    approvers: Approvers,
    name: string,
    state: NonNullable<MasterEvent['subscribed']>['get_state'],
  ): void {
    this.#makeRoom();
    const subscriber: Subscriber = { stream, approvers, name, heartbeat: undefined };
    this.#subscribers.add(subscriber);
    this.#host.info(`Added subscriber ${name} to the list of active subscribers`);
    const heartbeat_interval_seconds = heartbeatIntervalMs / 1000;
    const subscribed = { heartbeat_interval_seconds, ...(state === undefined ? {} : { get_state: state }) };
    stream.send(event({ type: 'SUBSCRIBED', subscribed }), { opening: true });
    this.#beat(subscriber);
    void stream.closed.then(async (end) => {
      // Whoever was dropped before is nobody's business any more, perhaps because there is no actor to have a turn.
      if (!this.#subscribers.has(subscriber)) return;
      await this.#host.turn(() => {
        this.#left(subscriber, end);
      });
    });
  }

  /** Tells everybody who may know. */
  publish(happened: OperatorEvent): void {
    const whole = event(happened.message);
    for (const { approvers, stream } of this.#subscribers) {
      const seen = approvers === approveAll ? happened.message : happened.seenBy(approvers);
      if (seen !== undefined) stream.send(seen === happened.message ? whole : event(seen));
    }
  }

  /** Ends all streams. */
  close(): void {
    for (const subscriber of this.#subscribers) this.#drop(subscriber);
  }

  #makeRoom(): void {
    for (const oldest of this.#subscribers) {
      if (this.#subscribers.size < this.#host.max) return;
      this.#host.info(`There are ${this.#host.max} subscribers, so the oldest, ${oldest.name}, is ended`);
      this.#host.count('operator_event_streams_replaced');
      this.#drop(oldest);
    }
  }

  #beat(subscriber: Subscriber): void {
    subscriber.stream.send(heartbeatEvent);
    subscriber.heartbeat = this.#host.delay(heartbeatIntervalMs, () => {
      this.#beat(subscriber);
    });
  }

  #left(subscriber: Subscriber, end: StreamEnd): void {
    if (!this.#subscribers.has(subscriber)) return;
    if (end === 'slow') this.#host.count('operator_event_streams_too_slow');
    const why = end === 'slow' ? ': it read slower than things happened' : '';
    this.#host.info(`Removed subscriber ${subscriber.name} from the list of active subscribers${why}`);
    this.#drop(subscriber);
  }

  #drop(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (subscriber.heartbeat !== undefined) this.#host.cancel(subscriber.heartbeat);
    subscriber.stream.end();
  }
}
