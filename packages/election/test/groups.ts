import { FileDisk, SystemClock, after, deferred } from '@mesos-ts/libprocess';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { FaultyProxy } from '../src/testing/proxy.ts';
import type { ExecutionContext } from 'ava';
import type { Group } from '../src/interfaces.ts';
import type { TestServer } from '../src/testing/server.ts';

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

/**
 * Wipes a service whose last leader is cut off from it, while nobody else is there, and has somebody come back who knows of it by a disk.
 * @param changes How often the standby joins and leaves before: the service counts changes.
 * @param groupAt Members of one group, which keep what they know on a disk, if there is one.
 */
export async function wipedWhileAway(
  t: ExecutionContext,
  own: TestServer,
  changes: number,
  groupAt: (port: number, disk?: FileDisk) => Group & { readonly log: readonly string[] },
): Promise<void> {
  await using proxy = await FaultyProxy.start(() => own.port);
  await using folder = await temporaryFolder();
  const disk = new FileDisk(folder.path);
  await using leader = groupAt(proxy.port);
  const held = await leader.join('leader');
  const standby = groupAt(own.port, disk);
  for (let round = 0; round < changes; round++) await (await standby.join('standby')).withdraw();
  await standby.join('standby');
  await until(standby, () => standby.members()?.length === 2);
  await standby.close();
  proxy.pass('neither');
  await own.kill();
  await own.forget();
  await own.start();
  await using anew = groupAt(own.port, disk);
  const again = await anew.join('standby again');
  await until(anew, () => anew.members()?.[0]?.name === again.name);
  t.false(held.isHeld());
  t.true(again.isHeld());
  t.true(anew.log.some((line) => /^E .* has forgotten what it knew/.test(line)));
  // Once it is known, nobody waits again.
  await anew.close();
  await using later = groupAt(own.port, disk);
  await later.join('later');
  await until(later, () => later.members()?.length === 1);
  t.false(later.log.some((line) => line.includes('has forgotten')));
  await disk.close();
}
