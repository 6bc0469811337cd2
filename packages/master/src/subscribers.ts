import { approveAll, StreamEvent, type Approvers, type FramedEvent, type StreamEnd } from '@mesos-ts/daemon';
import { errorText, type Timer } from '@mesos-ts/libprocess';
import type { MasterEvent } from '@mesos-ts/protocol';
import type { OperatorEvent } from './decisions/operator-events.ts';

/** The way to an operator who subscribes, whatever it is made of. */
export interface SubscriberStream {
  /** Resolves when nobody is there any more, and why. Never rejects. */
  readonly closed: Promise<StreamEnd>;
  /** Sends an event; false when nobody is there any more. */
  send(event: FramedEvent): boolean;
  /** Ends the stream behind what was sent. */
  end(): void;
}

/**
 * Asks for SUBSCRIBED, which may take a while.
 * @param atMoment Hears that the picture will be of this very moment: what happens from now on is not in it. Called again if it has to be
 * asked for anew.
 */
export type Opening = (atMoment: () => void) => Promise<FramedEvent>;

/** What the actor that owns the subscribers does for them. */
export interface SubscribersHost {
  /** How many there may be; the oldest gives way to one more. */
  readonly max: number;
  /** How often each hears HEARTBEAT, in milliseconds. */
  readonly heartbeatMs: number;
  /** Does something later, unless it is cancelled. */
  readonly delay: (delayMs: number, work: () => void) => Timer;
  readonly cancel: (timer: Timer) => void;
  /** Does something in the actor's turn. */
  readonly turn: (work: () => void) => Promise<void>;
  /** Lets the event loop go round: what was sent leaves then, and others have their turn. */
  readonly rest: () => Promise<void>;
  /** Counts something under `master/<name>`. */
  readonly count: (name: string) => void;
  readonly info: (text: string) => void;
}

interface Subscriber {
  readonly stream: SubscriberStream;
  readonly approvers: Approvers;
  /** How it is called in the log. */
  readonly name: string;
  /**
   * How many events there had been, since there was a first, that it need not be told of any more; undefined until the moment of its
   * picture.
   */
  told: number | undefined;
  /** Whether it has its picture. */
  isOpen: boolean;
  heartbeat: Timer | undefined;
}

interface Happened {
  readonly event: OperatorEvent;
  /** As those have it who see all of it. */
  readonly whole: StreamEvent;
}

// What is sent costs some hundredths of a millisecond each time, when it leaves.
const sendsPerTurn = 100;
// A picture of all there is may be many megabytes.
const sendsOfOpening = 20;
// Events that wait to be told; with one more everybody is told at once.
const waitingMax = 1000;
// Events that wait for those who have no picture yet; with one more they are cut off.
const heldBackMax = 100_000;

const event = (message: MasterEvent): StreamEvent => new StreamEvent('mesos.v1.master.Event', message);
const heartbeatEvent = event({ type: 'HEARTBEAT' });

/**
 * The operators who have subscribed to what happens. Each hears SUBSCRIBED with all it may see, as soon as that has been put together,
 * HEARTBEAT then and ever so often, and what has happened since the moment of that picture as far as it may see that. An event that
 * several may see alike is encoded once. With many of them, telling all takes turns of its own between what else the actor does; what has
 * happened meanwhile is told together. One who reads slower than things happen is cut off by its stream; that is counted, and so is
 * whoever gives way to a newer one.
 */
export class Subscribers {
  readonly #host: SubscribersHost;
  /** In the order in which they came. */
  readonly #subscribers = new Set<Subscriber>();
  /** Whose pictures have come, and are to be sent. */
  readonly #opened: { readonly subscriber: Subscriber; readonly picture: FramedEvent }[] = [];
  /** What somebody has not been told yet, and how many events there were before the first of these. */
  #waiting: Happened[] = [];
  #before = 0;
  /** How many events there had been when everybody who has a picture was told all. */
  #toldAll = 0;
  /** Who is next; undefined while there is nothing to tell. */
  #round: Iterator<Subscriber> | undefined;
  #isTurnAsked = false;
  #isClosed = false;

