import test from 'ava';
import { MemoryNetwork, PID, ProcessError, Runtime } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { ThreadPool, spawnThread, transfer } from '../../src/threads/index.ts';
import { Collector, Watcher } from '../support/actors.ts';
import { valuesHeld } from '../support/heap.ts';
import { codeOf } from '../support/promises.ts';
import { Block, threadActors } from '../support/threads.ts';
import type { Echo } from '../support/thread-actors.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test.serial(
  'an actor in a thread is dispatched to as one here: arguments and results by structured clone',
  async (t) => {
    await using runtime = new Runtime();
    const thread = await spawnThread(runtime);
    const pid = await thread.spawn(threadActors, 'Echo', ['good day']);
    t.is(await runtime.dispatch(pid, 'greet', ['thread']), 'good day thread');
    t.true(runtime.has(pid.id));
    const value = { map: new Map([[1, new Set(['a'])]]), date: new Date(5), big: 2n ** 80n, nothing: undefined };
    t.deepEqual(await runtime.dispatch(pid, 'same', [value]), value);
    t.is(await runtime.dispatch(pid, 'same', [undefined]), undefined);
    t.deepEqual(await runtime.dispatch(pid, 'same', [[[]]]), [[]]);
  },
);

test.serial('PIDs and Buffers are such at the other end, wherever they are in arrays and objects', async (t) => {
  await using runtime = new Runtime();
  const thread = await spawnThread(runtime);
  const pid = await thread.spawn(threadActors, 'Echo', []);
  t.is(await runtime.dispatch(pid, 'describe', [pid]), 'PID');
  t.is(await runtime.dispatch(pid, 'describe', [Buffer.from('x')]), 'Buffer');
  t.is(await runtime.dispatch(pid, 'describe', [new Uint8Array(2)]), '[object Uint8Array]');
  const shared = { pid };
  const value = [shared, { deep: [{ shared, also: pid, bytes: Buffer.from('bytes') }] }, new PID('a', '1.2.3.4:5')];
  const same = await runtime.dispatch(pid, 'same', [value]);
  t.deepEqual(same, value);
  const circle: { self?: unknown; pid: PID } = { pid };
  circle.self = circle;
  const back = (await runtime.dispatch(pid, 'same', [circle])) as typeof circle;
  t.is(back.self, back);
  t.true(back.pid instanceof PID);
});

test.serial('exceptions come back with their class, code, cause and stack, and the actor lives on', async (t) => {
  await using runtime = new Runtime();
  const thread = await spawnThread(runtime);
  const pid = await thread.spawn(threadActors, 'Echo', []);
  const process = await t.throwsAsync(runtime.dispatch(pid, 'fail', ['process']), { instanceOf: ProcessError });
  t.like(process, { code: 'FRAME_INVALID', message: 'of the process' });
  const type = await t.throwsAsync(runtime.dispatch(pid, 'fail', ['type']), { instanceOf: TypeError });
  t.is((type.cause as Error).message, 'the cause');
  t.regex(type.stack ?? '', /thread-actors/);
  t.like(await t.throwsAsync(runtime.dispatch(pid, 'fail', ['code'])), { name: 'OwnError', code: 'E_OWN' });
  t.is(await codeOf(runtime.dispatch(pid, 'fail', ['text'])), 'a text');
  t.is(await runtime.dispatch(pid, 'greet', ['again']), 'hello again');
});

test.serial(
  'what cannot be cloned is refused to its caller, in both directions, and what is sent with it passes',
  async (t) => {
    await using runtime = new Runtime();
    const thread = await spawnThread(runtime);
    const pid = await thread.spawn(threadActors, 'Echo', []);
    const calls = [
      runtime.dispatch(pid, 'same', [1]),
      runtime.dispatch(pid, 'same', [() => undefined]),
      runtime.dispatch(pid, 'function'),
      runtime.dispatch(pid, 'same', [4]),
    ];
    runtime.tell(pid, 'same', () => undefined);
    const results = await Promise.allSettled(calls);
    t.deepEqual(
      results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as Error).name)),
      [1, 'DataCloneError', 'DataCloneError', 4],
    );
    t.is(runtime.metrics.counter('libprocess/messages_dropped').value, 1);
  },
);

