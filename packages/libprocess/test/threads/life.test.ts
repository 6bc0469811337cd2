import test from 'ava';
import { PID, Process, ProcessError, Runtime } from '../../src/index.ts';
import { ThreadPool, spawnThread } from '../../src/threads/index.ts';
import { Collector, Tally, Watcher } from '../support/actors.ts';
import { Log } from '../support/log.ts';
import { codeOf } from '../support/promises.ts';
import { Block, threadActors } from '../support/threads.ts';
import type { ExitReason } from '../../src/index.ts';
import type { ThreadOptions } from '../../src/threads/index.ts';

/** Links to actors and keeps why they ended. */
class Reasons extends Process {
  readonly heard = new Tally<readonly [string, ExitReason]>();

  watch(...pids: PID[]): void {
    for (const pid of pids) this.link(pid);
  }

  protected override exited(pid: PID, reason: ExitReason): void {
    this.heard.add([pid.id, reason]);
  }
}

test.serial(
  'links from and to actors in threads end with exited, once, after all that was sent before, with the reason',
  async (t) => {
    await using runtime = new Runtime();
    const [one, two] = await Promise.all([spawnThread(runtime), spawnThread(runtime)]);
    const collector = new Collector('c');
    const reader = runtime.spawn(collector);
    const linker = await one.spawn(threadActors, 'Linker', [reader]);
    const same = await one.spawn(threadActors, 'Echo', [], { id: 'same' });
    const other = await two.spawn(threadActors, 'Echo', [], { id: 'other' });
    const local = runtime.spawn(new Collector('local'));
    const absent = new PID('absent', runtime.address);
    const reasons = new Reasons();
    await runtime.dispatch(runtime.spawn(reasons), 'watch', [same, other, absent]);
    await runtime.dispatch(linker, 'watch', [same, other, local, absent, same]);
    runtime.tell(same, 'emit', reader, 0, 100);
    runtime.tell(same, 'crash');
    runtime.tell(other, 'emit', reader, 0, 100);
    runtime.terminate(other, { inject: false });
    runtime.terminate(local);
    await collector.got.reached(204);
    await reasons.heard.reached(3);
    t.deepEqual(collector.bodies(linker).map(String).toSorted(), [
      `absent@${runtime.address},gone`,
      `local@${runtime.address},terminated`,
      `other@${runtime.address},terminated`,
      `same@${runtime.address},failed`,
    ]);
    t.deepEqual(reasons.heard.items.map(([id, { type }]) => `${id} ${type}`).toSorted(), [
      'absent gone',
      'other terminated',
      'same failed',
    ]);
    const failed = reasons.heard.items.find(([id]) => id === 'same')?.[1];
    t.true(failed?.type === 'failed' && failed.error instanceof RangeError && failed.handler === 'crash');
    // The end came behind what was sent before it.
    const order = collector.got.items.map(({ from, body }) => (Array.isArray(body) ? String(body[0]) : from));
    for (const pid of [same, other]) t.true(order.lastIndexOf(pid.toString()) > 99);
    t.is(collector.bodies(same).length, 100);
    // Nobody is linked any more: another end of theirs is heard by nobody.
    await one.spawn(threadActors, 'Echo', [], { id: 'other' });
    runtime.terminate(new PID('other', runtime.address));
    await runtime.wait(new PID('other', runtime.address));
    await runtime.dispatch(linker, 'watch', []);
    t.is(collector.got.items.length, 204);
  },
);

test.serial('after unlink no exited comes, and linking anew is a new link', async (t) => {
  await using runtime = new Runtime();
  const thread = await spawnThread(runtime);
  const collector = new Collector('c');
  const linker = await thread.spawn(threadActors, 'Linker', [runtime.spawn(collector)]);
  for (let round = 1; round <= 20; round++) {
    const target = runtime.spawn(new Collector('target'));
    runtime.tell(linker, 'watch', target);
    runtime.tell(linker, 'unwatch', target);
    if (round % 2 === 0) runtime.tell(linker, 'watch', target);
    if (round % 4 === 0) await runtime.dispatch(linker, 'watch', []);
    runtime.terminate(target);
    await runtime.wait(target);
    await runtime.dispatch(linker, 'unwatch', [target]);
  }
  const target = runtime.spawn(new Collector('target'));
  await runtime.dispatch(linker, 'watch', [target]);
  runtime.terminate(target);
  const before = collector.got.items.length;
  await collector.got.reached(before + 1);
  t.true(before <= 10);
  t.deepEqual(collector.bodies().at(-1), [target.toString(), 'terminated']);
});

