/** What a `StateError` can be about. */
export type StateErrorCode =
  /** What is kept is not what was stored: a record is damaged, or belongs to something else. Nothing of it is served. */
  | 'STATE_CORRUPT'
  /** The name of a variable is empty, or no text that can be written. */
  | 'STATE_NAME_INVALID'
  /** The storage has been closed. It is not known whether a change that was under way was made. */
  | 'STATE_CLOSED'
  /** Another program has taken over the right to write. It is not known whether the change was made: whoever fetches the variable again will see. */
  | 'STATE_DEMOTED'
  /** The disk, the log or the service below cannot do it; `cause` says why. It is not known whether a change was made. */
  | 'STATE_FAILED';

/** The base class of every error raised by this package; tell them apart by `code`. */
export class StateError extends Error {
  readonly code: StateErrorCode;

  constructor(code: StateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StateError';
    this.code = code;
  }
}
