import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { MemoryNetwork, PID, Process, Runtime, deferred } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Watcher } from '../support/actors.ts';
import { start } from '../support/virtual-time.ts';
import type { HandlerResult, ProcessError } from '../../src/index.ts';

const never = new Promise<void>(() => undefined);

class Plain extends Process {
  readonly lines: string[] = [];
  note(line: string): void {
    this.lines.push(line);
  }
  bear(child: Process): PID {
    return this.runtime.spawn(child);
  }
}

/** Has resources that it does not give back by itself. */
class Owner extends Plain {
  protected override finalize(): void {
    this.lines.push('finalize');
  }
  [Symbol.asyncDispose](): Promise<void> {
    this.lines.push('dispose');
    return Promise.resolve();
  }
}

test('a managed actor is disposed of by the runtime after its end, one that is not is left to its owner', async (t) => {
  const { clock, runtime } = start();
  const [managed, own] = [new Owner('managed'), new Owner('own')];
  const pids = [runtime.spawn(managed, { managed: true }), runtime.spawn(own)];
  await clock.settle();
  t.deepEqual(managed.lines, []);
  for (const pid of pids) runtime.terminate(pid);
  await clock.settle();
  t.deepEqual([managed.lines, own.lines], [['finalize', 'dispose'], ['finalize']]);
  t.is(clock.timers, 0);
  // Its name is free for one that is not managed.
  const next = new Owner('managed');
  runtime.terminate(runtime.spawn(next));
  await clock.settle();
  t.deepEqual(next.lines, ['finalize']);
});

test('a managed actor may be disposed of at once, and has nothing to dispose of at all', async (t) => {
  const { clock, runtime } = start();
  class Simple extends Plain {
    [Symbol.dispose](): void {
      this.lines.push('dispose');
    }
  }
  const [simple, plain] = [new Simple(), new Plain()];
  for (const actor of [simple, plain]) runtime.terminate(runtime.spawn(actor, { managed: true }));
  await clock.settle();
  t.deepEqual([simple.lines, plain.lines], [['dispose'], []]);
});

test('disposing that fails or never ends is counted, and does not keep the runtime from closing', async (t) => {
  const { clock, runtime } = start({ limits: { endTimeoutMs: 1_000 } });
  class Faulty extends Plain {
    [Symbol.dispose](): void {
      throw new Error('no');
    }
  }
  class Stuck extends Plain {
    [Symbol.asyncDispose](): Promise<void> {
      return never;
    }
  }
  for (const actor of [new Faulty(), new Stuck()]) runtime.spawn(actor, { managed: true });
  const closed = runtime.close();
  await clock.advance(1_000);
  await closed;
  t.is(runtime.metrics.counter('libprocess/disposals_failed').value, 2);
  t.is(clock.timers, 0);
});

test('nothing of an actor that has ended stays in memory, managed or not, while others know its PID and were linked to it', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { clock, runtime } = start();
  const watcher = new Watcher();
  const watching = runtime.spawn(watcher);
  const refs: WeakRef<Process>[] = [];
  const pids = [false, true].map((managed) => {
    const actor = new Plain();
    refs.push(new WeakRef(actor));
    return runtime.spawn(actor, { managed });
  });
  runtime.tell(watching, 'watch', ...pids);
  for (const pid of pids) runtime.tell(pid, 'note', 'x');
  await clock.settle();
  for (const pid of pids) runtime.terminate(pid);
  await clock.settle();
  // What was in use in the turn before may still be held.
  for (let turn = 0; turn < 20 && refs.some((ref) => ref.deref() !== undefined); turn++) {
    await clock.settle();
    collect();
  }
  t.deepEqual(
    refs.map((ref) => ref.deref()),
    [undefined, undefined],
  );
  t.is(watcher.gone.items.length, 2);
});

