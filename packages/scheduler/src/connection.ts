import type { HandlerResult } from '@mesos-ts/libprocess';
import type { SchedulerCall } from '@mesos-ts/protocol';
import type { TypedEvent } from './event.ts';

/** A way to a master: the WebSocket between two actors, or HTTP. What comes of it is told to a {@link ConnectionListener}. */
export interface MasterConnection {
  /** The master, for the log. */
  readonly name: string;
  /** How long the master may take to answer an attempt before the next one, in milliseconds. */
  readonly answerMs: number;
  /** Whether events are read as they come: a master that is not listened to is not silent. */
  readonly isListening: boolean;
  /** Begins an attempt to subscribe. One that went before is given up where it would otherwise go on. */
  subscribe(call: SchedulerCall): void;
  /** Sends a call, after those before it. False when it cannot take any more. */
  send(call: SchedulerCall): boolean;
  /** Breaks off, without a word to the listener. Idempotent; it may be subscribed again. */
  close(): void;
  /** Closes when what was to be sent has been sent; a promise when that takes time. */
  end(): Promise<void> | undefined;
}

/** Hears of what a connection brings. */
export interface ConnectionListener {
  /** The master has sent an event. */
  received(event: TypedEvent): HandlerResult;
  /** The connection has ended, or could not be made. */
  lost(reason: string): HandlerResult;
  /** The master will not take this framework. */
  refused(message: string): HandlerResult;
  /** A call was not made, or the master has refused it in these words. */
  dropped(call: SchedulerCall, refusal?: string): void;
  /** Whether a call has arrived will never be known. */
  unsure(call: SchedulerCall): void;
  /** Something that should have been an event was not. */
  invalid(reason: string): void;
}
