/** Stable codes of {@link CliError}. */
export type CliErrorCode =
  /** The master or an agent answered with a status or a body that this program does not expect. */
  | 'CLI_ANSWER_UNEXPECTED'
  /** A part of the cluster has broken while it started. */
  | 'CLI_CLUSTER_FAILED'
  /** There are no clusters of the requested shape. */
  | 'CLI_CLUSTER_INVALID'
  /** A principal without a secret, or a secret that cannot be read. */
  | 'CLI_CREDENTIALS_INVALID'
  /** An environment variable names what cannot be used. */
  | 'CLI_ENVIRONMENT_INVALID'
  /** A log that was to be initialized has been. */
  | 'CLI_NOT_EMPTY'
  /** No master, no agent or no file is where it was looked for. */
  | 'CLI_NOT_FOUND'
  /** There are no such positions in a log. */
  | 'CLI_RANGE_INVALID'
  /** It took longer than was allowed. */
  | 'CLI_TIMED_OUT'
  /** The master or an agent cannot be reached. */
  | 'CLI_UNREACHABLE';

/** What ends a command with a message for people and status 1. */
export class CliError extends Error {
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
  }
}