test.serial('a buffer that is given away is moved, shared memory is shared, all else is copied', async (t) => {
  await using runtime = new Runtime();
  const thread = await spawnThread(runtime);
  const pid = await thread.spawn(threadActors, 'Echo', []);
  const [copied, moved, view] = [new ArrayBuffer(8), transfer(new ArrayBuffer(8)), transfer(new Float64Array(4))];
  view[1] = 0.5;
  const back = (await runtime.dispatch(pid, 'same', [copied, { moved }, [view, view]])) as unknown[];
  t.deepEqual([copied.byteLength, moved.byteLength, view.byteLength], [8, 0, 0]);
  t.deepEqual((back[2] as unknown[])[1], Float64Array.of(0, 0.5, 0, 0));
  const block = new Block();
  const blocked = runtime.dispatch(pid, 'block', [block.memory]);
  await block.entered();
  block.release();
  await blocked;
  t.throws(() => transfer(Buffer.from('a part of a pool')), { code: 'BUFFER_SHARED' });
});

test.serial('actors in several threads compute at the same time, and this thread goes on meanwhile', async (t) => {
  await using runtime = new Runtime();
  await using pool = new ThreadPool(runtime, { size: 3 });
  const pids = await Promise.all([1, 2, 3].map(() => pool.spawn(threadActors, 'Echo', [])));
  const memory = new SharedArrayBuffer(4);
  // None of them returns before all have begun.
  const met = await Promise.all(pids.map((pid) => runtime.dispatch(pid, 'meet', [memory, 3])));
  t.deepEqual(met, [3, 3, 3]);
});

test.serial('messages pass in order, both ways and between two threads, many at once, mixed with calls', async (t) => {
  await using runtime = new Runtime();
  const [one, two] = await Promise.all([spawnThread(runtime), spawnThread(runtime)]);
  const [a, b] = [await one.spawn(threadActors, 'Echo', []), await two.spawn(threadActors, 'Echo', [])];
  const collector = new Collector('c');
  const here = runtime.spawn(collector);
  const count = 20_000;
  for (let first = 0; first < count; first += 1_000) {
    runtime.tell(here, 'emit', a, first, 1_000);
    runtime.tell(a, 'emit', here, first, 1_000);
    runtime.tell(a, 'emit', b, first, 1_000);
  }
  // What is sent after a call arrives after it.
  runtime.tell(here, 'emitBody', b, 'last');
  await collector.got.reached(count);
  t.deepEqual(collector.bodies(a), numbers(count));
  t.deepEqual(await runtime.dispatch(a, 'got', [count]), numbers(count));
  const atB = await runtime.dispatch(b, 'got', [count + 1]);
  t.deepEqual(
    atB.filter((item) => item !== 'last'),
    numbers(count),
  );
});

test.serial('the body of a message arrives as it would from another machine', async (t) => {
  await using runtime = new Runtime();
  const thread = await spawnThread(runtime);
  const pid = await thread.spawn(threadActors, 'Echo', []);
  const collector = new Collector('c');
  const here = runtime.spawn(collector);
  const body = { text: 'ü', bytes: Buffer.from([0, 255]), date: new Date(7), nothing: undefined, deep: [[null, 1.5]] };
  class Sender extends Collector {
    ask(): void {
      this.send(pid, 'echo', body);
    }
  }
  const sender = new Sender('s');
  runtime.tell(runtime.spawn(sender), 'ask');
  await sender.got.reached(1);
  t.deepEqual(sender.bodies(), [body]);
  t.true(Buffer.isBuffer((sender.bodies()[0] as typeof body).bytes));
  // One that cannot be written is dropped and counted, those around it pass.
  for (const item of ['before', 2n ** 80n, 'after']) runtime.tell(here, 'emitBody', pid, item);
  t.deepEqual(await runtime.dispatch(pid, 'got', [2]), ['before', 'after']);
  t.is(runtime.metrics.counter('libprocess/messages_dropped').value, 1);
});