  constructor(host: SubscribersHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** Adds a subscriber, who hears of everything from the moment of its picture on. */
  add(stream: SubscriberStream, approvers: Approvers, name: string, opening: Opening): void {
    this.#makeRoom();
    const subscriber: Subscriber = { stream, approvers, name, told: undefined, isOpen: false, heartbeat: undefined };
    this.#subscribers.add(subscriber);
    this.#host.info(`Added subscriber ${name} to the list of active subscribers`);
    const opened = opening(() => {
      subscriber.told = this.#end;
    });
    void opened.then(
      (picture) => {
        this.#opened.push({ subscriber, picture });
        this.#goOn();
      },
      (error: unknown) => {
        if (!this.#subscribers.has(subscriber)) return;
        this.#host.info(`Removed subscriber ${name}, who cannot be told the state: ${errorText(error)}`);
        this.#drop(subscriber);
      },
    );
    void stream.closed.then(async (end) => {
      // Whoever was dropped before is nobody's business any more, perhaps because there is no actor to have a turn.
      if (!this.#subscribers.has(subscriber)) return;
      await this.#host.turn(() => {
        this.#left(subscriber, end);
      });
    });
  }

  /** Tells everybody who may know, soon. */
  publish(happened: OperatorEvent): void {
    if (this.#subscribers.size === 0) return;
    this.#waiting.push({ event: happened, whole: event(happened.message) });
    if (this.#end - this.#toldAll > waitingMax) {
      this.#tellAll();
    } else if (this.#round === undefined) {
      this.#round = this.#subscribers.values();
      this.#goOn();
    }
    if (this.#waiting.length <= heldBackMax) return;
    for (const subscriber of this.#subscribers) if (!subscriber.isOpen) this.#left(subscriber, 'slow');
  }

  /** Ends all streams. */
  close(): void {
    this.#isClosed = true;
    this.#tellAll();
    for (const subscriber of this.#subscribers) this.#drop(subscriber);
  }

  /** @param after When; at once for those who are first. */
  #goOn(after?: Promise<void>): void {
    if (this.#isTurnAsked) return;
    this.#isTurnAsked = true;
    const turn = (): Promise<void> =>
      this.#host.turn(() => {
        this.#isTurnAsked = false;
        this.#tellSome();
      });
    void (after === undefined ? turn() : after.then(turn)).catch((error: unknown) => {
      // The actor has ended, and told everybody everything before.
      if (!this.#isClosed) throw error;
    });
  }

  /** How many events there have been. */
  get #end(): number {
    return this.#before + this.#waiting.length;
  }

  /** Tells the next few all that there is. */
  #tellSome(): void {
    for (let sent = 0; sent < sendsPerTurn;) {
      const opened = this.#opened.shift();
      if (opened !== undefined) {
        sent += sendsOfOpening;
        this.#open(opened.subscriber, opened.picture);
        continue;
      }
      const next = this.#round?.next();
      if (next === undefined) break;
      if (next.done !== true) sent += this.#tell(next.value);
      else this.#endRound();
    }
    if (this.#round !== undefined || this.#opened.length > 0) this.#goOn(this.#host.rest());
  }

  #open(subscriber: Subscriber, picture: FramedEvent): void {
    if (!this.#subscribers.has(subscriber)) return;
    subscriber.isOpen = true;
    subscriber.stream.send(picture);
    this.#beat(subscriber);
    if (subscriber.told !== this.#end) this.#round ??= this.#subscribers.values();
  }

  /** Forgets what everybody knows; those who were told before something happened have another turn. */
  #endRound(): void {
    let told = this.#end;
    let isSomebodyBehind = false;
    for (const subscriber of this.#subscribers) {
      if (subscriber.told === undefined) continue;
      told = Math.min(told, subscriber.told);
      if (subscriber.isOpen && subscriber.told < this.#end) isSomebodyBehind = true;
    }
    if (!isSomebodyBehind) this.#toldAll = this.#end;
    this.#waiting = this.#waiting.slice(told - this.#before);
    this.#before = told;
    this.#round = isSomebodyBehind ? this.#subscribers.values() : undefined;
  }

  #tellAll(): void {
    for (const subscriber of this.#subscribers) this.#tell(subscriber);
    this.#endRound();
  }

  /** Tells somebody all that there is, and answers how much that was. */
  #tell(subscriber: Subscriber): number {
    const { approvers, isOpen, stream } = subscriber;
    if (!isOpen || subscriber.told === undefined) return 0;
    const news = this.#waiting.slice(subscriber.told - this.#before);
    subscriber.told += news.length;
    for (const { event: happened, whole } of news) {
      const seen = approvers === approveAll ? happened.message : happened.seenBy(approvers);
      if (seen !== undefined) stream.send(seen === happened.message ? whole : event(seen));
    }
    return news.length;
  }

  #makeRoom(): void {
    for (const oldest of this.#subscribers) {
      if (this.#subscribers.size < this.#host.max) return;
      this.#host.info(`There are ${this.#host.max} subscribers, so the oldest, ${oldest.name}, is ended`);
      this.#host.count('operator_event_streams_replaced');
      this.#tell(oldest);
      this.#drop(oldest);
    }
  }

  #beat(subscriber: Subscriber): void {
    subscriber.stream.send(heartbeatEvent);
    subscriber.heartbeat = this.#host.delay(this.#host.heartbeatMs, () => {
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
