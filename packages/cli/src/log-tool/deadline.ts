import { CliError } from '../errors.ts';
import { pause } from '../pause.ts';

/** The result of some work, if it comes in time. Without a time it is waited for. */
export async function within<T>(timeoutMs: number | undefined, what: string, work: Promise<T>): Promise<T> {
  if (timeoutMs === undefined) return work;
  const over = new AbortController();
  // Whoever has been told that it is too late does not want to hear more.
  work.catch(() => undefined);
  try {
    const late = pause(timeoutMs, over.signal).then((): never => {
      throw new CliError('CLI_TIMED_OUT', `Timed out while ${what}`);
    });
    late.catch(() => undefined);
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