test.serial('actors in threads are reached from other runtimes, and reach them', async (t) => {
  const network = new MemoryNetwork();
  await using here = await new Runtime({ transport: network.transport() }).start();
  await using there = await new Runtime({ transport: network.transport() }).start();
  const thread = await spawnThread(here);
  const pid = await thread.spawn(threadActors, 'Echo', [], { id: 'echo' });
  t.is(pid.toString(), `echo@${here.address}`);
  const collector = new Collector('c');
  const far = there.spawn(collector);
  there.tell(far, 'emit', pid, 0, 5);
  t.deepEqual(await here.dispatch(pid, 'got', [5]), numbers(5));
  here.tell(pid, 'emit', far, 0, 1_000);
  await collector.got.reached(1_000);
  t.deepEqual(collector.bodies(pid), numbers(1_000));
  const watcher = new Watcher('w');
  await there.dispatch(there.spawn(watcher), 'watch', [pid]);
  const linker = await thread.spawn(threadActors, 'Linker', [far]);
  here.tell(linker, 'watch', far, new PID('absent', there.address), new PID('any', '10.9.9.9:1'));
  await collector.got.reached(1_002);
  here.terminate(pid);
  there.terminate(far);
  await watcher.gone.reached(1);
  t.deepEqual(collector.bodies(linker).map(String).toSorted(), [`absent@${there.address},gone`, 'any@10.9.9.9:1,lost']);
});

test.serial('actors in one thread call, tell, end and wait for those of the parent and of other threads', async (t) => {
  await using runtime = new Runtime();
  const [one, two] = await Promise.all([spawnThread(runtime), spawnThread(runtime)]);
  const [a, b] = [await one.spawn(threadActors, 'Echo', []), await two.spawn(threadActors, 'Echo', ['bonjour'])];
  t.is(await runtime.dispatch(a, 'callOf', [b, 'a']), 'bonjour a');
  t.is(
    await codeOf(runtime.dispatch(a, 'callOf', [new PID<Echo>('none', runtime.address), 'a'])),
    'PROCESS_TERMINATED',
  );
  t.is(await codeOf(runtime.dispatch(a, 'callOf', [new PID<Echo>('far', '10.9.9.9:1'), 'a'])), 'PID_REMOTE');
  const collector = new Collector('c');
  runtime.tell(a, 'tellOf', b, runtime.spawn(collector));
  await collector.got.reached(3);
  t.deepEqual(collector.bodies(b), numbers(3));
  const waiting = runtime.dispatch(a, 'waitFor', [b]);
  runtime.tell(a, 'terminateOf', b, true);
  t.true(await waiting);
  t.false(runtime.has(b.id));
  t.true(await runtime.dispatch(a, 'waitFor', [b]));
  runtime.tell(a, 'terminateOf', collector.self, false);
  await runtime.wait(collector.self);
});

test.serial(
  'an actor in a thread that has waited for an end long enough leaves nothing with the one here',
  async (t) => {
    await using runtime = new Runtime();
    const thread = await spawnThread(runtime);
    const pid = await thread.spawn(threadActors, 'Echo', []);
    const here = runtime.spawn(new Collector('here'));
    const look = async (times: number): Promise<void> => {
      const waits = await Promise.all(numbers(times).map(() => runtime.dispatch(pid, 'waitFor', [here, 1])));
      t.deepEqual(new Set(waits), new Set([false]));
      // What the thread says after it has given up has arrived, and so has that.
      await runtime.dispatch(pid, 'greet', ['you']);
    };
    const held: number[] = [];
    for (let round = 0; round < 3; round++) {
      await look(400);
      held.push(await valuesHeld());
    }
    const grown = (held[2] ?? 0) - (held[1] ?? 0);
    t.true(grown < 200, `${grown} values for 400 waits`);
    const waiting = runtime.dispatch(pid, 'waitFor', [here, 60_000]);
    runtime.terminate(here);
    t.true(await waiting);
  },
);

test.serial('a call whose caller has given up before it begins is not made', async (t) => {
  await using runtime = new Runtime();
  const thread = await spawnThread(runtime);
  const pid = await thread.spawn(threadActors, 'Echo', []);
  const block = new Block();
  const blocked = runtime.dispatch(pid, 'block', [block.memory]);
  await block.entered();
  const abort = new AbortController();
  const collector = new Collector('c');
  const given = runtime.dispatch(pid, 'emit', [runtime.spawn(collector), 0, 1], { signal: abort.signal });
  await new Promise(setImmediate);
  abort.abort(new Error('enough'));
  t.is(((await codeOf(given)) as Error).message, 'enough');
  await new Promise(setImmediate);
  block.release();
  await blocked;
  await runtime.dispatch(pid, 'emit', [collector.self, 1, 1]);
  await collector.got.reached(1);
  t.deepEqual(collector.bodies(), [1]);
});

