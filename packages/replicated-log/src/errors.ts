/** Stable codes of the errors that this package raises. */
export type LogErrorCode =
  /** The log, or its replica, has been closed. */
  | 'LOG_CLOSED'
  /** What is on the disk is damaged: a checksum does not match, or a record is missing. It is not served. */
  | 'LOG_CORRUPT'
  /** The disk holds the log of another cluster. */
  | 'LOG_FOREIGN'
  /** Another program has the log open. */
  | 'LOG_IN_USE'
  /** What a peer has sent is not a message of this protocol. */
  | 'LOG_MESSAGE_INVALID'
  /** There is no log where one was to be read. */
  | 'LOG_NOT_FOUND'
  /** The writer is used before `start` has succeeded for the first time. */
  | 'LOG_NOT_STARTED'
  /** An option makes no sense, such as a quorum that is no majority. */
  | 'LOG_OPTION_INVALID'
  /** The disk is an older one of the same replica: it lacks what the replica has told others that it has. */
  | 'LOG_OUTDATED'
  /** More appends are outstanding than the bound allows. */
  | 'LOG_OVERLOADED'
  /** A position that is no position, or lies behind the end of the log, or a range that ends before it begins. */
  | 'LOG_POSITION_INVALID'
  /** A position in the range has not been learned here: catch up first. */
  | 'LOG_POSITION_UNLEARNED'
  /** The position has been truncated. */
  | 'LOG_POSITION_TRUNCATED'
  /** The disk has failed, now or before: nothing that came after is on it. */
  | 'LOG_STORAGE_FAILED'
  /** It took longer than the caller was ready to wait. */
  | 'LOG_TIMED_OUT'
  /** An entry is larger than the bound allows. */
  | 'LOG_TOO_LARGE'
  /** What is on the disk was written by a newer version of this program, or by another one. */
  | 'LOG_VERSION_UNSUPPORTED';

/** The base class of every error raised by this package; tell them apart by `code`. */
export class LogError extends Error {
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LogError';
    this.code = code;
  }
}