const ends: Readonly<Record<string, { options?: ThreadOptions; error: RegExp }>> = {
  exit: { error: /exit status 3/ },
  uncaught: { error: /nobody catches this/ },
  rejection: { error: /nobody handles this/ },
  memory: { options: { resourceLimits: { maxOldGenerationSizeMb: 16 } }, error: /memory/ },
};

for (const [how, { options = {}, error }] of Object.entries(ends)) {
  test.serial(
    `a thread that ends by ${how} takes its actors with it: each linker hears once, callers are refused, others live on`,
    async (t) => {
      const lines: string[] = [];
      const logger = {
        debug: () => undefined,
        info: () => undefined,
        warn: () => undefined,
        error: (line: string) => lines.push(line),
      };
      await using runtime = new Runtime({ logger });
      const [thread, other] = await Promise.all([spawnThread(runtime, options), spawnThread(runtime)]);
      const pids = [
        await thread.spawn(threadActors, 'Echo', []),
        await thread.spawn(threadActors, 'Echo', []),
        await thread.spawn(threadActors, 'Bomb', []),
      ] as const;
      const survivor = await other.spawn(threadActors, 'Echo', []);
      const collector = new Collector('c');
      const reader = runtime.spawn(collector);
      const linker = await other.spawn(threadActors, 'Linker', [reader]);
      await runtime.dispatch(linker, 'watch', [...pids, survivor]);
      const reasons = new Reasons();
      await runtime.dispatch(runtime.spawn(reasons), 'watch', [...pids, thread.pid]);
      const pending = runtime.dispatch(pids[0], 'never');
      runtime.tell(pids[2], 'goOff', how, reader);
      t.is(await codeOf(pending), 'PROCESS_TERMINATED');
      await reasons.heard.reached(4);
      await collector.got.reached(4);
      t.is(collector.bodies()[0], 'before');
      t.deepEqual(
        reasons.heard.items.map(([id]) => id).toSorted(),
        [...pids, thread.pid].map(({ id }) => id).toSorted(),
      );
      for (const [, reason] of reasons.heard.items)
        t.true(reason.type === 'failed' && error.test(String(reason.error)));
      t.deepEqual(
        collector.bodies(linker),
        pids.map((pid) => [pid.toString(), 'failed']),
      );
      t.true(lines.some((line) => error.test(line)));
      t.true(thread.ended);
      t.is(await codeOf(thread.spawn(threadActors, 'Echo', [])), 'PROCESS_TERMINATED');
      t.is(await codeOf(runtime.dispatch(pids[1], 'greet', ['you'])), 'PROCESS_TERMINATED');
      t.is(await runtime.dispatch(survivor, 'greet', ['you']), 'hello you');
      await thread.close();
      t.like(runtime.metrics.snapshot(), { 'libprocess/threads': 1, 'libprocess/threads_failed': 1 });
    },
  );
}

test.serial('terminate overtakes what waits in the mailbox in the thread, unless it is to be in order', async (t) => {
  await using runtime = new Runtime();
  const thread = await spawnThread(runtime);
  for (const inject of [true, false]) {
    const pid = await thread.spawn(threadActors, 'Echo', []);
    const collector = new Collector('c');
    const reader = runtime.spawn(collector);
    const block = new Block();
    const blocked = runtime.dispatch(pid, 'block', [block.memory]);
    await block.entered();
    runtime.tell(pid, 'emit', reader, 0, 1);
    await new Promise(setImmediate);
    runtime.terminate(pid, { inject });
    await new Promise(setImmediate);
    block.release();
    await blocked;
    await runtime.wait(pid);
    t.deepEqual(collector.bodies(), inject ? [] : [0]);
    runtime.terminate(reader);
    await runtime.wait(reader);
  }
});

