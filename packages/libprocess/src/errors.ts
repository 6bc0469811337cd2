/** Stable codes of the errors that this package raises. */
export type ProcessErrorCode =
  | 'ADDRESS_INVALID'
  | 'ANSWER_INVALID'
  | 'ASK_DISCARDED'
  | 'ASK_FAILED'
  | 'ASK_REFUSED'
  | 'ASK_TIMEOUT'
  | 'AUTHENTICATION_TIMEOUT'
  | 'BUFFER_SHARED'
  | 'CLOCK_RUNNING'
  | 'CLOSED'
  | 'CONNECTION_FAILED'
  | 'DISK_FAILED'
  | 'ENVIRONMENT_INVALID'
  | 'EVENT_FILTERED'
  | 'FRAME_INVALID'
  | 'GRPC_STATUS'
  | 'HANDSHAKE_FAILED'
  | 'HTTP_BODY_INVALID'
  | 'HTTP_BODY_TIMEOUT'
  | 'HTTP_BODY_TOO_LARGE'
  | 'HTTP_MEDIA_TYPE_UNSUPPORTED'
  | 'HTTP_READER_SLOW'
  | 'HTTP_REQUEST_FAILED'
  | 'INVARIANT'
  | 'MAILBOX_FULL'
  | 'MESSAGE_INVALID'
  | 'METRIC_INVALID'
  | 'METRIC_NAME_IN_USE'
  | 'NODE_DOWN'
  | 'NO_CURRENT_EVENT'
  | 'OVERLOADED'
  | 'PID_INVALID'
  | 'PID_REMOTE'
  | 'PROCESS_ALREADY_SPAWNED'
  | 'PROCESS_ID_INVALID'
  | 'PROCESS_ID_IN_USE'
  | 'PROCESS_NOT_SPAWNED'
  | 'PROCESS_TERMINATED'
  | 'RESTARTS_EXCEEDED'
  | 'ROUTE_INVALID'
  | 'RUNTIME_CLOSED'
  | 'RUNTIME_STARTED'
  | 'SERIAL_DEADLOCK'
  | 'SIMULATION_FAILED'
  | 'SUBPROCESS_FAILED'
  | 'SUBPROCESS_INVALID'
  | 'SUBPROCESS_TIMEOUT'
  | 'THREAD_FAILED'
  | 'THREAD_SPAWN_FAILED'
  | 'TIMED_OUT'
  | 'TLS_INVALID'
  | 'TRUST_INVALID';

/** The base class of every error raised by this package; tell them apart by `code`. */
export class ProcessError extends Error {
  readonly code: ProcessErrorCode;

  constructor(code: ProcessErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProcessError';
    this.code = code;
  }
}

/** The text of anything that was thrown, for logs and messages. */
export function errorText(error: unknown): string {
  return textOf(error, ({ message }) => message);
}

/** The same with the stack, where there is one. */
export function errorDetail(error: unknown): string {
  return textOf(error, ({ message, stack }) => stack ?? message);
}

/** Whatever can be thrown has a text here: some objects have none, and others throw when they are asked for it. */
function textOf(error: unknown, read: (error: Error) => unknown): string {
  try {
    return String(error instanceof Error ? read(error) : error);
  } catch {
    return `a thrown ${typeof error} without a text`;
  }
}