test('names are made that nobody has, and none is made twice', async (t) => {
  const { clock, runtime } = start();
  t.is(runtime.spawn(new Plain()).id, 'Plain(1)');
  runtime.spawn(new Plain('Plain(2)'));
  t.is(runtime.spawn(new Plain()).id, 'Plain(3)');
  runtime.terminate(new PID('Plain(3)', runtime.address));
  await clock.settle();
  t.is(runtime.spawn(new Plain()).id, 'Plain(4)');
  t.deepEqual(
    ['worker', 'worker', ''].map((prefix) => runtime.generateId(prefix)),
    ['worker(1)', 'worker(2)', '(1)'],
  );
  t.is(t.throws<ProcessError>(() => runtime.spawn(new Plain('Plain(1)'))).code, 'PROCESS_ID_IN_USE');
});

test('terminating an actor that has ended, or never was, is harmless', async (t) => {
  const { clock, runtime } = start();
  const actor = new Owner('a');
  const pid = runtime.spawn(actor);
  for (let round = 0; round < 3; round++) {
    runtime.terminate(pid);
    runtime.terminate(pid, { inject: false });
    await clock.settle();
  }
  runtime.terminate(new PID('never', runtime.address));
  runtime.terminate(new PID('elsewhere', '10.1.1.1:1'));
  t.deepEqual(actor.lines, ['finalize']);
  t.true(await runtime.wait(pid));
});

test('an actor may spawn others in initialize, in handlers and in finalize', async (t) => {
  const { clock, runtime } = start();
  class Parent extends Plain {
    protected override initialize(): void {
      this.bear(new Plain('first'));
    }
    protected override finalize(): void {
      this.bear(new Plain('last'));
    }
  }
  const pid = runtime.spawn(new Parent());
  t.is((await runtime.dispatch(pid, 'bear', [new Plain('second')])).id, 'second');
  runtime.terminate(pid);
  await clock.settle();
  for (const id of ['first', 'second', 'last']) {
    t.is(await runtime.dispatch(new PID<Plain>(id, runtime.address), 'note', ['alive']), undefined);
  }
});

test('an actor that is terminated while it initialises ends when it has, without any event', async (t) => {
  const { clock, runtime } = start();
  const gate = deferred<void>();
  class Slow extends Owner {
    protected override async initialize(): Promise<void> {
      await gate.promise;
      this.lines.push('initialized');
    }
  }
  const slow = new Slow('slow');
  const pid = runtime.spawn(slow);
  runtime.tell(pid, 'note', 'never');
  await clock.settle();
  runtime.terminate(pid);
  await clock.settle();
  t.true(runtime.has('slow'));
  gate.resolve();
  await clock.settle();
  t.deepEqual(slow.lines, ['initialized', 'finalize']);
  t.is(clock.timers, 0);
});

test('initialize hears by the lifetime of its actor that it is to end', async (t) => {
  const { clock, runtime } = start();
  class Slow extends Owner {
    protected override initialize(): Promise<void> {
      const { lifetime } = this;
      return new Promise((resolve) => {
        lifetime.addEventListener('abort', () => {
          resolve();
        });
      });
    }
  }
  const slow = new Slow('slow');
  const pid = runtime.spawn(slow);
  await clock.settle();
  runtime.terminate(pid);
  t.true(await runtime.wait(pid));
  t.deepEqual(slow.lines, ['finalize']);
});

