import { Runtime } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { TaskStatusUpdateManager } from '../../src/status-update-manager/status-update-manager.ts';
import { statusUpdate, uuidOf } from '../support/status-update.ts';

function start() {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const sent: string[] = [];
  const manager = runtime.spawn(
    new TaskStatusUpdateManager((update) => {
      sent.push(`${clock.monotonic() / 1000}s ${update.status.task_id.value} ${String(update.uuid?.at(-1))}`);
    }),
  );
  return { clock, runtime, sent, manager, [Symbol.asyncDispose]: () => runtime.close() };
}

test('an update is sent again with growing pauses until it is acknowledged, then the next one is sent at once', async (t) => {
  await using it = start();
  it.runtime.tell(it.manager, 'resume');
  it.runtime.tell(it.manager, 'update', statusUpdate(1));
  it.runtime.tell(it.manager, 'update', statusUpdate(2));
  await it.clock.advance(75_000);
  t.deepEqual(it.sent, ['0s task 1', '10s task 1', '30s task 1', '70s task 1']);
  it.runtime.tell(it.manager, 'acknowledge', 'framework', 'task', uuidOf(1));
  await it.clock.advance(10_000);
  t.deepEqual(it.sent.slice(4), ['75s task 2', '85s task 2']);
});

test('nothing is sent before the first master nor while there is none; then each task sends what waits', async (t) => {
  await using it = start();
  it.runtime.tell(it.manager, 'update', statusUpdate(1));
  it.runtime.tell(it.manager, 'update', statusUpdate(2, 'TASK_RUNNING', 'other'));
  await it.clock.advance(60_000);
  t.deepEqual(it.sent, []);
  it.runtime.tell(it.manager, 'resume');
  await it.clock.settle();
  t.deepEqual(it.sent, ['60s task 1', '60s other 2']);
  it.runtime.tell(it.manager, 'pause');
  await it.clock.advance(600_000);
  t.is(it.sent.length, 2);
  t.is(await it.runtime.dispatch(it.manager, 'pending'), 2);
});

test('a framework that is there again gets at once what waits for it, and each update has its pauses anew', async (t) => {
  await using it = start();
  it.runtime.tell(it.manager, 'resume');
  it.runtime.tell(it.manager, 'update', statusUpdate(1));
  it.runtime.tell(it.manager, 'update', statusUpdate(2));
  await it.clock.advance(35_000);
  t.deepEqual(it.sent.splice(0), ['0s task 1', '10s task 1', '30s task 1']);
  it.runtime.tell(it.manager, 'resend', 'another');
  await it.clock.settle();
  t.deepEqual(it.sent, []);
  it.runtime.tell(it.manager, 'resend', 'framework');
  await it.clock.advance(10_000);
  t.deepEqual(it.sent.splice(0), ['35s task 1', '45s task 1']);
  it.runtime.tell(it.manager, 'pause');
  it.runtime.tell(it.manager, 'resend', 'framework');
  await it.clock.advance(600_000);
  t.deepEqual(it.sent, []);
});

test('acknowledgements tell when a task needs no more, and when they are of nothing', async (t) => {
  await using it = start();
  it.runtime.tell(it.manager, 'resume');
  const acknowledge = (n: number) => it.runtime.dispatch(it.manager, 'acknowledge', ['framework', 'task', uuidOf(n)]);
  t.deepEqual(await acknowledge(1), { outcome: 'unknown', isTerminated: false });
  await it.runtime.dispatch(it.manager, 'update', [statusUpdate(1)]);
  await it.runtime.dispatch(it.manager, 'update', [statusUpdate(2, 'TASK_FAILED')]);
  t.deepEqual(await acknowledge(2), { outcome: 'unexpected', isTerminated: false });
  t.deepEqual(await acknowledge(1), { outcome: 'accepted', isTerminated: false });
  t.deepEqual(await acknowledge(2), { outcome: 'accepted', isTerminated: true });
  t.deepEqual(await acknowledge(2), { outcome: 'unknown', isTerminated: false });
  await it.clock.advance(3_600_000);
  t.is(it.sent.length, 2);
});

test('a framework that ends is forgotten with its timers', async (t) => {
  await using it = start();
  it.runtime.tell(it.manager, 'resume');
  it.runtime.tell(it.manager, 'update', statusUpdate(1));
  it.runtime.tell(it.manager, 'cleanup', 'framework');
  await it.clock.advance(3_600_000);
  t.is(it.sent.length, 1);
  t.is(it.clock.timers, 0);
});

test('an update that is sent as it comes tells the newest state; what is sent later may not', async (t) => {
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  const sent: [number | undefined, boolean][] = [];
  const manager = runtime.spawn(
    new TaskStatusUpdateManager((update, isNewest) => {
      sent.push([update.uuid?.at(-1), isNewest]);
    }),
  );
  runtime.tell(manager, 'resume');
  runtime.tell(manager, 'update', statusUpdate(1));
  runtime.tell(manager, 'update', statusUpdate(2));
  await clock.advance(10_000);
  runtime.tell(manager, 'acknowledge', 'framework', 'task', uuidOf(1));
  await clock.settle();
  t.deepEqual(sent, [
    [1, true],
    [1, false],
    [2, false],
  ]);
});
