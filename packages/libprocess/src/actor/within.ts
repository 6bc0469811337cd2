import { onAbort } from './on-abort.ts';
import type { Clock } from '../time/clock.ts';

/** How long somebody waits. */
interface Patience {
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Resolves to true when something has happened, to false when the time is over or the signal aborts first.
 * @param listen Has somebody called back when it happens, and answers how to take that back.
 */
export function within(
  clock: Clock,
  { timeoutMs, signal }: Patience,
  listen: (happened: () => void) => () => void,
): Promise<boolean> {
  if (signal?.aborted === true) return Promise.resolve(false);
  return new Promise((resolve) => {
    const releases: (() => void)[] = [];
    const settle = (hasHappened: boolean): void => {
      for (const release of releases) release();
      resolve(hasHappened);
    };
    const leave = listen(() => {
      settle(true);
    });
    const giveUp = (): void => {
      leave();
      settle(false);
    };
    if (timeoutMs !== undefined) {
      const timer = clock.timer(timeoutMs, giveUp, { keepsAlive: true });
      releases.push(() => clock.cancel(timer));
    }
    if (signal !== undefined) releases.push(onAbort(signal, giveUp));
  });
}