for (const hook of ['initialize', 'finalize'] as const) {
  class Stuck extends Plain {
    protected override initialize(): HandlerResult {
      return hook === 'initialize' ? never : undefined;
    }
    protected override finalize(): HandlerResult {
      return hook === 'finalize' ? never : undefined;
    }
  }

  test(`an actor whose ${hook} never ends is ended after the bound, and those who wait or are linked hear of it`, async (t) => {
    const { clock, runtime } = start({ limits: { endTimeoutMs: 1_000 } });
    const pid = runtime.spawn(new Stuck('stuck'));
    const watcher = new Watcher();
    runtime.tell(runtime.spawn(watcher), 'watch', pid);
    await clock.settle();
    const initialized = runtime.whenInitialized(pid);
    runtime.terminate(pid);
    const ended = runtime.wait(pid);
    await clock.advance(999);
    t.true(runtime.has('stuck'));
    t.deepEqual(watcher.gone.items, []);
    await clock.advance(1);
    t.true(await ended);
    t.deepEqual(watcher.gone.items, [pid.toString()]);
    t.is(await initialized, hook === 'finalize');
    t.is(runtime.metrics.counter('libprocess/ends_forced').value, 1);
    t.is(clock.timers, 0);
  });

  test(`an actor that is terminated before it has begun is ended after the bound, too, when its ${hook} never ends`, async (t) => {
    const { clock, runtime } = start({ limits: { endTimeoutMs: 1_000 } });
    const pid = runtime.spawn(new Stuck('stuck'));
    runtime.terminate(pid);
    await clock.advance(1_000);
    t.false(runtime.has('stuck'));
    t.is(clock.timers, 0);
  });

  test(`a runtime with any number of actors whose ${hook} never ends closes after twice the bound at most`, async (t) => {
    const network = new MemoryNetwork();
    const clock = new TestClock();
    const runtime = await new Runtime({
      clock,
      transport: network.transport(),
      limits: { endTimeoutMs: 1_000 },
    }).start();
    for (let index = 0; index < 10; index++) runtime.spawn(new Stuck());
    await clock.settle();
    let isClosed = false;
    const closed = runtime.close().then(() => {
      isClosed = true;
    });
    await clock.advance(1_999);
    t.false(isClosed);
    await clock.advance(1);
    await closed;
    t.is(runtime.metrics.counter('libprocess/ends_forced').value, 10);
    t.is(clock.timers, 0);
  });
}

test('an actor may spawn, end and await another in a handler', async (t) => {
  await using runtime = new Runtime();
  class Parent extends Plain {
    async donate(): Promise<boolean> {
      const pid = this.runtime.spawn(new Plain());
      this.runtime.terminate(pid);
      return this.runtime.wait(pid);
    }
  }
  t.true(await runtime.dispatch(runtime.spawn(new Parent()), 'donate'));
});

test('an actor is dispatched to by the type of its base class, and its overrides are called', async (t) => {
  await using runtime = new Runtime();
  abstract class Base extends Process {
    abstract name(): string;
    greet(): string {
      return `I am ${this.name()}`;
    }
  }
  class Derived extends Base {
    name(): string {
      return 'derived';
    }
  }
  const derived = runtime.spawn(new Derived());
  const base: PID<Base> = derived;
  t.deepEqual(
    [
      await runtime.dispatch(base, 'greet'),
      await runtime.dispatch(base, 'name'),
      await runtime.dispatch(derived, 'name'),
    ],
    ['I am derived', 'derived', 'derived'],
  );
});

test('settle resolves when the runtime has come to rest: no event waits, nothing is sent, no tracked operation is pending', async (t) => {
  const runtime = new Runtime();
  await runtime.settle();
  const actor = new Plain();
  const pid = runtime.spawn(actor);
  const operation = deferred<void>();
  const tracked = runtime.track(operation.promise).then(() => {
    runtime.tell(pid, 'note', 'tracked');
  });
  for (let index = 0; index < 10_000; index++) runtime.tell(pid, 'note', 'told');
  let isSettled = false;
  const settled = runtime.settle().then(() => {
    isSettled = true;
  });
  // A far longer chain of turns than the calls take.
  for (let turn = 0; turn < 50; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  t.false(isSettled);
  t.is(actor.lines.length, 10_000);
  operation.resolve();
  await settled;
  t.is(actor.lines.at(-1), 'tracked');
  await tracked;
  await runtime.close();
});

test('settle waits for what events cause, through actors that end and spawn others', async (t) => {
  const runtime = new Runtime();
  class Chain extends Plain {
    next(left: number): void {
      if (left === 0) return;
      const pid = this.runtime.spawn(new Chain());
      this.runtime.tell(pid, 'next', left - 1);
      this.terminate();
    }
  }
  runtime.tell(runtime.spawn(new Chain()), 'next', 5_000);
  await runtime.settle();
  t.is(runtime.metrics.snapshot()['libprocess/actors'], 1);
  t.true(runtime.has('Chain(5001)'));
  await runtime.close();
});
