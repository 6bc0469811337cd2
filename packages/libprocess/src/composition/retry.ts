import { Backoff } from './backoff.ts';
import { ProcessError, errorText } from '../errors.ts';
import { after, timeLimit } from '../time/after.ts';
import type { BackoffOptions } from './backoff.ts';
import type { Clock } from '../time/clock.ts';
import type { Random } from '../random/random.ts';
import type { WaitOptions } from './waiters.ts';

/** Options of `retry`. */
export interface RetryOptions extends WaitOptions {
  /** How many times it is tried at most. @default 5 */
  readonly attemptsMax?: number;
  /** After which time it is given up, in milliseconds. @default never */
  readonly timeoutMs?: number;
  /** The delays between two attempts. */
  readonly backoff?: BackoffOptions;
  /** Whether an error may be gone at the next attempt. @default always */
  readonly retryIf?: (error: unknown) => boolean;
  /** Hears of every attempt that failed and is followed by another. */
  readonly onRetry?: (error: unknown, attempt: number, delayMs: number) => void;
}

/** What an attempt is told. */
export interface Attempt {
  /** 1 for the first one. */
  readonly number: number;
  /** Aborts when it is not wanted any more: the caller has aborted, or the time is over. */
  readonly signal: AbortSignal;
}

/**
 * Tries something until it succeeds, with growing, jittered delays on a clock. Rejects with the error of the last attempt, with the
 * signal's reason, or with `TIMED_OUT` (its cause is the last error). While an attempt that does not heed its signal is under way, `retry`
 * waits for it.
 * @param runtime Whose time and chance it uses: an actor gives its `this.runtime`.
 */
export async function retry<T>(
  runtime: { readonly clock: Clock; readonly random: Pick<Random, 'next'> },
  work: (attempt: Attempt) => T | PromiseLike<T>,
  options: RetryOptions = {},
): Promise<T> {
  const { attemptsMax = 5, timeoutMs = Infinity, retryIf = () => true, onRetry, signal: caller } = options;
  caller?.throwIfAborted();
  const backoff = new Backoff(runtime.random, options.backoff);
  using limit = timeLimit(runtime.clock, timeoutMs, caller);
  const { signal } = limit;
  for (let number = 1; ; number++) {
    let failure: unknown;
    try {
      return await work({ number, signal });
    } catch (error) {
      failure = error;
    }
    try {
      signal.throwIfAborted();
      if (number >= attemptsMax || !retryIf(failure)) throw failure;
      const delayMs = backoff.next();
      onRetry?.(failure, number, delayMs);
      await after(runtime.clock, delayMs, { signal });
    } catch (error) {
      if (!signal.aborted || caller?.aborted === true) throw error;
      const text = `Given up after ${number} attempts in ${timeoutMs} ms: ${errorText(failure)}`;
      throw new ProcessError('TIMED_OUT', text, { cause: failure });
    }
  }
}
