import type { ApiError, ApiErrorCode } from '@mesos-ts/http-api';

/** Stable codes of {@link OperatorError}. */
export type OperatorErrorCode =
  /** The answer is not what Mesos answers: no JSON, or a message that breaks its schema. */
  | 'OPERATOR_ANSWER_INVALID'
  /** The server has failed: a status of 500 or more that says nothing else. */
  | 'OPERATOR_FAILED'
  /** The principal may not do that (403). */
  | 'OPERATOR_FORBIDDEN'
  /** Nothing has come over an event stream for two intervals of its heartbeat. */
  | 'OPERATOR_HEARTBEAT_LOST'
  /** There is no such thing (404). */
  | 'OPERATOR_NOT_FOUND'
  /** An option, or a call, that cannot be meant. */
  | 'OPERATOR_OPTIONS_INVALID'
  /** Sent on to nowhere, in circles, or from HTTPS to HTTP. */
  | 'OPERATOR_REDIRECT_INVALID'
  /** The server refuses the call: it makes no sense, or not now (400, 409 and the like). */
  | 'OPERATOR_REFUSED'
  /** An event stream has ended. */
  | 'OPERATOR_STREAM_ENDED'
  /** No answer in time. */
  | 'OPERATOR_TIMEOUT'
  /** The server wants to know who calls, or does not believe it (401). */
  | 'OPERATOR_UNAUTHENTICATED'
  /** No master leads, or it is not ready yet (503). */
  | 'OPERATOR_UNAVAILABLE'
  /** No connection to the server. */
  | 'OPERATOR_UNREACHABLE'
  /** The server knows the call and cannot do it yet (501). */
  | 'OPERATOR_UNSUPPORTED';

/** What else an {@link OperatorError} knows. */
export interface OperatorErrorDetails extends ErrorOptions {
  /** The status of the answer, if there was one. */
  readonly status?: number;
  /** What the server said, cut to 2,000 characters. */
  readonly answer?: string;
}

/** Every error of this package, but what a caller's signal was aborted with. `code` is stable; the message is for people. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly code: OperatorErrorCode;
  /** The status of the answer; undefined without one. */
  readonly status: number | undefined;
  /** What the server said; empty when it said nothing. */
  readonly answer: string;

  constructor(code: OperatorErrorCode, message: string, details: OperatorErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.answer = details.answer ?? '';
  }
}

const statusCodes: ReadonlyMap<number | undefined, OperatorErrorCode> = new Map([
  [401, 'OPERATOR_UNAUTHENTICATED'],
  [403, 'OPERATOR_FORBIDDEN'],
  [404, 'OPERATOR_NOT_FOUND'],
  [501, 'OPERATOR_UNSUPPORTED'],
  [503, 'OPERATOR_UNAVAILABLE'],
]);

const otherCodes: Readonly<Record<ApiErrorCode, OperatorErrorCode>> = {
  API_ADDRESS_INVALID: 'OPERATOR_OPTIONS_INVALID',
  API_ANSWER_INVALID: 'OPERATOR_ANSWER_INVALID',
  API_REDIRECTED: 'OPERATOR_REDIRECT_INVALID',
  API_REFUSED: 'OPERATOR_REFUSED',
  API_TIMED_OUT: 'OPERATOR_TIMEOUT',
  API_UNAVAILABLE: 'OPERATOR_FAILED',
  API_UNREACHABLE: 'OPERATOR_UNREACHABLE',
};

const answerLengthMax = 2_000;

/** The error of this package that tells one of the HTTP client. */
export function operatorError(error: ApiError): OperatorError {
  if (error.cause instanceof OperatorError) return error.cause;
  const { status } = error;
  if (error.code !== 'API_REFUSED' && error.code !== 'API_UNAVAILABLE') {
    return new OperatorError(otherCodes[error.code], error.message, { cause: error });
  }
  const answer = error.message.slice(0, answerLengthMax);
  const message = status === undefined ? answer : `The server answered ${status}: ${answer}`;
  const code = statusCodes.get(status) ?? otherCodes[error.code];
  return new OperatorError(code, message, { ...(status === undefined ? {} : { status }), answer, cause: error });
}

/** What a request without an answer is told as. */
export function unreachable(url: string, error: unknown): OperatorError {
  return new OperatorError('OPERATOR_UNREACHABLE', `Cannot reach ${new URL(url).origin}: ${reasonOf(error)}`, {
    cause: error,
  });
}

/** The code of what the operating system or Node.js had against a request, such as `ECONNREFUSED`; browsers tell none. */
export function systemCode(error: unknown): string | undefined {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

const untrusted = 'its certificate is of a CA that is not trusted here';
const withoutTls = 'it does not speak TLS';

/** What codes of the operating system, of Node.js and of OpenSSL mean. */
const reasons: ReadonlyMap<string | undefined, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ENOTFOUND', 'there is no host of that name'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', untrusted],
  ['SELF_SIGNED_CERT_IN_CHAIN', untrusted],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', untrusted],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', untrusted],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', withoutTls],
  ['ERR_SSL_WRONG_VERSION_NUMBER', withoutTls],
]);

/** What `fetch` throws says little; its cause says why. */
function reasonOf(error: unknown): string {
  const code = systemCode(error);
  const reason = reasons.get(code);
  if (reason !== undefined) return reason;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  return text === '' ? (code ?? 'unknown reason') : text;
}
