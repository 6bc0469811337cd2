import { getEventListeners, setMaxListeners } from 'node:events';
import test from 'ava';
import { Timeout, after, timeLimit } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';

test('after resolves when its time is over and not before', async (t) => {
  const clock = new TestClock();
  let isOver = false;
  const promise = after(clock, 86_400_000).then(() => {
    isOver = true;
  });
  await clock.advance(86_399_999);
  t.false(isOver);
  await clock.advance(1);
  t.true(isOver);
  await promise;
});

test('aborting after rejects it with the reason of the signal and stops its timer', async (t) => {
  const clock = new TestClock();
  const controller = new AbortController();
  const promise = after(clock, 1_000, { signal: controller.signal });
  t.is(clock.timers, 1);
  controller.abort(new Error('enough'));
  await t.throwsAsync(promise, { message: 'enough' });
  t.is(clock.timers, 0);
  await t.throwsAsync(after(clock, 1_000, { signal: controller.signal }), { message: 'enough' });
  t.is(clock.timers, 0);
});

test('a signal that outlives many waits keeps no listener of those that are over', async (t) => {
  const clock = new TestClock();
  const { signal } = new AbortController();
  // As many as this would give a warning.
  setMaxListeners(0, signal);
  const listeners = (): number => getEventListeners(signal, 'abort').length;
  const waits = Array.from({ length: 100 }, (_, index) => after(clock, index, { signal }));
  const limits = Array.from({ length: 100 }, (_, index) => timeLimit(clock, index, signal));
  for (const limit of limits.slice(50)) limit.cancel();
  t.is(listeners(), 150);
  await clock.advance(100);
  await Promise.all(waits);
  t.is(listeners(), 0);
});

test('a time limit aborts its signal with TIMED_OUT when the time is over, or as its parent does', async (t) => {
  const clock = new TestClock();
  const parent = new AbortController();
  const [over, ended, left] = [1, 2, 3].map(() => timeLimit(clock, 10, parent.signal));
  left?.cancel();
  await clock.advance(9);
  t.false(over?.signal.aborted);
  await clock.advance(1);
  t.like(over?.signal.reason, { code: 'TIMED_OUT' });
  t.like(ended?.signal.reason, { code: 'TIMED_OUT' });
  t.false(left?.signal.aborted);
  const byParent = timeLimit(clock, 10, parent.signal);
  parent.abort(new Error('gone'));
  t.like(byParent.signal.reason, { message: 'gone' });
  t.false(left?.signal.aborted);
  t.like(timeLimit(clock, 10, parent.signal).signal.reason, { message: 'gone' });
  t.is(clock.timers, 0);
});

test('a timeout tells what remains, is expired at its deadline, and an infinite one never', async (t) => {
  const clock = new TestClock();
  await clock.advance(5);
  const timeout = new Timeout(clock, 100);
  const never = new Timeout(clock, Infinity);
  t.is(timeout.deadlineMs, 105);
  await clock.advance(60);
  t.deepEqual([timeout.remainingMs, timeout.expired], [40, false]);
  await clock.advance(40);
  t.deepEqual([timeout.remainingMs, timeout.expired], [0, true]);
  await clock.advance(1);
  t.is(timeout.remainingMs, 0);
  t.deepEqual([never.remainingMs, never.expired], [Infinity, false]);
  t.true(new Timeout(clock, -1).expired);
});
