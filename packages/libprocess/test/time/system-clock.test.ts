import { createHook } from 'node:async_hooks';
import { spawnSync } from 'node:child_process';
import test from 'ava';
import { SystemClock } from '../../src/index.ts';

test('timers of the machine fire in the order of their deadlines, and none before its own', async (t) => {
  const clock = new SystemClock();
  const delays = [30, 0, 12.5, 3, 12.5, 1, -5, 20];
  const fired: { deadlineMs: number; atMs: number; index: number }[] = [];
  await Promise.all(
    delays.map(
      (delayMs, index) =>
        new Promise<void>((resolve) => {
          const timer = clock.timer(delayMs, () => {
            fired.push({ deadlineMs: timer.deadlineMs, atMs: clock.monotonic(), index });
            resolve();
          });
        }),
    ),
  );
  for (const { deadlineMs, atMs } of fired) t.true(atMs >= deadlineMs, `fired at ${atMs}, due at ${deadlineMs}`);
  const order = fired.map(({ index }) => index);
  const expected = fired.toSorted((a, b) => a.deadlineMs - b.deadlineMs || a.index - b.index);
  t.deepEqual(
    order,
    expected.map(({ index }) => index),
  );
});

test('a cancelled timer does not fire, cancelling tells whether it was in time, and a fired one cannot be cancelled', async (t) => {
  const clock = new SystemClock();
  const cancelled = clock.timer(1, () => t.fail());
  t.deepEqual([clock.cancel(cancelled), clock.cancel(cancelled)], [true, false]);
  await new Promise<void>((resolve) => {
    const last = clock.timer(5, () => {
      t.false(clock.cancel(last));
      resolve();
    });
  });
});

test('a delay longer than the machine can wait does not fire at once', async (t) => {
  const clock = new SystemClock();
  const far = [2 ** 31, Infinity].map((delayMs) => clock.timer(delayMs, () => t.fail()));
  await new Promise<void>((resolve) => {
    clock.timer(20, resolve);
  });
  t.deepEqual(
    far.map((timer) => clock.cancel(timer)),
    [true, true],
  );
});

test('ten thousand timers need few of the machine', (t) => {
  const clock = new SystemClock();
  let machine = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'Timeout') machine++;
    },
  }).enable();
  const timers = Array.from({ length: 10_000 }, (_, index) => clock.timer(60_000 + (index % 977), () => undefined));
  for (const timer of timers) clock.cancel(timer);
  hook.disable();
  t.true(machine <= 10, `${machine} timers of the machine`);
});

function run(program: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const index = new URL('../../src/index.js', import.meta.url).href;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program, index], {
    encoding: 'utf8',
    timeout: 30_000,
  });
}

test('a program lives as long as a timer is to keep it alive, or an actor or a caller waits for its time, and no longer', (t) => {
  const child = run(`
    const { Process, RateLimiter, Runtime, SystemClock, after } = await import(process.argv[1]);
    const clock = new SystemClock();
    const keepsAlive = { keepsAlive: true };
    clock.timer(Infinity, () => undefined, keepsAlive);
    clock.timer(3_600_000, () => undefined);
    const hours = Array.from({ length: 3 }, (_, index) => clock.timer(3_600_000 * (index + 1), () => undefined, keepsAlive));
    await after(clock, 5);
    process.stdout.write('after ');
    for (const timer of hours) clock.cancel(timer);
    clock.timer(5, () => clock.cancel(clock.timer(3_600_000, () => undefined, keepsAlive)));
    class Waiting extends Process {
      initialize() {
        this.delay(20, () => {
          process.stdout.write('delay ');
          this.terminate();
        });
      }
    }
    const runtime = new Runtime();
    await runtime.wait(runtime.spawn(new Waiting()));
    class Silent extends Process {
      silent() {
        return new Promise(() => undefined);
      }
    }
    await runtime.dispatch(runtime.spawn(new Silent()), 'silent', [], { timeoutMs: 20 }).catch(({ code }) => process.stdout.write(code + ' '));
    await runtime.wait(runtime.spawn(new Silent()), 20);
    const limiter = new RateLimiter(clock, { permits: 1, perMs: 20 });
    for (let permit = 0; permit < 2; permit++) await limiter.acquire();
    await runtime.close();
    clock.cancel(clock.timer(5, () => undefined));
    clock.timer(50, () => process.stdout.write('end'), keepsAlive);
  `);
  t.is(child.stdout, 'after delay ASK_TIMEOUT end', child.stderr);
  t.is(child.status, 0);
});

test('a timer whose callback throws takes no other with it', (t) => {
  const child = run(`
    const { SystemClock } = await import(process.argv[1]);
    const clock = new SystemClock();
    process.on('uncaughtException', (error) => process.stdout.write(error.message + ' '));
    clock.timer(5, () => { throw new Error('thrown'); });
    clock.timer(5, () => process.stdout.write('same '));
    clock.timer(6, () => process.stdout.write('later '), { keepsAlive: true });
  `);
  t.is(child.stdout, 'thrown same later ', child.stderr);
  t.is(child.status, 0);
});
