import type { EventListener, EventNotice } from '@mesos-ts/http-api';
import type { Clock, HandlerResult } from '@mesos-ts/libprocess';
import type { ExecutorCall } from '@mesos-ts/protocol';
import type { callMessage } from './constants.ts';
import type { ExecutorEnvironment } from './environment.ts';
import type { TypedEvent } from './event.ts';

/** What a connection over HTTP tells, as plain data: an executor sends it to itself, so that it is handled in its turn. */
export type ExecutorNotice = EventNotice<typeof callMessage, TypedEvent>;

/** What an executor lends to its connection. */
export interface ExecutorPort {
  readonly environment: ExecutorEnvironment;
  readonly clock: Clock;
  readonly random: () => number;
  /** Brings a notice to `handle`, in the executor's turn. */
  readonly post: (notice: ExecutorNotice) => void;
  /** Resolves when what was posted has been handled. */
  readonly turn: () => Promise<void>;
}

/** A way to the agent other than between actors: HTTP, as `overHttp` makes it. */
export interface AgentConnection {
  /** The agent, for the log. */
  readonly name: string;
  /** Begins an attempt to subscribe; what was before is given up. */
  subscribe(call: ExecutorCall): void;
  /** Sends a call, after those before it. False when it cannot take any more. */
  send(call: ExecutorCall): boolean;
  /** Handles what was posted. */
  handle(notice: ExecutorNotice): HandlerResult;
  /** Breaks off. */
  close(): void;
  /** Closes when what was to be sent has been sent. */
  end(): Promise<void>;
}

/** Makes a connection for an executor. */
export type AgentConnector = (
  port: ExecutorPort,
  listener: EventListener<typeof callMessage, TypedEvent>,
) => AgentConnection;