test.serial('an actor in a thread hears that its caller has given up, by a signal or after a time', async (t) => {
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  const thread = await spawnThread(runtime);
  const pid = await thread.spawn(threadActors, 'Echo', []);
  const collector = new Collector('c');
  const reader = runtime.spawn(collector);
  const abort = new AbortController();
  const given = runtime.dispatch(pid, 'untilGivenUp', [reader], { signal: abort.signal });
  const late = codeOf(runtime.dispatch(pid, 'untilGivenUp', [reader], { timeoutMs: 20 }));
  // Both have begun by then.
  t.is(await runtime.dispatch(pid, 'greet', ['you']), 'hello you');
  abort.abort(new Error('enough'));
  t.is(((await codeOf(given)) as Error).message, 'enough');
  await collector.got.reached(1);
  await clock.advance(20);
  t.is(await late, 'ASK_TIMEOUT');
  await collector.got.reached(2);
  t.deepEqual(collector.bodies(), ['given up', 'given up']);
});

test.serial('what can be asked of actors elsewhere is answered in a thread as it is here', async (t) => {
  const network = new MemoryNetwork();
  await using runtime = await new Runtime({ transport: network.transport() }).start();
  await using there = await new Runtime({ transport: network.transport() }).start();
  const thread = await spawnThread(runtime);
  const pid = await thread.spawn(threadActors, 'Echo', []);
  const local = runtime.spawn(new Collector('local'));
  t.deepEqual(await runtime.dispatch(pid, 'know', [local, 1]), [true, false]);
  t.deepEqual(await runtime.dispatch(pid, 'know', [new PID('absent', runtime.address), 60_000]), [false, true]);
  t.deepEqual(await runtime.dispatch(pid, 'know', [there.spawn(new Collector('far')), 60_000]), [false, true]);
});

test.serial(
  'asks by message reach actors in threads and come from them, wherever the other is, and can be passed on',
  async (t) => {
    const network = new MemoryNetwork();
    await using runtime = await new Runtime({ transport: network.transport() }).start();
    await using there = await new Runtime({ transport: network.transport() }).start();
    const [one, two] = await Promise.all([spawnThread(runtime), spawnThread(runtime)]);
    const [a, b] = [await one.spawn(threadActors, 'Echo', []), await two.spawn(threadActors, 'Echo', ['bonjour'])];
    class Greeter extends Collector {
      protected override initialize(): void {
        this.installAsk('greet', (_from, name) => `salut ${String(name)}`);
      }
    }
    t.is(await runtime.ask(a, 'greet', 'you'), 'hello you');
    t.is(await there.ask(a, 'greet', 'you'), 'hello you');
    t.is(await runtime.dispatch(a, 'askOf', [b, 'greet']), 'bonjour asker');
    t.is(await runtime.dispatch(a, 'askOf', [runtime.spawn(new Greeter('g')), 'greet']), 'salut asker');
    t.is(await runtime.dispatch(a, 'askOf', [there.spawn(new Greeter('g')), 'greet']), 'salut asker');
    t.is(await codeOf(runtime.dispatch(a, 'askOf', [new PID('none', there.address), 'greet'])), 'PROCESS_TERMINATED');
    t.is(await codeOf(runtime.ask(a, 'nothing')), 'ASK_REFUSED');
    // What cannot leave a thread, or get into one, is waited for by nobody.
    for (const asking of [runtime, there]) {
      t.is(await codeOf(asking.ask(a, 'reveal')), 'ASK_FAILED');
      t.is(await codeOf(asking.ask(a, 'greet', Symbol('name'))), 'ASK_REFUSED');
    }
    t.is(await codeOf(runtime.dispatch(b, 'askOf', [a, 'reveal'])), 'ASK_FAILED');
    // Passed on from one thread to the other, and from there to an actor here.
    const first = await one.spawn(threadActors, 'Linker', [a]);
    await runtime.dispatch(first, 'delegateTo', ['greet', b]);
    t.is(await there.ask(first, 'greet', 'far'), 'bonjour far');
    const second = await two.spawn(threadActors, 'Linker', [a]);
    await runtime.dispatch(second, 'delegateTo', ['greet', new PID('g', runtime.address)]);
    await runtime.dispatch(first, 'delegateTo', ['greet', second]);
    t.is(await runtime.ask(first, 'greet', 'you'), 'salut you');
    // A circle ends.
    await runtime.dispatch(second, 'delegateTo', ['greet', first]);
    t.is(await codeOf(runtime.ask(first, 'greet', 'you')), 'ASK_REFUSED');
  },
);

