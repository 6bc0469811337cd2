import { getEventListeners } from 'node:events';
import test from 'ava';
import { MemoryNetwork, PID, Process, ProcessError, Runtime, deferred } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Collector, Watcher } from '../support/actors.ts';
import { heapUsed } from '../support/heap.ts';
import { codeOf } from '../support/promises.ts';
import { start } from '../support/virtual-time.ts';
import type { HandlerResult, Timer } from '../../src/index.ts';

/** Writes down what happens to it, in order, and does as it is told. */
class Diary extends Process {
  readonly lines: unknown[] = [];
  note(line: unknown): void {
    this.lines.push(line);
  }
  run<R>(work: (self: this) => R): R {
    return work(this);
  }
  at(delayMs: number, work: () => HandlerResult): Timer {
    return this.delay(delayMs, work);
  }
  stop(timer: Timer): boolean {
    return this.cancel(timer);
  }
  deferred<A extends unknown[], R>(work: (...args: A) => R): (...args: A) => Promise<Awaited<R>> {
    return this.defer(work);
  }
  end(inject: boolean): void {
    this.terminate({ inject });
  }
  get hasEnded(): boolean {
    return this.terminated;
  }
  protected override initialize(): HandlerResult {
    this.lines.push('initialize');
  }
  protected override finalize(): HandlerResult {
    this.lines.push('finalize');
  }
}

function code(error: unknown): unknown {
  return error instanceof ProcessError ? error.code : error;
}

test('initialize runs before the first event and finalize after the last', async (t) => {
  const { clock, runtime } = start();
  const diary = new Diary();
  const pid = runtime.spawn(diary);
  t.deepEqual(diary.lines, []);
  runtime.tell(pid, 'note', 1);
  runtime.terminate(pid, { inject: false });
  runtime.tell(pid, 'note', 2);
  await clock.settle();
  t.deepEqual(diary.lines, ['initialize', 1, 'finalize']);
  t.is(runtime.metrics.counter('libprocess/dead_letters').value, 1);
});

test('terminate overtakes what is in the mailbox unless it is told to wait its turn', async (t) => {
  for (const inject of [true, false]) {
    const { clock, runtime } = start();
    const diary = new Diary();
    const pid = runtime.spawn(diary);
    await clock.settle();
    for (const line of [1, 2]) runtime.tell(pid, 'note', line);
    runtime.terminate(pid, { inject });
    await clock.settle();
    t.deepEqual(diary.lines, inject ? ['initialize', 'finalize'] : ['initialize', 1, 2, 'finalize']);
    runtime.terminate(pid);
  }
});

test('an actor may end itself, and finds so', async (t) => {
  const { clock, runtime } = start();
  const diary = new Diary();
  const pid = runtime.spawn(diary);
  runtime.tell(pid, 'end', true);
  runtime.tell(pid, 'note', 'after');
  await clock.settle();
  t.deepEqual(diary.lines, ['initialize', 'finalize']);
  t.true(diary.hasEnded);
});

test('a name is taken while its actor lives, and free when it has ended', async (t) => {
  const { clock, runtime } = start();
  const pid = runtime.spawn(new Diary('d'));
  t.is(code(t.throws(() => runtime.spawn(new Diary('d')))), 'PROCESS_ID_IN_USE');
  runtime.terminate(pid);
  t.true(runtime.has('d'));
  await clock.settle();
  t.false(runtime.has('d'));
  t.true(runtime.spawn(new Diary('d')).equals(pid));
});

test('an actor is spawned once, under a name that a PID can hold', (t) => {
  const { runtime } = start();
  const diary = new Diary();
  t.is(runtime.spawn(diary).id, 'Diary(1)');
  t.is(runtime.spawn(new Diary()).id, 'Diary(2)');
  t.is(runtime.spawn(new Diary('own'), { id: 'given' }).id, 'given');
  t.is(code(t.throws(() => runtime.spawn(diary))), 'PROCESS_ALREADY_SPAWNED');
  for (const id of ['', 'a b', 'a/b', 'a@b', 'x'.repeat(256)]) {
    t.is(code(t.throws(() => runtime.spawn(new Diary(id)))), 'PROCESS_ID_INVALID', id);
  }
  t.is(code(t.throws(() => new Diary().self)), 'PROCESS_NOT_SPAWNED');
});

