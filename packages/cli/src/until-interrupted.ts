import type { Io } from './io.ts';

/**
 * Does what may go on for ever until it is done, or Ctrl-C or SIGTERM comes (which output that nobody reads counts as): each of them is
 * an end without a fuss. It is told by the signal. Whoever interrupts it a second time need not wait for its end.
 */
export async function untilInterrupted(io: Io, run: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const release = (): void => {
    for (const each of releases) each();
  };
  const end = (): void => {
    release();
    interrupt.abort();
  };
  const releases = [io.onSignal('SIGINT', end), io.onSignal('SIGTERM', end)];
  try {
    await run(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    release();
  }
  return 0;
}
