import { backoffMs as backoff } from '@mesos-ts/http-api';
import type { Clock } from '@mesos-ts/libprocess/browser';

const firstMs = 500;
const maxMs = 30_000;

/** How long to wait, in milliseconds, after so many failures in a row: half of a bound that grows to half a minute, and a random part. */
export function backoffMs(failures: number, random: number): number {
  const attempts = { attempts: failures, firstMs: firstMs / 2, maxMs: maxMs / 2 };
  return backoff({ ...attempts, random: 1 }) + backoff({ ...attempts, random });
}

/** Waits so many milliseconds, and rejects with the signal's reason when that is aborted before. */
export function wait(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clock.cancel(timer);
      reject(signal?.reason as Error);
    };
    const done = (): void => {
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    const timer = clock.timer(delayMs, done, { keepsAlive: true });
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