test('wait answers true for an actor that is gone or goes, false when the time is over first, and leaves no timer', async (t) => {
  const { clock, runtime } = start();
  const pid = runtime.spawn(new Diary('d'));
  t.true(await runtime.wait(new PID('nobody', runtime.address)));
  const [early, late, always] = [runtime.wait(pid, 100), runtime.wait(pid, 300), runtime.wait(pid)];
  await clock.advance(200);
  t.false(await early);
  runtime.terminate(pid);
  await clock.settle();
  t.deepEqual([await late, await always], [true, true]);
  t.is(clock.timers, 0);
});

test('who gives up waiting for an end is answered false, at once where that was before', async (t) => {
  const { clock, runtime } = start();
  const pid = runtime.spawn(new Diary('d'));
  const patience = new AbortController();
  const waits = [runtime.wait(pid, 100, patience.signal), runtime.wait(pid, undefined, patience.signal)];
  t.is(getEventListeners(patience.signal, 'abort').length, 1, 'Node takes many for a leak');
  patience.abort();
  t.deepEqual(await Promise.all([...waits, runtime.wait(pid, 100, patience.signal)]), [false, false, false]);
  t.is(clock.timers, 0);
});

test('whoever has waited for an end long enough leaves nothing with the actor, however often', async (t) => {
  const { clock, runtime } = start();
  const pid = runtime.spawn(new Diary('d'));
  const look = async (times: number): Promise<void> => {
    const waits = Array.from({ length: times }, () => runtime.wait(pid, 1));
    await clock.advance(1);
    await Promise.all(waits);
  };
  await look(1_000);
  const before = heapUsed();
  await look(100_000);
  const grown = heapUsed() - before;
  t.true(grown < 5_000_000, `${grown} bytes for 100,000 waits`);
});

test('events wait while the promise of initialize is pending, and finalize is waited for', async (t) => {
  const { clock, runtime } = start();
  const [begun, ended] = [deferred<void>(), deferred<void>()];
  class Slow extends Diary {
    protected override async initialize(): Promise<void> {
      await begun.promise;
      this.lines.push('initialized');
    }
    protected override async finalize(): Promise<void> {
      await ended.promise;
      this.lines.push('finalized');
    }
  }
  const slow = new Slow('slow');
  const pid = runtime.spawn(slow);
  runtime.tell(pid, 'note', 1);
  await clock.settle();
  t.deepEqual(slow.lines, []);
  begun.resolve();
  await clock.settle();
  t.deepEqual(slow.lines, ['initialized', 1]);
  runtime.terminate(pid);
  await clock.settle();
  t.true(runtime.has('slow'));
  const waiting = runtime.wait(pid);
  ended.resolve();
  t.true(await waiting);
  t.deepEqual(slow.lines, ['initialized', 1, 'finalized']);
});

const failure = new Error('no');
const crashes: Readonly<Record<string, (runtime: Runtime, pid: PID<Diary>) => void>> = {
  'a told method': (runtime, pid) => {
    runtime.tell(pid, 'run', () => {
      throw failure;
    });
  },
  'an async told method': (runtime, pid) => {
    runtime.tell(pid, 'run', async () => {
      await Promise.resolve();
      throw failure;
    });
  },
  'a timer': (runtime, pid) => {
    runtime.tell(pid, 'run', (self) =>
      self.at(0, () => {
        throw failure;
      }),
    );
  },
  'an async timer': (runtime, pid) => {
    runtime.tell(pid, 'run', (self) =>
      self.at(0, async () => {
        await Promise.resolve();
        throw failure;
      }),
    );
  },
};

for (const [what, crash] of Object.entries(crashes)) {
  test(`an exception in ${what} ends the actor, and every linker hears of it once`, async (t) => {
    const { clock, runtime } = start();
    const diary = new Diary('d');
    const pid = runtime.spawn(diary);
    const watchers = [new Watcher(), new Watcher()];
    for (const watcher of watchers) runtime.tell(runtime.spawn(watcher), 'watch', pid, pid);
    await clock.settle();
    crash(runtime, pid);
    await clock.advance(1);
    t.deepEqual(diary.lines, ['initialize', 'finalize']);
    for (const watcher of watchers) t.deepEqual(watcher.gone.items, [pid.toString()]);
    t.is(runtime.metrics.counter('libprocess/actors_failed').value, 1);
    t.is(clock.timers, 0);
  });
}

function failNow(): never {
  throw failure;
}

function failLater(): Promise<never> {
  return Promise.reject(failure);
}

