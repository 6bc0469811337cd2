import type { EventListener } from '@mesos-ts/http-api';
import type { SchedulerCall } from '@mesos-ts/protocol';
import type { callMessage } from './constants.ts';
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
export type ConnectionListener = EventListener<typeof callMessage, TypedEvent>;
