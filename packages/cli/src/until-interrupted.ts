import { pause } from './pause.ts';
import type { Io } from './io.ts';

/** How often to look whether stdout is still read, in milliseconds. */
const readersLookMs = 500;

/**
 * Does what may go on for ever until it is done, Ctrl-C or SIGTERM comes, or nobody reads stdout any more: each of them is an end without
 * a fuss. It is told by the signal. Whoever interrupts it a second time need not wait for its end.
 */
export async function untilInterrupted(io: Io, run: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const over = new AbortController();
  const end = (): void => {
    over.abort();
    interrupt.abort();
  };
  const releases = [io.onSignal('SIGINT', end), io.onSignal('SIGTERM', end)];
  over.signal.addEventListener('abort', () => {
    for (const release of releases) release();
  });
  try {
    // Before anything is written: a reader may be content with little.
    const readers = await io.readers();
    void untilGone(readers, over.signal, end);
    await run(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    over.abort();
  }
  return 0;
}

async function untilGone(
  readers: Awaited<ReturnType<Io['readers']>>,
  over: AbortSignal,
  end: () => void,
): Promise<void> {
  if (readers === undefined) return;
  while (!over.aborted) {
    await pause(readersLookMs, over);
    if (!over.aborted && (await readers.areGone())) end();
  }
}
