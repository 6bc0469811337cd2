import { SystemClock, after, deferred } from '@mesos-ts/libprocess';
import type { Group } from '../src/interfaces.ts';

// Far more than it takes on a busy machine.
const patienceMs = 180_000;

/**
 * Resolves when groups are as they should be: looked at now, and after each change of one of them. Rejects after three minutes, with whom
 * each of them knows.
 */
export async function until(groups: Group | readonly Group[], isSo: () => boolean): Promise<void> {
  const all = [groups].flat();
  const done = deferred<void>();
  const abandoned = new AbortController();
  const stops = all.map((group) =>
    group.changed(() => {
      if (isSo()) done.resolve();
    }),
  );
  try {
    if (isSo()) return;
    await Promise.race([done.promise, tooLate(all, abandoned.signal)]);
  } finally {
    abandoned.abort();
    for (const stop of stops) stop();
  }
}

async function tooLate(groups: readonly Group[], signal: AbortSignal): Promise<void> {
  await after(new SystemClock(), patienceMs, { signal }).catch(() => undefined);
  if (signal.aborted) return;
  const known = groups.map(
    (group) =>
      group
        .members()
        ?.map(({ name }) => name)
        .join(', ') ?? 'not known',
  );
  throw new Error(`The groups are not as they should be after ${patienceMs} ms: ${known.join(' | ')}`);
}
