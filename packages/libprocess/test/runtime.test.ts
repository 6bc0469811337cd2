import test from 'ava';
import { MemoryNetwork, Process, ProcessError, Runtime } from '../src/index.ts';
import { TestClock } from '../src/testing/index.ts';
import { codeOf } from './support/promises.ts';
import type { PID } from '../src/index.ts';

class Counter extends Process {
  count = 0;
  add(by: number): number {
    this.count += by;
    return this.count;
  }
  get(): number {
    return this.count;
  }
  fail(): void {
    throw new Error('no');
  }
}

class Watcher extends Process {
  readonly gone: string[] = [];
  watch(pid: PID): void {
    this.link(pid);
  }
  unwatch(pid: PID): void {
    this.unlink(pid);
  }
  protected override exited(pid: PID): void {
    this.gone.push(pid.toString());
  }
}

class Echo extends Process {
  readonly got: unknown[] = [];
  protected override initialize(): void {
    this.install('ping', (from, body) => {
      this.got.push(body);
      this.send(from, 'pong', body);
    });
    this.install('pong', (_from, body) => {
      this.got.push(body);
    });
  }
  ping(to: PID, body: unknown): void {
    this.send(to, 'ping', body);
  }
}

test('a dispatch answers with the method result, typed, in order', async (t) => {
  await using runtime = new Runtime();
  const pid = runtime.spawn(new Counter());
  const answers = await Promise.all([1, 2, 3].map((n) => runtime.dispatch(pid, 'add', [n])));
  t.deepEqual(answers, [1, 3, 6]);
  t.is(await runtime.dispatch(pid, 'get'), 6);
});

test('an exception in a dispatched method reaches the caller and leaves the actor alive', async (t) => {
  await using runtime = new Runtime();
  const pid = runtime.spawn(new Counter());
  await t.throwsAsync(runtime.dispatch(pid, 'fail'), { message: 'no' });
  t.is(await runtime.dispatch(pid, 'get'), 0);
});

test('a dispatch to an actor that has ended rejects with PROCESS_TERMINATED', async (t) => {
  await using runtime = new Runtime();
  const pid = runtime.spawn(new Counter());
  runtime.terminate(pid);
  t.true(await runtime.wait(pid));
  const error = await t.throwsAsync<ProcessError>(runtime.dispatch(pid, 'get'));
  t.is(error.code, 'PROCESS_TERMINATED');
});

test('a runtime is started once, before its first actor, and one that has a transport before it has actors', async (t) => {
  const network = new MemoryNetwork();
  const early = new Runtime({ transport: network.transport() });
  t.throws(() => early.spawn(new Counter()), { instanceOf: ProcessError, code: 'RUNTIME_STARTED' });
  await using runtime = await early.start();
  t.is(await codeOf(runtime.start()), 'RUNTIME_STARTED');
  await using local = new Runtime();
  local.spawn(new Counter());
  t.is(await codeOf(local.start()), 'RUNTIME_STARTED');
});

test('runtimes on one network exchange messages and hear of the end of a remote actor once', async (t) => {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  await using a = await new Runtime({ clock, transport: network.transport() }).start();
  await using b = await new Runtime({ clock, transport: network.transport() }).start();
  const echoA = new Echo('a');
  const echoB = new Echo('b');
  const pidA = a.spawn(echoA);
  const pidB = b.spawn(echoB);
  const watcher = new Watcher();
  const watching = a.spawn(watcher);
  a.tell(watching, 'watch', pidB);
  a.tell(pidA, 'ping', pidB, { n: 1 });
  b.tell(pidB, 'ping', pidA, { n: 2 });
  await clock.settle();
  t.deepEqual(echoA.got, [{ n: 2 }, { n: 1 }]);
  t.deepEqual(echoB.got, [{ n: 1 }, { n: 2 }]);
  b.terminate(pidB);
  await clock.settle();
  t.deepEqual(watcher.gone, [pidB.toString()]);
  await b.close();
  await clock.settle();
  t.deepEqual(watcher.gone, [pidB.toString()]);
});