test.serial(
  'a runtime that closes ends its threads and their actors first, and so does a thread that is closed',
  async (t) => {
    const runtime = new Runtime();
    const [thread, closed] = await Promise.all([spawnThread(runtime), spawnThread(runtime)]);
    const reasons = new Reasons();
    const pid = await closed.spawn(threadActors, 'Echo', []);
    await runtime.dispatch(runtime.spawn(reasons), 'watch', [pid, closed.pid]);
    await Promise.all([closed.close(), closed.close()]);
    await reasons.heard.reached(2);
    t.deepEqual(
      reasons.heard.items.map(([id, { type }]) => [id, type]),
      [
        [pid.id, 'closing'],
        [closed.pid.id, 'terminated'],
      ],
    );
    const last = await thread.spawn(threadActors, 'Echo', []);
    const pending = runtime.dispatch(last, 'never');
    const refused = codeOf(pending);
    await runtime.close();
    t.is(await refused, 'PROCESS_TERMINATED');
    t.true(thread.ended);
    t.is(await codeOf(spawnThread(runtime)), 'RUNTIME_CLOSED');
  },
);

test.serial('a thread that is busy for good is ended from outside when it is closed, or its runtime is', async (t) => {
  const logger = new Log();
  const runtime = new Runtime({ logger });
  const [closed, busy] = await Promise.all([
    spawnThread(runtime, { closeGraceMs: 50 }),
    spawnThread(runtime, { closeGraceMs: 50 }),
  ]);
  const collector = new Collector('c');
  const reader = runtime.spawn(collector);
  const watcher = new Watcher('w');
  for (const thread of [closed, busy]) {
    const pid = await thread.spawn(threadActors, 'Bomb', []);
    await runtime.dispatch(runtime.has('w') ? watcher.self : runtime.spawn(watcher), 'watch', [pid]);
    runtime.tell(pid, 'goOff', 'loop', reader);
  }
  await closed.close();
  await watcher.gone.reached(1);
  await runtime.close();
  t.true(busy.ended);
  // The runtime has ended the actor first, so that it is no end of its own that was waited for.
  t.deepEqual(
    logger.lines.filter((line) => line.startsWith('Thread ')),
    [`Thread ${busy.pid.id} has ended: It was busy for more than 50 ms when it was to end, and was ended from outside`],
  );
});

test.serial(
  'an actor in a thread that does not come to its end is given up after a time, and its name is free',
  async (t) => {
    await using runtime = new Runtime({ limits: { endTimeoutMs: 100 } });
    const thread = await spawnThread(runtime);
    const collector = new Collector('c');
    const reader = runtime.spawn(collector);
    for (let round = 1; round <= 3; round++) {
      const pid = await thread.spawn(threadActors, 'Lasting', [reader], { id: 'lasting' });
      runtime.terminate(pid);
      await runtime.wait(pid);
      await collector.got.reached(round);
      // Also in the thread, which has its own time.
      while ((await thread.metrics())['libprocess/ends_forced'] !== round) await new Promise(setImmediate);
    }
    t.pass();
  },
);

test.serial('a thread that cannot be started is refused', async (t) => {
  await using runtime = new Runtime();
  t.is(await codeOf(spawnThread(runtime, { execArgv: ['--import', './does-not-exist.mjs'] })), 'THREAD_FAILED');
  t.is(await codeOf(spawnThread(runtime, { execArgv: ['--no-such-option'] })), 'THREAD_FAILED');
  t.is(runtime.metrics.snapshot()['libprocess/threads'], 0);
});