test.serial(
  'an actor in a thread hears that whoever has asked by message has given up, and begins nothing for them',
  async (t) => {
    const network = new MemoryNetwork();
    await using runtime = await new Runtime({ transport: network.transport() }).start();
    await using there = await new Runtime({ transport: network.transport() }).start();
    const [one, two] = await Promise.all([spawnThread(runtime), spawnThread(runtime)]);
    const [a, b] = [await one.spawn(threadActors, 'Echo', []), await two.spawn(threadActors, 'Echo', [])];
    const begun = async (count: number): Promise<number> =>
      (await runtime.dispatch(a, 'got', [count])).filter((item) => item === 'began').length;
    const abort = new AbortController();
    const { signal } = abort;
    const asks = [runtime.ask(a, 'wait', 1, { signal }), there.ask(a, 'wait', 1, { signal })].map(codeOf);
    const inThread = codeOf(runtime.dispatch(b, 'askUntilToldNot', [a, 'wait']));
    t.is(await begun(3), 3);
    abort.abort(new Error('enough'));
    runtime.tell(b, 'giveUp');
    for (const given of await Promise.all([...asks, inThread])) t.regex(String(given), /enough/);
    const got = await runtime.dispatch(a, 'got', [6]);
    t.deepEqual(got.slice(3), ['gave up', 'gave up', 'gave up']);
    const block = new Block();
    const blocked = runtime.dispatch(a, 'block', [block.memory]);
    await block.entered();
    const late = new AbortController();
    const lateAsks = [runtime, there].map((asker) => codeOf(asker.ask(a, 'count', 1, { signal: late.signal })));
    // What is asked behind it has arrived, and so has it.
    await there.ask(b, 'greet');
    late.abort(new Error('enough'));
    await there.ask(b, 'greet');
    block.release();
    await Promise.all([blocked, ...lateAsks]);
    await runtime.ask(a, 'count');
    t.deepEqual((await runtime.dispatch(a, 'got', [7])).slice(6), ['counted']);
  },
);

test.serial(
  'what an actor in a thread spawns is reached by everybody, under a name that nobody else has',
  async (t) => {
    await using runtime = new Runtime();
    const [one, two] = await Promise.all([spawnThread(runtime), spawnThread(runtime)]);
    const parents = [await one.spawn(threadActors, 'Echo', []), await two.spawn(threadActors, 'Echo', [])] as const;
    const children = await Promise.all(parents.map((pid) => runtime.dispatch(pid, 'spawnChild', [])));
    t.is(new Set([...parents, ...children].map((pid) => pid.id)).size, 4);
    for (const child of children) t.is(await runtime.dispatch(child, 'greet', ['you']), 'child you');
    t.deepEqual([one.actors, two.actors], [2, 2]);
    const [child] = children;
    if (child === undefined) return;
    runtime.terminate(child);
    await runtime.wait(child);
    t.is(await codeOf(runtime.dispatch(child, 'greet', ['you'])), 'PROCESS_TERMINATED');
    // An actor of a fixed name, again and again.
    for (let round = 0; round < 20; round++) {
      const again = await runtime.dispatch(parents[0], 'spawnChild', ['phoenix']);
      t.is(await runtime.dispatch(parents[1], 'callOf', [again, 'you']), 'child you');
      runtime.tell(parents[0], 'terminateOf', again, true);
      await runtime.wait(again);
    }
  },
);

test.serial(
  'a name that is in use here is refused to an actor in a thread, which ends; the one that has it is not disturbed',
  async (t) => {
    await using runtime = new Runtime();
    const thread = await spawnThread(runtime);
    const collector = new Collector('taken');
    const taken = runtime.spawn(collector);
    t.is(await codeOf(thread.spawn(threadActors, 'Echo', [], { id: 'taken' })), 'PROCESS_ID_IN_USE');
    t.is(await codeOf(thread.spawn(threadActors, 'Echo', ['hello', 'taken'])), 'PROCESS_ID_IN_USE');
    t.is(await codeOf(thread.spawn(threadActors, 'Echo', [], { id: 'not a name' })), 'PROCESS_ID_INVALID');
    const pid = await thread.spawn(threadActors, 'Echo', [], { id: 'free' });
    await runtime.dispatch(pid, 'spawnChild', ['taken']);
    runtime.tell(pid, 'emit', taken, 0, 1);
    await collector.got.reached(1);
    t.deepEqual(collector.bodies(), [0]);
    t.is(thread.actors, 1);
    runtime.terminate(taken);
    await runtime.wait(taken);
    await runtime.dispatch(pid, 'spawnChild', ['taken']);
    t.is(
      await runtime.dispatch(new PID<typeof pid.process & object>('taken', runtime.address) as typeof pid, 'greet', [
        'x',
      ]),
      'child x',
    );
  },
);

