import { ProcessError } from '../errors.ts';
import type { Clock } from './clock.ts';

/** Options of `after`. */
export interface AfterOptions {
  /** Aborting it stops the timer and rejects the promise with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Resolves after a delay on a clock; on the machine's, this OS process lives until then. An actor that must not go on after its end rather uses its `delay`, or gives a signal.
 */
export function after(clock: Clock, delayMs: number, { signal }: AfterOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const abort = (): void => {
      clock.cancel(timer);
      reject(signal?.reason);
    };
    const elapsed = (): void => {
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    const timer = clock.timer(delayMs, elapsed, { keepsAlive: true });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** A signal that aborts by itself. */
export interface TimeLimit extends Disposable {
  /** Aborts with `TIMED_OUT` when the time is over, and with the reason of the parent when that aborts. */
  readonly signal: AbortSignal;
  /** Stops the timer; the signal then aborts no more. */
  cancel(): void;
}

/**
 * A signal that aborts after a delay on a clock, as `AbortSignal.timeout` does on the machine's; for whatever takes a signal. To be
 * cancelled, or left by `using`, when what it limits is over, so that its timer does not stay.
 * @param parent Aborts it too.
 */
export function timeLimit(clock: Clock, delayMs: number, parent?: AbortSignal): TimeLimit {
  const controller = new AbortController();
  const abort = (): void => {
    clock.cancel(timer);
    controller.abort(parent?.reason);
  };
  const late = (): void => {
    parent?.removeEventListener('abort', abort);
    controller.abort(new ProcessError('TIMED_OUT', `It took longer than ${delayMs} ms`));
  };
  const timer = clock.timer(delayMs, late, { keepsAlive: true });
  const cancel = (): void => {
    clock.cancel(timer);
    parent?.removeEventListener('abort', abort);
  };
  if (parent?.aborted === true) abort();
  else parent?.addEventListener('abort', abort, { once: true });
  return { signal: controller.signal, cancel, [Symbol.dispose]: cancel };
}
