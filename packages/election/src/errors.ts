/** Stable codes of the errors that this package raises. */
export type ElectionErrorCode =
  | 'ELECTION_ADDRESS_INVALID'
  | 'ELECTION_AUTHENTICATION_FAILED'
  | 'ELECTION_CLOSED'
  | 'ELECTION_FORBIDDEN'
  | 'ELECTION_MASTERS_INVALID'
  | 'ELECTION_NOT_FOUND'
  | 'ELECTION_OTHER_SERVICE'
  | 'ELECTION_STATE_DAMAGED'
  | 'ELECTION_STATE_FOREIGN'
  | 'ELECTION_STATE_UNWRITABLE'
  | 'ELECTION_UNAVAILABLE';

/** The base class of every error raised by this package; tell them apart by `code`. Secrets are never in a message. */
export class ElectionError extends Error {
  readonly code: ElectionErrorCode;

  constructor(code: ElectionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ElectionError';
    this.code = code;
  }
}
