/** Stable codes of {@link ExecutorError}. */
export type ExecutorErrorCode =
  /** The task says neither what to execute nor which shell command to run. */
  | 'EXECUTOR_COMMAND_MISSING'
  /** An environment variable that the agent sets is missing or malformed. */
  | 'EXECUTOR_ENVIRONMENT_INVALID'
  /** A hook threw, or its promise was rejected; `cause` is what was thrown. */
  | 'EXECUTOR_FAILED'
  /** More updates wait for acknowledgements than are kept. */
  | 'EXECUTOR_UPDATES_MAX';

/** Every error this package throws. `code` is stable; the message is for people. */
export class ExecutorError extends Error {
  readonly code: ExecutorErrorCode;

  constructor(code: ExecutorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExecutorError';
    this.code = code;
  }
}