test.serial('an actor that cannot be made is refused with the reason', async (t) => {
  await using runtime = new Runtime();
  const thread = await spawnThread(runtime);
  const nowhere = { url: new URL('nowhere.js', import.meta.url).toString() } as typeof threadActors;
  t.is(await codeOf(thread.spawn(nowhere, 'Echo', [], { id: 'e' })), 'THREAD_SPAWN_FAILED');
  t.is(await codeOf(thread.spawn(threadActors, 'Nothing' as 'Echo', [], { id: 'e' })), 'THREAD_SPAWN_FAILED');
  t.is(
    await codeOf(thread.spawn(threadActors, 'Echo', [(() => undefined) as never], { id: 'e' })),
    'THREAD_SPAWN_FAILED',
  );
  t.false(runtime.has('e'));
  t.is(thread.actors, 0);
  const pid = await thread.spawn(threadActors, 'Echo', [], { id: 'e' });
  t.is(await runtime.dispatch(pid, 'greet', ['after all']), 'hello after all');
});

test.serial('who sends to a name before its actor is there has to wait, and loses nothing', async (t) => {
  await using runtime = new Runtime();
  const thread = await spawnThread(runtime);
  const spawning = thread.spawn(threadActors, 'Echo', [], { id: 'soon' });
  for (const item of [1, 2, 3]) runtime.send(new PID('soon', runtime.address), 'item', item);
  const pid = await spawning;
  t.deepEqual(await runtime.dispatch(pid, 'got', [3]), [1, 2, 3]);
});

test.serial('a test clock waits for what threads do, and their own time is real', async (t) => {
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  const [one, two] = await Promise.all([spawnThread(runtime), spawnThread(runtime)]);
  const [a, b] = [await one.spawn(threadActors, 'Echo', []), await two.spawn(threadActors, 'Echo', [])];
  const collector = new Collector('c');
  const here = runtime.spawn(collector);
  for (let round = 1; round <= 20; round++) {
    runtime.tell(a, 'spin', 100_000);
    runtime.tell(a, 'tellOf', b, here);
    await clock.settle();
    t.is(collector.got.items.length, 3 * round);
  }
});

test.serial('counters of threads are added to those here, warnings of their actors are in the log here', async (t) => {
  const lines: string[] = [];
  const write = (line: string): void => {
    lines.push(line);
  };
  await using runtime = new Runtime({ logger: { debug: () => undefined, info: write, warn: write, error: write } });
  const threads = await Promise.all([spawnThread(runtime), spawnThread(runtime)]);
  for (const thread of threads) {
    const pid = await thread.spawn(threadActors, 'Echo', []);
    await runtime.dispatch(pid, 'count', ['echo/counted']);
    t.is((await thread.metrics())['echo/counted'], 3);
    t.like(runtime.metrics.snapshot(), { [`libprocess/threads/${thread.pid.id}/actors`]: 1 });
  }
  t.is(lines.filter((line) => line === 'counted echo/counted').length, 2);
  await Promise.all(threads.map((thread) => thread.close()));
  t.like(runtime.metrics.snapshot(), { 'echo/counted': 6, 'libprocess/threads': 0 });
});

test.serial('an actor in a thread can have threads of its own', async (t) => {
  await using runtime = new Runtime();
  const thread = await spawnThread(runtime);
  const pid = await thread.spawn(threadActors, 'Echo', []);
  const inner = (await runtime.dispatch(pid, 'spawnThread', [threadActors.url])) as typeof pid;
  t.is(await runtime.dispatch(inner, 'greet', ['deep']), 'hello deep');
  const collector = new Collector('c');
  await runtime.dispatch(inner, 'emit', [runtime.spawn(collector), 0, 100]);
  await collector.got.reached(100);
  t.deepEqual(collector.bodies(inner), numbers(100));
  await thread.close();
  t.false(runtime.has(inner.id));
});
