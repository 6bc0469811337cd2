import test from 'ava';
import { Process, Runtime, after, deferred } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { outcome } from '../support/promises.ts';

class Worker extends Process {
  readonly gate = deferred<void>();
  aborted: boolean[] = [];
  get life(): AbortSignal {
    return this.lifetime;
  }
  work(): Promise<void> {
    return after(this.runtime.clock, 60_000, { signal: this.lifetime });
  }
  protected override finalize(): Promise<void> {
    this.aborted.push(this.lifetime.aborted);
    return this.gate.promise;
  }
}

test('the lifetime of an actor aborts when it ends, before finalize, and what waits on it ends at once', async (t) => {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const worker = new Worker();
  const pid = runtime.spawn(worker);
  const { life: signal } = worker;
  const works = Array.from({ length: 50 }, () => outcome(worker.work()));
  await clock.settle();
  t.deepEqual([signal.aborted, clock.timers], [false, 50]);
  runtime.terminate(pid);
  await clock.settle();
  // The timer that is left bounds finalize.
  t.deepEqual([signal.aborted, worker.aborted, clock.timers], [true, [true], 1]);
  t.true(works.every(({ state }) => state === 'rejected'));
  t.like(signal.reason, { code: 'PROCESS_TERMINATED' });
  worker.gate.resolve();
  await runtime.wait(pid);
});

test('the lifetime of an actor that has ended has been aborted, and that of one that was not spawned is not to be had', async (t) => {
  await using runtime = new Runtime({ clock: new TestClock() });
  const worker = new Worker();
  t.throws(() => worker.life, { code: 'PROCESS_NOT_SPAWNED' });
  const pid = runtime.spawn(worker);
  worker.gate.resolve();
  runtime.terminate(pid);
  await runtime.wait(pid);
  t.true(worker.life.aborted);
  await t.throwsAsync(worker.work(), { code: 'PROCESS_TERMINATED' });
});

test('whether an actor has been initialised can be waited for: true when it has, false when it fails, ends first or is not there', async (t) => {
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  const gate = deferred<void>();
  class Slow extends Process {
    protected override initialize(): Promise<void> {
      return gate.promise;
    }
  }
  class Failing extends Process {
    protected override initialize(): void {
      throw new Error('not today');
    }
  }
  const slowPid = runtime.spawn(new Slow());
  const slow = outcome(runtime.whenInitialized(slowPid));
  const failing = outcome(runtime.whenInitialized(runtime.spawn(new Failing())));
  await clock.settle();
  t.deepEqual([slow.state, failing.value], ['pending', false]);
  gate.resolve();
  await clock.settle();
  t.is(slow.value, true);
  runtime.terminate(slowPid);
  await clock.settle();
  t.false(await runtime.whenInitialized(slowPid));
});
