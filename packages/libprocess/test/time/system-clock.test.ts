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

test('timers do not keep a program alive, and one whose callback throws takes no other with it', (t) => {
  const index = new URL('../../src/index.js', import.meta.url).href;
  const program = `
    import { createServer } from 'node:net';
    const { SystemClock } = await import(process.argv[1]);
    const clock = new SystemClock();
    // Only this keeps the program alive.
    const server = createServer().listen(0, '127.0.0.1');
    process.on('uncaughtException', (error) => process.stdout.write(error.message + ' '));
    clock.timer(3_600_000, () => process.stdout.write('never '));
    await new Promise((resolve) => {
      clock.timer(5, () => { throw new Error('thrown'); });
      clock.timer(5, () => { process.stdout.write('same '); });
      clock.timer(6, () => { process.stdout.write('later '); server.close(); resolve(); });
    });
    `;
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', program, index], { encoding: 'utf8' });
  t.is(child.stdout, 'thrown same later ', child.stderr);
  t.is(child.status, 0);
});

test('with keepsAlive a program goes on as long as a timer is set, and no longer', (t) => {
  const index = new URL('../../src/index.js', import.meta.url).href;
  const program = `
    const { SystemClock, after } = await import(process.argv[1]);
    const clock = new SystemClock({ keepsAlive: true });
    const hour = clock.timer(3_600_000, () => undefined);
    clock.cancel(hour);
    await after(clock, 20);
    process.stdout.write('waited ');
    // Cancelled before all others are over, and after.
    const again = clock.timer(3_600_000, () => undefined);
    clock.timer(20, () => {
      process.stdout.write('fired ');
      clock.cancel(again);
      clock.cancel(clock.timer(3_600_000, () => undefined));
    });
    `;
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', program, index], {
    encoding: 'utf8',
    timeout: 50_000,
  });
  t.is(child.stdout, 'waited fired ', child.stderr);
  t.is(child.status, 0);
});
