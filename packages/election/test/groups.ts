import { deferred } from '@mesos-ts/libprocess';
import type { Group } from '../src/interfaces.ts';

/** Resolves when groups are as they should be: looked at now, and after each change of one of them. */
export async function until(groups: Group | readonly Group[], isSo: () => boolean): Promise<void> {
  const done = deferred<void>();
  const stops = [groups].flat().map((group) =>
    group.changed(() => {
      if (isSo()) done.resolve();
    }),
  );
  if (!isSo()) await done.promise;
  for (const stop of stops) stop();
}
