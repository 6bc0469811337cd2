import type { Clock, Timer } from '../time/clock.ts';

/**
 * Resolves to true when something has happened, to false when the time is over first.
 * @param listen Has somebody called back when it happens, and answers how to take that back.
 */
export function within(
  clock: Clock,
  timeoutMs: number | undefined,
  listen: (happened: () => void) => () => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    let timer: Timer | undefined;
    const leave = listen(() => {
      if (timer !== undefined) clock.cancel(timer);
      resolve(true);
    });
    const late = (): void => {
      leave();
      resolve(false);
    };
    if (timeoutMs !== undefined) timer = clock.timer(timeoutMs, late, { keepsAlive: true });
  });
}