for (const [hook, isAsync] of [
  ['initialize', false],
  ['initialize', true],
  ['exited', false],
  ['exited', true],
  ['message', false],
  ['message', true],
  ['finalize', false],
  ['finalize', true],
] as const) {
  test(`an exception in ${isAsync ? 'an async' : 'a'} ${hook} ends the actor`, async (t) => {
    const { clock, runtime } = start();
    const fail = isAsync ? failLater : failNow;
    class Faulty extends Process {
      go(): void {
        this.link(new PID('nobody', this.self.address));
        this.send(this.self, 'item');
      }
      protected override initialize(): HandlerResult {
        this.install('item', () => (hook === 'message' ? fail() : undefined));
        return hook === 'initialize' ? fail() : undefined;
      }
      protected override exited(): HandlerResult {
        return hook === 'exited' ? fail() : undefined;
      }
      protected override finalize(): HandlerResult {
        return hook === 'finalize' ? fail() : undefined;
      }
    }
    const pid = runtime.spawn(new Faulty('f'));
    const watcher = new Watcher();
    runtime.tell(runtime.spawn(watcher), 'watch', pid);
    runtime.tell(pid, 'go');
    await clock.settle();
    if (hook === 'finalize') runtime.terminate(pid);
    await clock.settle();
    t.false(runtime.has('f'));
    t.deepEqual(watcher.gone.items, [pid.toString()]);
    t.is(runtime.metrics.counter('libprocess/actors_failed').value, 1);
  });
}

test('a dispatch rejects with what the method throws, at once or later, and the actor lives on', async (t) => {
  const { runtime } = start();
  const pid = runtime.spawn(new Diary());
  const thrown = runtime.dispatch(pid, 'run', [
    () => {
      throw failure;
    },
  ]);
  t.is(await t.throwsAsync(thrown), failure);
  t.is(await t.throwsAsync(runtime.dispatch(pid, 'run', [() => Promise.reject(failure)])), failure);
  t.is(await runtime.dispatch(pid, 'run', [() => Promise.resolve(5)]), 5);
  t.true(runtime.has(pid.id));
});

test('a dispatch rejects when the actor ends before the call, during it, or is not there, or is remote', async (t) => {
  const { clock, runtime } = start();
  const pid = runtime.spawn(new Diary());
  await clock.settle();
  const running = codeOf(runtime.dispatch(pid, 'run', [() => new Promise(() => undefined)]));
  await clock.settle();
  const waiting = codeOf(runtime.dispatch(pid, 'note', [1]));
  runtime.terminate(pid);
  t.is(await waiting, 'PROCESS_TERMINATED');
  t.is(await running, 'PROCESS_TERMINATED');
  t.is(await codeOf(runtime.dispatch(pid, 'note', [1])), 'PROCESS_TERMINATED');
  t.is(await codeOf(runtime.dispatch(new PID<Diary>('d', '10.1.1.1:1'), 'note', [1])), 'PID_REMOTE');
});

test('aborting a dispatch rejects it with the reason: a call that waits is not made, one that runs is left alone', async (t) => {
  const { clock, runtime } = start();
  const diary = new Diary();
  const pid = runtime.spawn(diary);
  await clock.settle();
  const [before, waiting, running] = [new AbortController(), new AbortController(), new AbortController()];
  before.abort('before');
  t.is(await codeOf(runtime.dispatch(pid, 'note', ['before'], { signal: before.signal })), 'before');
  const queued = codeOf(runtime.dispatch(pid, 'note', ['waiting'], { signal: waiting.signal }));
  waiting.abort('waiting');
  t.is(await queued, 'waiting');
  const gate = deferred<void>();
  const work = async (self: Diary): Promise<void> => {
    await gate.promise;
    self.note('finished');
  };
  const begun = codeOf(runtime.dispatch(pid, 'run', [work as () => Promise<void>], { signal: running.signal }));
  await clock.settle();
  running.abort('running');
  t.is(await begun, 'running');
  gate.resolve();
  await clock.settle();
  t.deepEqual(diary.lines, ['initialize', 'finished']);
});