test.serial(
  'an actor whose initialize fails is refused by a thread and by a pool with what it threw, and those linked to it hear of it',
  async (t) => {
    await using runtime = new Runtime();
    await using pool = new ThreadPool(runtime, { size: 1 });
    const thread = await spawnThread(runtime);
    const reasons = new Reasons('reasons');
    runtime.spawn(reasons);
    for (const [how, message] of [
      ['now', 'not now'],
      ['late', 'not later'],
      ['code', 'of a child'],
    ] as const) {
      const id = `named-${how}`;
      const spawning = thread.spawn(threadActors, 'Stillborn', [how], { id });
      reasons.watch(new PID(id, runtime.address));
      for (const refused of [spawning, pool.spawn(threadActors, 'Stillborn', [how])]) {
        const error = await t.throwsAsync(refused, { instanceOf: ProcessError, code: 'THREAD_SPAWN_FAILED' });
        t.like(error?.cause, { message });
      }
      t.false(runtime.has(id));
    }
    await reasons.heard.reached(3);
    for (const [, reason] of reasons.heard.items) t.like(reason, { type: 'failed', handler: 'initialize' });
    t.deepEqual([thread.actors, pool.threads[0]?.actors], [0, 0]);
  },
);

test.serial('more than a thread may have waiting is dropped or refused, and counted', async (t) => {
  await using runtime = new Runtime({ limits: { mailboxMax: 100 } });
  const thread = await spawnThread(runtime);
  const pid = await thread.spawn(threadActors, 'Echo', []);
  const block = new Block();
  const blocked = runtime.dispatch(pid, 'block', [block.memory]);
  await block.entered();
  for (let round = 0; round < 5; round++) {
    for (let index = 0; index < 50; index++) runtime.send(pid, 'item', index);
    await new Promise(setImmediate);
  }
  // Behind all of them.
  t.is(await codeOf(runtime.dispatch(pid, 'greet', ['you'])), 'MAILBOX_FULL');
  t.is(thread.waiting, 100);
  block.release();
  await blocked;
  await runtime.settle();
  const { length: kept } = await runtime.dispatch(pid, 'got', [0]);
  // The call that blocks has a place, too, until its thread has told that it was taken.
  t.true(kept === 99 || kept === 100, `${kept} are kept`);
  // 250 messages, and the call that was refused.
  t.is(kept + runtime.metrics.counter('libprocess/mailbox_overflows').value, 251);
  t.is(await runtime.dispatch(pid, 'greet', ['you']), 'hello you');
  t.true(thread.waiting < 10);
});

test.serial('a pool starts threads as they are needed and gives an actor to the one with the fewest', async (t) => {
  await using runtime = new Runtime();
  await using pool = new ThreadPool(runtime, { size: 3 });
  t.is(pool.threads.length, 0);
  const pids = await Promise.all(Array.from({ length: 7 }, () => pool.spawn(threadActors, 'Echo', [])));
  const counts = (): number[] => pool.threads.map((thread) => thread.actors).toSorted((a, b) => a - b);
  t.deepEqual(counts(), [2, 2, 3]);
  for (const pid of pids) t.is(await runtime.dispatch(pid, 'greet', ['pool']), 'hello pool');
  // Where one has ended, there is room for the next two.
  const [first] = pids;
  if (first === undefined) return;
  runtime.terminate(first);
  await runtime.wait(first);
  await Promise.all([1, 2].map(() => pool.spawn(threadActors, 'Echo', [])));
  t.deepEqual(counts(), [2, 3, 3]);
  await pool.close();
  t.is(await codeOf(pool.spawn(threadActors, 'Echo', [])), 'PROCESS_TERMINATED');
  t.throws(() => new ThreadPool(runtime, { size: 0 }), { code: 'THREAD_FAILED' });
});

test.serial('a pool replaces a thread that has ended when the next actor goes there', async (t) => {
  await using runtime = new Runtime();
  await using pool = new ThreadPool(runtime, { size: 2 });
  const bomb = await pool.spawn(threadActors, 'Bomb', []);
  const echo = await pool.spawn(threadActors, 'Echo', []);
  runtime.tell(bomb, 'goOff', 'exit', echo);
  await runtime.wait(bomb);
  while (pool.threads.length > 1) await new Promise(setImmediate);
  const again = await pool.spawn(threadActors, 'Echo', []);
  t.deepEqual(
    pool.threads.map((thread) => thread.actors),
    [1, 1],
  );
  t.is(await runtime.dispatch(again, 'greet', ['again']), 'hello again');
  t.is(await runtime.dispatch(echo, 'greet', ['still']), 'hello still');
});
