/** Stable codes of {@link CliError}. */
export type CliErrorCode =
  /** A part of the cluster has broken while it started. */
  | 'CLI_CLUSTER_FAILED'
  /** There are no clusters of the requested shape. */
  | 'CLI_CLUSTER_INVALID'
  /** A principal without a secret, or a secret that cannot be read. */
  | 'CLI_CREDENTIALS_INVALID'
  /** An environment variable names what cannot be used. */
  | 'CLI_ENVIRONMENT_INVALID'
  /** A log did not do what it was asked for. */
  | 'CLI_LOG_FAILED'
  /** Flags that are to say where a log is do not. */
  | 'CLI_LOG_INVALID'
  /** A log that was to be initialized has been. */
  | 'CLI_NOT_EMPTY'
  /** No agent, framework, task, volume or file is what it was looked for; or several are. */
  | 'CLI_NOT_FOUND'
  /** There are no such positions in a log. */
  | 'CLI_RANGE_INVALID'
  /** It took longer than was allowed. */
  | 'CLI_TIMED_OUT';

/** What ends a command with a message for people and status 1. */
export class CliError extends Error {
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
  }
}
