/** Stable codes of {@link ApiError}. */
export type ApiErrorCode =
  /** The answer is not what the call is answered with, or cannot be read. */
  | 'API_ANSWER_INVALID'
  /** The text cannot be the address of a server. */
  | 'API_ADDRESS_INVALID'
  /** The server sends its clients round in circles, or somewhere they must not go. */
  | 'API_REDIRECTED'
  /** The server has refused the call; `status` and the message are the server's. */
  | 'API_REFUSED'
  /** The server did not answer in time. */
  | 'API_TIMED_OUT'
  /** The server cannot serve now: 503 and other statuses from 500 on. */
  | 'API_UNAVAILABLE'
  /** No connection, or it broke before there was an answer: whether the call arrived is unknown. */
  | 'API_UNREACHABLE';

/** What an {@link ApiError} is about, beside its text. */
export interface ApiErrorOptions extends ErrorOptions {
  /** The status of the server's answer. */
  readonly status?: number;
}

/** Every error of this package. `code` is stable; the message is for people. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  /** The status of the server's answer, if there was one. */
  readonly status: number | undefined;

  constructor(code: ApiErrorCode, message: string, options: ApiErrorOptions = {}) {
    super(message, options);
    this.name = 'ApiError';
    this.code = code;
    this.status = options.status;
  }

  /** Whether the same may go well later: there is no answer, or the server cannot serve now. */
  get isRetriable(): boolean {
    return this.code === 'API_UNAVAILABLE' || this.code === 'API_UNREACHABLE' || this.code === 'API_TIMED_OUT';
  }
}
