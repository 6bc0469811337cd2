import { TestClock } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { PROCESS_LIST_AGE_MAX_MS } from '../../src/constants.ts';
import { createIsolators, isolatorNames } from '../../src/containerizer/posix-isolators.ts';

/** Lets this process use the processor for so long, which the system counts in hundredths of a second. */
function work(ms: number): void {
  const before = process.cpuUsage();
  const usedMs = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  while (usedMs() < ms);
}

test('the processes of this machine are listed once for all containers that are asked about together', async (t) => {
  const clock = new TestClock();
  const [cpu] = createIsolators(['posix/cpu'], clock);
  const usedSecs = async (): Promise<number> => {
    const usage = await cpu?.usage('container');
    return (usage?.cpus_user_time_secs ?? 0) + (usage?.cpus_system_time_secs ?? 0);
  };
  t.is(await usedSecs(), 0, 'nothing is known of it yet');
  await cpu?.isolate('container', process.pid);
  const before = await usedSecs();
  t.true(before > 0);
  work(50);
  t.is(await usedSecs(), before, 'nobody has looked again');
  await clock.advance(PROCESS_LIST_AGE_MAX_MS);
  t.true((await usedSecs()) > before);
});

test('names that are none of an isolator make none', (t) => {
  t.deepEqual(
    createIsolators(['posix/mem', 'cgroups/cpu'], new TestClock()).map(({ name }) => name),
    ['posix/mem'],
  );
  t.deepEqual(isolatorNames, ['posix/cpu', 'posix/mem']);
});
