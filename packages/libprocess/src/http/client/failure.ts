import { errors } from 'undici';
import { ProcessError, errorText } from '../../errors.ts';

/** Why something has really failed: what it was broken off with, or what the network said. */
export function reasonOf(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof ProcessError) return error;
  const isTimeout =
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError;
  if (isTimeout) return new ProcessError('TIMED_OUT', error.message, { cause: error });
  return requestFailed(errorText(error), error);
}

/** That a request has no answer, and why. */
export function requestFailed(reason: string, cause?: unknown): ProcessError {
  return new ProcessError('HTTP_REQUEST_FAILED', `The request cannot be completed: ${reason}`, { cause });
}
