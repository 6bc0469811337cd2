import { deferred } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import {
  PendingOperations,
  listedFetcher,
  listedIsolator,
  listedLauncher,
} from '../../src/containerizer/pending-operations.ts';

test('what has begun is listed until it is over, well or badly, with how long it has been going on', async (t) => {
  const clock = new TestClock();
  const pending = new PendingOperations(clock);
  const first = deferred<number>();
  const second = deferred<number>();
  const done = pending.track('a', { containerId: 'c' }, () => first.promise);
  await clock.advance(1500);
  const failed = pending.track('b', {}, () => second.promise);
  t.deepEqual(pending.list(), [
    { operation: 'a', args: { containerId: 'c' }, secs: 1.5 },
    { operation: 'b', args: {}, secs: 0 },
  ]);
  first.resolve(7);
  t.is(await done, 7);
  second.reject(new Error('no'));
  await t.throwsAsync(failed, { message: 'no' });
  t.deepEqual(pending.list(), []);
});

test('the steps of isolators, launcher and fetcher are listed under their names', async (t) => {
  const pending = new PendingOperations(new TestClock());
  const gate = deferred<undefined>();
  const isolator = listedIsolator(
    {
      name: 'posix/cpu',
      prepare: () => gate.promise.then(() => undefined),
      isolate: () => gate.promise,
      update: () => gate.promise,
      usage: () => Promise.resolve({}),
      cleanup: () => gate.promise,
    },
    pending,
  );
  const exited = Promise.resolve(0);
  const launcher = listedLauncher(
    { launch: () => gate.promise.then(() => ({ pid: 1, exited })), destroy: () => gate.promise },
    pending,
  );
  const killed: string[] = [];
  const fetcher = listedFetcher(
    {
      fetch: () => gate.promise,
      kill: (containerId) => void killed.push(containerId),
      statistics: () => ({ task_fetches_failed: 0, task_fetches_succeeded: 3 }),
    },
    pending,
  );
  const work = [
    fetcher.fetch({ containerId: 'c', command: { uris: [] }, sandboxDirectory: '/s', user: undefined }),
    isolator.cleanup('c'),
    launcher.destroy('c'),
  ];
  t.deepEqual(
    pending.list().map(({ operation }) => operation),
    ['fetcher::fetch', 'posix/cpu::cleanup', 'launcher::destroy'],
  );
  gate.resolve(undefined);
  await Promise.all(work);
  t.deepEqual(pending.list(), []);
  fetcher.kill('c');
  t.deepEqual(killed, ['c']);
  t.is(fetcher.statistics().task_fetches_succeeded, 3);
  t.deepEqual(await isolator.usage('c'), {});
});