test('a dispatch leaves no listener on its signal, however it ends', async (t) => {
  const { clock, runtime } = start();
  const pid = runtime.spawn(new Diary());
  const { signal } = new AbortController();
  const gate = deferred<void>();
  const calls = [
    runtime.dispatch(pid, 'note', [1], { signal }),
    runtime.dispatch(pid, 'run', [() => Promise.reject(failure)], { signal }),
    runtime.dispatch(pid, 'run', [() => gate.promise], { signal }),
  ].map(codeOf);
  await clock.settle();
  t.is(getEventListeners(signal, 'abort').length, 1);
  gate.resolve();
  await Promise.all(calls);
  t.is(getEventListeners(signal, 'abort').length, 0);
  const late = codeOf(runtime.dispatch(pid, 'note', [2], { signal }));
  runtime.terminate(pid);
  t.is(await late, 'PROCESS_TERMINATED');
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('an async handler lets other events in at its awaits, and none before', async (t) => {
  const { clock, runtime } = start();
  const diary = new Diary();
  const pid = runtime.spawn(diary);
  const gate = deferred<void>();
  runtime.tell(pid, 'run', async () => {
    diary.note('a1');
    await gate.promise;
    diary.note('a2');
  });
  runtime.tell(pid, 'note', 'b');
  await clock.settle();
  gate.resolve();
  await clock.settle();
  t.deepEqual(diary.lines, ['initialize', 'a1', 'b', 'a2']);
});

test('deferred work runs in the turn of its actor and answers, and is refused when the actor has ended', async (t) => {
  const { clock, runtime } = start();
  const diary = new Diary();
  const pid = runtime.spawn(diary);
  const add = await runtime.dispatch(pid, 'run', [
    (self: Diary) => self.deferred((a: number, b: number) => a + b),
  ] as never);
  const call = add as (a: number, b: number) => Promise<number>;
  runtime.tell(pid, 'note', 'first');
  t.is(await call(1, 2), 3);
  t.deepEqual(diary.lines, ['initialize', 'first']);
  runtime.terminate(pid);
  await clock.settle();
  t.is(await codeOf(call(1, 2)), 'PROCESS_TERMINATED');
});

test('timers run in order of their deadlines in the turn of the actor, can be cancelled once, and end with it', async (t) => {
  const { clock, runtime } = start();
  const diary = new Diary();
  const pid = runtime.spawn(diary);
  await clock.settle();
  const at = (delayMs: number, line: unknown): Timer =>
    diary.at(delayMs, () => {
      diary.note(line);
    });
  const [, , second] = [at(30, 'c'), at(10, 'a'), at(20, 'b')];
  t.deepEqual([diary.stop(second), diary.stop(second)], [true, false]);
  await clock.advance(30);
  t.deepEqual(diary.lines, ['initialize', 'a', 'c']);
  at(10, 'never');
  runtime.terminate(pid);
  await clock.advance(20);
  t.deepEqual(diary.lines, ['initialize', 'a', 'c', 'finalize']);
  at(10, 'never');
  t.is(clock.timers, 0);
});

test('a full mailbox refuses calls and messages, counted, but neither timers, exits nor the end', async (t) => {
  const { clock, runtime } = start({ limits: { mailboxMax: 2 } });
  const gate = deferred<void>();
  const other = runtime.spawn(new Diary('o'));
  class Slow extends Diary {
    protected override async initialize(): Promise<void> {
      this.link(other);
      this.delay(5, () => {
        this.note('timer');
      });
      await gate.promise;
    }
    protected override exited(): void {
      this.note('exited');
    }
  }
  const slow = new Slow('d');
  const pid = runtime.spawn(slow);
  await clock.settle();
  for (const line of [1, 2, 3]) runtime.tell(pid, 'note', line);
  const refused = codeOf(runtime.dispatch(pid, 'note', [4]));
  runtime.send(pid, 'item', 5);
  t.is(await refused, 'MAILBOX_FULL');
  t.is(runtime.metrics.counter('libprocess/mailbox_overflows').value, 3);
  runtime.terminate(other);
  await clock.advance(5);
  runtime.terminate(pid, { inject: false });
  gate.resolve();
  await clock.settle();
  t.deepEqual(slow.lines, [1, 2, 'exited', 'timer', 'finalize']);
});

test('busy actors take turns: a flood for one does not hold up another, nor the event loop', async (t) => {
  const runtime = new Runtime();
  const [busy, calm] = [new Diary('busy'), new Diary('calm')];
  const [busyPid, calmPid] = [runtime.spawn(busy), runtime.spawn(calm)];
  for (let index = 0; index < 20_000; index++) runtime.tell(busyPid, 'note', index);
  runtime.tell(calmPid, 'run', () => calm.note(busy.lines.length));
  const loop = new Promise<number>((resolve) => {
    setImmediate(() => {
      resolve(busy.lines.length);
    });
  });
  t.true((await loop) < 10_000);
  t.true((calm.lines[1] as number) < 1_000);
  await runtime.close();
});

test('events that are known to take long are not taken for short ones because those before them were', async (t) => {
  class Slow extends Process {
    done = 0;

    quick(): void {
      this.done++;
    }

    slow(): void {
      const endMs = performance.now() + 2;
      while (performance.now() < endMs);
      this.done++;
      this.yieldTurn();
    }
  }
  const runtime = new Runtime();
  const slow = new Slow();
  const pid = runtime.spawn(slow);
  for (let index = 0; index < 3_000; index++) runtime.tell(pid, 'quick');
  for (let index = 0; index < 40; index++) runtime.tell(pid, 'slow');
  let most = 0;
  let before = 0;
  while (slow.done < 3_040) {
    await new Promise(setImmediate);
    most = Math.max(most, slow.done - Math.max(before, 3_000));
    before = slow.done;
  }
  t.true(most <= 3, `${most} in a turn of the event loop`);
  await runtime.close();
});

test('actors that only await one another do not starve the event loop', async (t) => {
  const runtime = new Runtime();
  const pid = runtime.spawn(new Diary());
  let calls = 0;
  const loop = new AbortController();
  const chatter = (async () => {
    while (!loop.signal.aborted && calls < 1_000_000) {
      await runtime.dispatch(pid, 'note', [calls++]);
    }
  })();
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  loop.abort();
  await chatter;
  t.true(calls < 20_000, `${calls} calls before the event loop had its turn`);
  await runtime.close();
});

test('messages nobody installed, bodies that fail their check, and dead letters are counted and dropped', async (t) => {
  const { clock, runtime } = start();
  class Strict extends Process {
    readonly got: number[] = [];
    protected override initialize(): void {
      this.install(
        'number',
        (_from, body: number) => {
          this.got.push(body);
        },
        (body) => {
          if (typeof body !== 'number') throw new TypeError('not a number');
          return body * 2;
        },
      );
    }
  }
  const strict = new Strict('s');
  const pid = runtime.spawn(strict);
  for (const body of [1, 'x', 2]) runtime.send(pid, 'number', body);
  runtime.send(pid, 'other');
  runtime.send(new PID('nobody', runtime.address), 'number', 3);
  await clock.settle();
  t.deepEqual(strict.got, [2, 4]);
  const snapshot = runtime.metrics.snapshot();
  t.is(snapshot['libprocess/messages_invalid'], 1);
  t.is(snapshot['libprocess/messages_unhandled'], 1);
  t.is(snapshot['libprocess/dead_letters'], 1);
});

test('with copyLocalMessages a local receiver gets exactly what a remote one gets', async (t) => {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  const local = await new Runtime({ clock, transport: network.transport(), copyLocalMessages: true }).start();
  const remote = await new Runtime({ clock, transport: network.transport() }).start();
  class Odd {
    field = 1;
    method(): number {
      return this.field;
    }
  }
  const bodies: unknown[] = [
    { a: 1, b: [true, null, 'x', 1.5], c: undefined },
    new Odd(),
    new Set([1]),
    new Map([['k', 1]]),
    Buffer.from('bytes'),
    5n,
    2n ** 70n,
    () => 1,
    Symbol('s'),
    undefined,
    JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'),
  ];
  const [near, far] = [new Collector('near'), new Collector('far')];
  const sender = local.spawn(new Collector('sender'));
  const pids = [local.spawn(near), remote.spawn(far)];
  for (const pid of pids) for (const body of bodies) local.tell(sender, 'emitBody', pid, body);
  await clock.settle();
  t.deepEqual(near.bodies(), far.bodies());
  t.is(near.bodies().length, bodies.length - 3);
  t.is(local.metrics.counter('libprocess/messages_dropped').value, 6);
  t.is(({} as { polluted?: boolean }).polluted, undefined);
  t.not(near.bodies()[0], bodies[0]);
  await Promise.all([local.close(), remote.close()]);
});

test('close ends actors in reverse order of spawning, one after the other, once, and refuses new ones', async (t) => {
  const { clock, runtime } = start();
  const order: string[] = [];
  class Ordered extends Process {
    protected override async finalize(): Promise<void> {
      order.push(`${this.self.id} begins`);
      await Promise.resolve();
      order.push(`${this.self.id} ends`);
    }
  }
  for (const id of ['a', 'b', 'c']) runtime.spawn(new Ordered(id));
  const [first, second] = [runtime.close(), runtime.close()];
  t.is(code(t.throws(() => runtime.spawn(new Ordered('d')))), 'RUNTIME_CLOSED');
  await Promise.all([first, second]);
  t.deepEqual(
    order,
    ['c', 'b', 'a'].flatMap((id) => [`${id} begins`, `${id} ends`]),
  );
  t.is(clock.timers, 0);
});
