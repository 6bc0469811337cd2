import { errorText } from '@mesos-ts/libprocess';
import type { HandlerResult, Logger } from '@mesos-ts/libprocess';
import type { Detector } from '@mesos-ts/election';
import type { MasterInfo, SchedulerCall } from '@mesos-ts/protocol';
import type { ConnectionListener, MasterConnection } from './connection.ts';
import { subscribeAnswerMs } from './constants.ts';

/** What an actor lends to a connection that follows the leader. */
export interface FollowedPort {
  readonly logger: Logger;
  /** Hands what becomes of a promise to the actor's turn; nothing when it has ended by then. */
  readonly later: <T>(
    promise: Promise<T>,
    succeeded: (value: T) => HandlerResult,
    failed: (error: unknown) => HandlerResult,
  ) => void;
  /** A connection to a master that leads. Only the latest one is used. */
  readonly connect: (leader: MasterInfo) => MasterConnection;
  /** It will never be known who leads. */
  readonly undetectable: (error: unknown) => HandlerResult;
}

/** The connection with whichever master leads. Where another one comes to lead, the one before is left at once. */
export class FollowedConnection implements MasterConnection {
  readonly #port: FollowedPort;
  readonly #listener: ConnectionListener;
  #detector: Detector | undefined;
  #leader: MasterInfo | undefined;
  #connection: MasterConnection | undefined;
  /** The attempt that is being made, for a leader who is not known yet. */
  #attempt: SchedulerCall | undefined;
  #isClosed = false;

  constructor(detector: Promise<Detector>, port: FollowedPort, listener: ConnectionListener) {
    this.#port = port;
    this.#listener = listener;
    port.later(
      detector,
      (opened) => {
        this.#detector = opened;
        if (this.#isClosed) void opened.close();
        else this.#follow(opened);
      },
      port.undetectable,
    );
  }

  get name(): string {
    return this.#connection?.name ?? 'a master that leads';
  }

  get answerMs(): number {
    return this.#connection?.answerMs ?? subscribeAnswerMs;
  }

  get isListening(): boolean {
    return this.#connection?.isListening ?? true;
  }

  subscribe(call: SchedulerCall): void {
    this.#attempt = call;
    this.#connection?.subscribe(call);
  }

  send(call: SchedulerCall): boolean {
    return this.#connection?.send(call) ?? false;
  }

  close(): void {
    // The next attempt may say more than this one did: the framework's id.
    this.#attempt = undefined;
    this.#connection?.close();
  }

  async end(): Promise<void> {
    this.#isClosed = true;
    await this.#connection?.end();
    await this.#detector?.close();
  }

  /** Lets go of what says who leads. */
  release(): void {
    this.#isClosed = true;
    void this.#detector?.close();
  }

  #follow(detector: Detector): void {
    this.#port.later(
      detector.detect(this.#leader),
      (leader) => {
        if (this.#isClosed) return undefined;
        const result = this.#leads(leader);
        this.#follow(detector);
        return result;
      },
      (error) => (this.#isClosed ? undefined : this.#port.undetectable(error)),
    );
  }

  #leads(leader: MasterInfo | undefined): HandlerResult {
    const before = this.#connection;
    this.#leader = leader;
    this.#connection = undefined;
    before?.close();
    if (before !== undefined) this.#attempt = undefined;
    if (leader !== undefined) {
      this.#port.logger.info(`New master detected at ${leader.pid ?? leader.hostname ?? leader.id}`);
      this.#connection = this.#port.connect(leader);
    }
    // Tried again from here on, after a wait that differs from framework to framework.
    if (before !== undefined)
      return this.#listener.lost(leader === undefined ? 'no master leads' : 'another master leads');
    if (this.#attempt !== undefined) this.#connection?.subscribe(this.#attempt);
    return undefined;
  }
}

/** The text of what makes it impossible to know who leads. */
export function undetectableText(error: unknown): string {
  return `Failed to detect a master: ${errorText(error)}`;
}
