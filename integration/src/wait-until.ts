import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

const TIMEOUT_MS = 60_000;
const PAUSE_MS = 100;

/**
 * Reads something again and again until it is as it should be.
 *
 * @returns what was read last.
 * @throws when it is not so within `timeoutMs`, with what was read last.
 */
export async function waitUntil<T>(
  what: string,
  read: () => Promise<T>,
  isSo: (value: T) => boolean,
  timeoutMs = TIMEOUT_MS,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isSo(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(`Not so within ${timeoutMs} ms: ${what}. At last it was ${inspect(value, { depth: 6 })}`);
    }
    await pause(PAUSE_MS);
  }
}
