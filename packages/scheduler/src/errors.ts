/** Stable codes of {@link SchedulerError}. */
export type SchedulerErrorCode =
  /** Acknowledged by hand although acknowledgements are automatic. */
  | 'SCHEDULER_ACKNOWLEDGES_ITSELF'
  /** An environment variable has a value that it cannot have. */
  | 'SCHEDULER_ENVIRONMENT_INVALID'
  /** The events of a client are read once. */
  | 'SCHEDULER_EVENTS_TAKEN'
  /** A hook threw, or its promise was rejected; `cause` is what was thrown. */
  | 'SCHEDULER_FAILED'
  /** The text cannot be a master's address. */
  | 'SCHEDULER_MASTER_INVALID'
  /** It will never be known which master leads; `cause` says why. */
  | 'SCHEDULER_MASTER_UNDETECTABLE'
  /** The master's name cannot be resolved, or no route leads to it. */
  | 'SCHEDULER_MASTER_UNKNOWN'
  /** The master has refused the framework; the message is the master's. */
  | 'SCHEDULER_REFUSED';

/** Every error this package throws. `code` is stable; the message is for people. */
export class SchedulerError extends Error {
  readonly code: SchedulerErrorCode;

  constructor(code: SchedulerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SchedulerError';
    this.code = code;
  }
}
