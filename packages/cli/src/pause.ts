import { setTimeout } from 'node:timers/promises';

/** Waits so many milliseconds, or until the signal is aborted. Unlike a runtime's timers it keeps the program from ending. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(delayMs, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
