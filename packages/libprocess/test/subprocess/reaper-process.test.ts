import test from 'ava';
import { Runtime } from '../../src/index.ts';
import { readProcess, reap, reapIntervalMs, subprocess } from '../../src/subprocess/index.ts';
import { TestClock, eventually } from '../../src/testing/index.ts';
import { firstNumbers, hasProc, isAlive } from './support.ts';
import type { SubprocessOptions } from '../../src/subprocess/index.ts';

const linuxTest = hasProc ? test : test.skip;
const quiet: SubprocessOptions = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };

test('up to 50 processes are looked at every 100 ms, 500 and more every second, and others in between', (t) => {
  t.deepEqual([0, 50, 275, 500, 100_000].map(reapIntervalMs), [100, 100, 550, 1000, 1000]);
});

linuxTest('the end of a process that is no child is noticed at the next look, by all who wait for it', async (t) => {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const child = await subprocess(runtime, 'sleep 1000 >/dev/null & echo $!', { ...quiet, stdout: 'pipe' });
  const [orphan = 0] = await firstNumbers(child.stdout);
  await child.status;
  let count = 0;
  for (let waiting = 0; waiting < 2; waiting++) {
    void reap(runtime, orphan).then((status) => {
      t.is(status, undefined, 'its status is not ours to know');
      count++;
    });
  }
  await clock.advance(1000);
  t.is(count, 0);
  process.kill(orphan, 'SIGKILL');
  await eventually(() => !isAlive(orphan), 'it has ended');
  await clock.advance(99);
  await clock.advance(1);
  t.is(count, 2);
  t.is(clock.timers, 0, 'nobody is looked at any more');
  await runtime.close();
});

test('the end of a child is told with its status, without a look', async (t) => {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const child = await subprocess(runtime, ['sleep', '1000'], quiet);
  const status = reap(runtime, child.pid);
  await clock.settle();
  child.kill('SIGKILL');
  t.deepEqual(await status, { code: null, signal: 'SIGKILL' });
  t.is(clock.timers, 0);
  t.is(await reap(runtime, child.pid), undefined, 'it was reaped before');
  await runtime.close();
});

linuxTest('a process that is not there, or another one that has its pid now, has ended', async (t) => {
  const runtime = new Runtime();
  const own = readProcess(process.pid);
  t.is(await reap(runtime, 2 ** 22 + 1), undefined);
  t.is(await reap(runtime, process.pid, (own?.startTicks ?? 0) - 1), undefined);
  await runtime.close();
});

linuxTest('a zombie that nobody asks for has ended', async (t) => {
  const runtime = new Runtime();
  // It ends when its parent has become a program that never asks how its children have ended.
  const command = `sh -c 'until [ "$(cat /proc/$PPID/comm)" = sleep ]; do :; done' & echo $!; exec sleep 1000`;
  const child = await subprocess(runtime, command, { ...quiet, stdout: 'pipe' });
  const [zombie = 0] = await firstNumbers(child.stdout);
  await eventually(() => !isAlive(zombie), 'it is a zombie');
  t.is(readProcess(zombie)?.isZombie, true);
  t.is(await reap(runtime, zombie), undefined);
  child.kill('SIGKILL');
  await child.status;
  await runtime.close();
});

test('when the runtime has closed nobody waits for the end of a process: that is refused', async (t) => {
  const runtime = new Runtime();
  await runtime.close();
  await t.throwsAsync(reap(runtime, process.pid), { code: 'RUNTIME_CLOSED' });
});
