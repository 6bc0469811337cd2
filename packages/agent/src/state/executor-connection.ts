import type { PID } from '@mesos-ts/libprocess';
import type { ExecutorEvent } from '@mesos-ts/protocol';

/** The way to an executor: its actor's mailbox, or an HTTP event stream. */
export interface ExecutorConnection {
  /** Equal for equal ways: two connections with the same key reach the same executor. */
  readonly key: string;
  /** Where the executor's actor is; none for one that came over HTTP. */
  readonly pid: PID | undefined;
  /** Sends an event; silently nothing when the executor is gone. */
  send(event: ExecutorEvent): void;
  /** Ends the connection, after what was sent. */
  close(): void;
}
