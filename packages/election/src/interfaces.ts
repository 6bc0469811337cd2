/** What the rest of the program knows of elections. Services are behind these. */
import type { Clock, Logger, Random } from '@mesos-ts/libprocess';
import type { MasterInfo } from '@mesos-ts/protocol';

/** What an election takes from its surroundings. A `Runtime` has all of it. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Pick<Random, 'next'>;
  readonly logger: Logger;
}

/** Being in the contest. Whether it is won is for a detector to say. */
export interface Candidacy {
  /** The name of its node, where there is one. */
  readonly name?: string;
  /** Resolves, never rejects, when it is over: says why, in words for a log. */
  readonly lost: Promise<string>;
  /**
   * Whether it surely goes on at this very moment, by the clock: nobody else can lead while a leader's candidacy is held. For a leader
   * to ask before it acts, since a program that was paused learns late of everything else.
   */
  isHeld(): boolean;
  /** Gives up, so that another may lead at once. Resolves when that is known, or cannot be told. Idempotent. */
  withdraw(): Promise<void>;
}

/** A master's part in an election. */
export interface Contender extends AsyncDisposable {
  /**
   * Enters the contest, and resolves when it is in. Waits for a service that is away; rejects with an `ElectionError` for what time does not
   * cure. Once the candidacy is over it may be entered again.
   */
  contend(info: MasterInfo): Promise<Candidacy>;
  /** Gives up, and lets go of the service. Idempotent. */
  close(): Promise<void>;
}

/** Options of `Detector.detect`. */
export interface DetectOptions {
  /** Aborting it rejects the promise with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Follows who leads. */
export interface Detector extends AsyncDisposable {
  /**
   * Resolves when the leader is another one than `previous`: to undefined when there is none, or none is known any more. A detector begins
   * without a leader. Waits for a service that is away; rejects with an `ElectionError` for what time does not cure.
   */
  detect(previous?: MasterInfo, options?: DetectOptions): Promise<MasterInfo | undefined>;
  /** Lets go of the service; who waits hears `ELECTION_CLOSED`. Idempotent. */
  close(): Promise<void>;
}

/** The network of the log's replicas: their PIDs. */
export interface Membership extends AsyncDisposable {
  /** As far as it is known. */
  members(): ReadonlySet<string>;
  /** Whether the service has said who is there, this one among them. */
  isKnown(): boolean;
  /** Calls back after each change; answers how to take that back. */
  changed(listener: () => void): () => void;
  close(): Promise<void>;
}

/** One who is in a group. */
export interface GroupMember {
  /** The name of its node: members are in the order in which they joined. */
  readonly name: string;
  readonly content: string;
}

/** A group that is kept by a service outside: who joins stays in as long as the service hears of it. */
export interface Group extends AsyncDisposable {
  /**
   * Joins, and resolves when in. Waits for a service that is away, and then joins once, however often it had to be tried. Rejects with an
   * `ElectionError` for what time does not cure.
   */
  join(content: string): Promise<Candidacy>;
  /** Who is in, oldest first: nobody while it is not known. Undefined until it was known for the first time. */
  members(): readonly GroupMember[] | undefined;
  /** What has ended this group for good, if anything: then nobody is known to be in it. */
  failure(): Error | undefined;
  /** Calls back after each change of the two above; answers how to take that back. */
  changed(listener: () => void): () => void;
  /** Leaves, and lets go of the service. Idempotent. */
  close(): Promise<void>;
}
