import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

const defaultTimeoutMs = 120_000;
const pauseMs = 200;

/**
 * Reads something again and again until it is as it should be. What cannot be read is not so yet.
 *
 * @returns what was read last.
 * @throws when it is not so within `timeoutMs`, with what was read last, or why it could not be read.
 */
export async function waitUntil<T>(
  what: string,
  read: () => Promise<T>,
  isSo: (value: T) => boolean,
  timeoutMs = defaultTimeoutMs,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let last: string;
    let cause: unknown;
    try {
      const value = await read();
      if (isSo(value)) return value;
      last = `At last it was ${inspect(value, { depth: 6 })}`;
    } catch (error) {
      last = `At last it could not be read: ${String(error)}`;
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`Not so within ${timeoutMs} ms: ${what}. ${last}`, { cause });
    await pause(pauseMs);
  }
}
