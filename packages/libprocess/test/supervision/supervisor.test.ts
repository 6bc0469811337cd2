import test from 'ava';
import { MemoryNetwork, Process, Runtime, SeededRandom, Supervisor, deferred } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Team, Worker } from '../support/supervised.ts';
import { outcome } from '../support/promises.ts';
import type { ExitReason, PID } from '../../src/index.ts';

test('children are started in their order, each when the one before is initialised, and ended in the reverse order, each when the one after has ended', async (t) => {
  const team = new Team();
  const names = ['a', 'b', 'c'];
  const children = names.map((id) => team.worker(id, {}, { startMs: 10, endMs: 100 }));
  const supervisor = await team.supervise({ children });
  await team.clock.advance(9);
  t.is(team.diary.take(), '');
  await team.clock.advance(1);
  t.is(team.diary.take(), '+a');
  t.false(team.runtime.has('b') && team.runtime.has('c'));
  await team.clock.advance(20);
  t.is(team.diary.take(), '+b +c');
  t.true(await team.runtime.whenInitialized(supervisor));
  team.runtime.terminate(supervisor);
  await team.clock.settle();
  t.is(team.diary.take(), '-c');
  await team.clock.advance(100);
  t.is(team.diary.take(), '-b');
  await team.clock.advance(100);
  t.is(team.diary.take(), '-a');
  t.true(team.runtime.has('supervisor'));
  await team.clock.advance(100);
  t.false(team.runtime.has('supervisor'));
});

test('one-for-one: only the child that has ended is started again, under its name, with fresh state', async (t) => {
  const team = new Team();
  await team.supervise({ children: ['a', 'b', 'c'].map((id) => team.worker(id)) });
  t.is(await team.runtime.dispatch(team.pid('b'), 'increment'), 1);
  t.is(await team.runtime.dispatch(team.pid('c'), 'increment'), 1);
  team.diary.take();
  await team.make('b', 'fail');
  t.is(team.diary.take(), '-b!');
  await team.clock.advance(99);
  t.false(team.runtime.has('b'));
  await team.clock.advance(1);
  t.is(team.diary.take(), '+b');
  t.is(await team.runtime.dispatch(team.pid('b'), 'increment'), 1, 'the same PID, another actor');
  t.is(await team.runtime.dispatch(team.pid('c'), 'increment'), 2);
  t.deepEqual(
    team.events.map(({ type, id }) => `${type} ${id}`),
    ['started a', 'started b', 'started c', 'exited b', 'restarting b', 'started b'],
  );
  t.is(team.runtime.metrics.counter('libprocess/supervisor_restarts').value, 1);
});

test('one-for-all: with the child that has ended all others are ended, in the reverse order, and all are started', async (t) => {
  const team = new Team();
  await team.supervise({ strategy: 'one-for-all', children: ['a', 'b', 'c'].map((id) => team.worker(id)) });
  team.diary.take();
  await team.make('b', 'fail');
  t.is(team.diary.take(), '-b! -c -a');
  await team.clock.advance(100);
  t.is(team.diary.take(), '+a +b +c');
});

test('rest-for-one: with the child that has ended those after it are ended and started again, those before it are not', async (t) => {
  const team = new Team();
  await team.supervise({ strategy: 'rest-for-one', children: ['a', 'b', 'c', 'd'].map((id) => team.worker(id)) });
  team.diary.take();
  await team.make('b', 'fail');
  t.is(team.diary.take(), '-b! -d -c');
  await team.clock.advance(100);
  t.is(team.diary.take(), '+b +c +d');
});

test('a group that waits to be started is started once, however many of it have ended meanwhile', async (t) => {
  const team = new Team();
  await team.supervise({ strategy: 'rest-for-one', children: ['a', 'b', 'c', 'd'].map((id) => team.worker(id)) });
  team.diary.take();
  await team.make('c', 'fail');
  await team.clock.advance(50);
  await team.make('b', 'fail');
  t.is(team.diary.take(), '-c! -d -b!');
  await team.clock.advance(99);
  t.is(team.diary.take(), '');
  await team.clock.advance(1);
  t.is(team.diary.take(), '+b +c +d');
  await team.clock.advance(60_000);
  t.is(team.diary.take(), '');
});

test('nobody waits for less than the delay because another is started, or ends and is not', async (t) => {
  const team = new Team();
  await team.supervise({ children: [team.worker('a'), team.worker('b')] });
  await team.make('a', 'fail');
  await team.clock.advance(100);
  team.diary.take();
  await team.make('a', 'fail');
  await team.make('b', 'fail');
  await team.clock.advance(199);
  t.is(team.diary.take(), '-a! -b! +b');
  await team.clock.advance(1);
  t.is(team.diary.take(), '+a');
  const group = new Team();
  await group.supervise({
    strategy: 'rest-for-one',
    children: [group.worker('a', { restart: 'transient' }), group.worker('b'), group.worker('c')],
  });
  group.diary.take();
  await group.make('b', 'fail');
  await group.make('a', 'end');
  await group.clock.advance(99);
  t.is(group.diary.take(), '-b! -c -a');
  await group.clock.advance(1);
  t.is(group.diary.take(), '+b +c');
});

test('permanent children are always started again, transient ones when they have failed, temporary ones never', async (t) => {
  const team = new Team();
  const kinds = ['permanent', 'transient', 'temporary'] as const;
  const supervisor = await team.supervise({ children: kinds.map((kind) => team.worker(kind, { restart: kind })) });
  for (const kind of kinds) await team.make(kind, 'fail');
  await team.clock.advance(1_000);
  t.deepEqual(
    kinds.map((kind) => team.runtime.has(kind)),
    [true, true, false],
  );
  await team.make('permanent', 'end');
  await team.make('transient', 'end');
  await team.clock.advance(1_000);
  t.deepEqual(
    kinds.map((kind) => team.runtime.has(kind)),
    [true, false, false],
  );
  const children = await team.runtime.dispatch(supervisor, 'children');
  t.deepEqual(
    children.map(({ id, state, restart, restarts }) => [id, state, restart, restarts]),
    [
      ['permanent', 'running', 'permanent', 2],
      ['transient', 'ended', 'transient', 1],
    ],
  );
});

test('delays grow with each restart, and begin again with the first when a child has run for long enough', async (t) => {
  const team = new Team();
  await team.supervise({ restartsMax: 100, withinMs: 60_000, children: [team.worker('a')] });
  const delays = (): number[] =>
    team.events.splice(0).flatMap((event) => (event.type === 'restarting' ? event.delayMs : []));
  for (let failures = 0; failures < 9; failures++) {
    await team.make('a', 'fail');
    await team.clock.advance(10_000);
  }
  t.deepEqual(delays(), [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  await team.clock.advance(60_000);
  await team.make('a', 'fail');
  t.deepEqual(delays(), [100]);
});

test('delays are jittered, so that many that failed together do not come back together', async (t) => {
  const team = new Team();
  const names = Array.from({ length: 20 }, (_, index) => `w${index}`);
  await team.supervise({
    restartsMax: 100,
    backoff: { minMs: 1_000, jitter: 0.5 },
    children: names.map((id) => team.worker(id)),
  });
  for (const name of names) await team.make(name, 'fail');
  const delays = team.events.flatMap((event) => (event.type === 'restarting' ? event.delayMs : []));
  t.is(new Set(delays).size, 20);
  t.true(delays.every((delayMs) => delayMs >= 500 && delayMs <= 1_000));
});

test('with more restarts than are allowed within a time span the supervisor ends its children and fails', async (t) => {
  const team = new Team();
  class Watcher extends Process {
    reasons: ExitReason[] = [];
    watch(pid: PID): void {
      this.link(pid);
    }
    protected override exited(_pid: PID, reason: ExitReason): void {
      this.reasons.push(reason);
    }
  }
  const supervisor = await team.supervise({
    restartsMax: 2,
    withinMs: 10_000,
    children: ['a', 'b'].map((id) => team.worker(id)),
  });
  const watcher = new Watcher();
  team.runtime.tell(team.runtime.spawn(watcher), 'watch', supervisor);
  for (let failures = 0; failures < 4; failures++) {
    // Two within the span, again and again, are allowed.
    await team.make('b', 'fail');
    await team.clock.advance(5_000);
  }
  t.true(team.runtime.has('b'));
  team.diary.take();
  await team.make('b', 'fail');
  await team.clock.advance(2_000);
  await team.make('b', 'fail');
  t.is(team.diary.take(), '-b! +b -b! -a');
  t.false(team.runtime.has('supervisor'));
  t.like(watcher.reasons[0], {
    type: 'failed',
    error: { code: 'RESTARTS_EXCEEDED', cause: { message: 'b has failed' } },
  });
  t.is(team.runtime.metrics.counter('libprocess/supervisor_escalations').value, 1);
  await team.clock.advance(60_000);
  t.false(team.runtime.has('b'));
});

test('a supervisor that has failed is started again by its own supervisor, with all its children', async (t) => {
  const team = new Team();
  const inner = {
    id: 'inner',
    start: () =>
      new Supervisor({
        restartsMax: 0,
        children: [team.worker('x'), team.worker('y', { shutdownTimeoutMs: 30_000 }, { endMs: 20_000, startMs: 1 })],
      }),
  };
  await team.supervise({ strategy: 'rest-for-one', children: [team.worker('a'), inner, team.worker('z')] });
  await team.clock.advance(1);
  // The inner supervisor has started when its children have.
  t.is(team.diary.take(), '+a +x +y +z');
  await team.make('x', 'fail');
  t.is(team.diary.take(), '-x! -y');
  await team.clock.advance(19_999);
  t.is(team.diary.take(), '');
  await team.clock.advance(1);
  t.is(team.diary.take(), '-z', 'the inner supervisor has ended when its children have');
  await team.clock.advance(101);
  t.is(team.diary.take(), '+x +y +z');
});

test('a child that does not end in time is left behind, and started again when its name is free', async (t) => {
  const team = new Team();
  const stuck = team.worker('stuck', { shutdownTimeoutMs: 1_000 }, { endMs: 10_000 });
  const supervisor = await team.supervise({ restartsMax: 100, children: [stuck] });
  team.diary.take();
  const restarted = outcome(team.runtime.dispatch(supervisor, 'restartChild', ['stuck']));
  await team.clock.advance(1_000);
  t.like(restarted.reason, { code: 'PROCESS_TERMINATED', cause: { code: 'PROCESS_ID_IN_USE' } });
  t.true(team.events.some(({ type }) => type === 'abandoned'));
  t.is(team.runtime.metrics.counter('libprocess/supervisor_children_abandoned').value, 1);
  await team.clock.advance(9_000);
  t.deepEqual(await team.runtime.dispatch(supervisor, 'restartChild', ['stuck']), team.pid('stuck'));
  t.is(team.diary.take(), '-stuck +stuck');
});

test('a child that is to be drained handles what is in its mailbox before it ends', async (t) => {
  const team = new Team();
  const workers: Worker[] = [];
  const start = (): Worker => {
    const worker = new Worker('w', team.diary);
    workers.push(worker);
    return worker;
  };
  const supervisor = await team.supervise({
    children: [
      { id: 'drained', start, drain: true },
      { id: 'cut', start },
    ],
  });
  for (const id of ['drained', 'cut']) {
    const stopped = team.runtime.dispatch(supervisor, 'stopChild', [id]);
    for (let count = 0; count < 1_000; count++) team.runtime.tell(team.pid(id), 'increment');
    t.true(await stopped);
  }
  t.is(workers[0]?.count, 1_000);
  t.is(workers[1]?.count, 0);
});

test('children can be added, stopped and restarted while the supervisor runs', async (t) => {
  const team = new Team();
  const supervisor = await team.supervise({ childrenMax: 3, children: [team.worker('a')] });
  const { runtime } = team;
  t.deepEqual(await runtime.dispatch(supervisor, 'startChild', [team.worker('b')]), team.pid('b'));
  await runtime.dispatch(supervisor, 'startChild', [team.worker('c')]);
  await t.throwsAsync(runtime.dispatch(supervisor, 'startChild', [team.worker('c')]), { code: 'PROCESS_ID_IN_USE' });
  await t.throwsAsync(runtime.dispatch(supervisor, 'startChild', [team.worker('d')]), { code: 'OVERLOADED' });
  await t.throwsAsync(runtime.dispatch(supervisor, 'startChild', [team.worker('no name')]), {
    code: 'PROCESS_ID_INVALID',
  });
  t.is(team.diary.take(), '+a +b +c');
  await team.make('b', 'fail');
  await team.clock.advance(100);
  t.is(team.diary.take(), '-b! +b');
  t.deepEqual(await runtime.dispatch(supervisor, 'restartChild', ['b']), team.pid('b'));
  t.is(team.diary.take(), '-b +b');
  t.true(await runtime.dispatch(supervisor, 'stopChild', ['b']));
  t.false(await runtime.dispatch(supervisor, 'stopChild', ['b']));
  await t.throwsAsync(runtime.dispatch(supervisor, 'restartChild', ['b']), { code: 'PROCESS_TERMINATED' });
  await team.clock.advance(60_000);
  t.is(team.diary.take(), '-b', 'who was stopped is not started again');
  const children = await runtime.dispatch(supervisor, 'children');
  t.deepEqual(
    children.map(({ id }) => id),
    ['a', 'c'],
  );
});

test('a child that was stopped while it waited for its restart is not started', async (t) => {
  const team = new Team();
  const supervisor = await team.supervise({ children: [team.worker('a'), team.worker('b')] });
  await team.make('a', 'fail');
  t.is(team.clock.timers, 1);
  t.true(await team.runtime.dispatch(supervisor, 'stopChild', ['a']));
  t.is(team.clock.timers, 0, 'its back-off is over');
  await team.clock.advance(60_000);
  t.false(team.runtime.has('a'));
  await team.make('b', 'fail');
  t.deepEqual(await team.runtime.dispatch(supervisor, 'restartChild', ['b']), team.pid('b'));
  team.diary.take();
  await team.clock.advance(60_000);
  t.is(team.diary.take(), '', 'nor is it started twice');
});

test('the end of a child that was stopped meanwhile does nothing to another that was added under its name', async (t) => {
  for (const restart of ['temporary', 'permanent'] as const) {
    const team = new Team();
    const slow = team.worker('slow', {}, { endMs: 10 });
    const supervisor = await team.supervise({ children: [slow, team.worker('c', { restart })] });
    // While this is done, the rest has to wait.
    const restarted = team.runtime.dispatch(supervisor, 'restartChild', ['slow']);
    const stopped = team.runtime.dispatch(supervisor, 'stopChild', ['c']);
    const added = team.runtime.dispatch(supervisor, 'startChild', [team.worker('c', { restart })]);
    await team.make('c', 'fail');
    await team.clock.advance(60_000);
    await Promise.all([restarted, stopped, added]);
    t.is(team.diary.take(), '+slow +c -c! -slow +slow +c');
    t.true(await team.runtime.dispatch(supervisor, 'stopChild', ['c']), restart);
    t.is(team.diary.take(), '-c');
  }
});

function broken(): never {
  throw new Error('no disk');
}

test('who adds a child that fails to start hears why, and the child is forgotten', async (t) => {
  const team = new Team();
  const supervisor = await team.supervise({});
  const failing = [team.worker('initialises', {}, { initialize: broken }), { id: 'constructs', start: broken }];
  for (const spec of failing) {
    const error = await t.throwsAsync(team.runtime.dispatch(supervisor, 'startChild', [spec]), {
      code: 'PROCESS_TERMINATED',
    });
    t.regex(error.message, /no disk/);
  }
  const late = outcome(
    team.runtime.dispatch(supervisor, 'startChild', [
      team.worker('late', { startTimeoutMs: 1_000 }, { startMs: 10_000 }),
    ]),
  );
  await team.clock.advance(6_000);
  t.like(late.reason, { cause: { code: 'TIMED_OUT' } });
  t.deepEqual(await team.runtime.dispatch(supervisor, 'children'), []);
  await team.clock.advance(60_000);
  t.deepEqual(
    team.events.filter(({ type }) => type === 'restarting'),
    [],
  );
});

test('at whatever moment around its start a child ends, whoever adds it hears that it has failed, or it is started again', async (t) => {
  const results = new Set<string>();
  for (let turns = 0; turns < 15; turns++) {
    const team = new Team();
    const supervisor = await team.supervise({});
    let starts = 0;
    class Fleeting extends Process {
      protected override initialize(): void {
        if (++starts === 1) void this.#leave();
      }
      async #leave(): Promise<void> {
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        this.terminate();
      }
    }
    const started = outcome(
      team.runtime.dispatch(supervisor, 'startChild', [{ id: 'fleeting', start: () => new Fleeting() }]),
    );
    await team.clock.advance(60_000);
    results.add(started.state);
    const isKept = started.state === 'fulfilled';
    t.deepEqual([team.runtime.has('fleeting'), starts], [isKept, isKept ? 2 : 1], `after ${turns} turns`);
  }
  t.is(results.size, 2);
});

test('when a child fails to start, those that do not depend on it are started, those that may wait for it', async (t) => {
  for (const [strategy, started] of [
    ['one-for-one', '+a +c'],
    ['rest-for-one', '+a'],
    ['one-for-all', '+a -a'],
  ] as const) {
    const team = new Team();
    let failures = 2;
    const flaky = (): void => {
      if (failures-- > 0) throw new Error('not yet');
    };
    await team.supervise({
      strategy,
      children: [team.worker('a'), team.worker('b', {}, { initialize: flaky }), team.worker('c')],
    });
    const entries = (): string => team.diary.take().replaceAll(' -b!', '');
    t.is(entries(), started, strategy);
    await team.clock.advance(10_000);
    t.true(
      ['a', 'b', 'c'].every((id) => team.runtime.has(id)),
      strategy,
    );
  }
});

test('a child of a group that ends by itself while it starts, and is not to be restarted, does not hold up the others', async (t) => {
  for (const restart of ['temporary', 'transient'] as const) {
    const team = new Team();
    class Brief extends Process {
      protected override initialize(): void {
        this.terminate();
      }
    }
    await team.supervise({
      strategy: 'rest-for-one',
      children: [team.worker('a'), { id: 'brief', restart, start: () => new Brief() }, team.worker('c')],
    });
    t.is(team.diary.take(), '+a +c');
  }
});

test('a child that never finishes its initialisation has failed when its time is over', async (t) => {
  const team = new Team();
  let starts = 0;
  const spec = {
    id: 'slow',
    startTimeoutMs: 1_000,
    start: () => new Worker('slow', team.diary, ++starts === 1 ? { startMs: 3_000 } : {}),
  };
  await team.supervise({ restartsMax: 10, children: [spec] });
  await team.clock.advance(60_000);
  t.is(team.diary.take(), '+slow -slow +slow');
  t.true(team.events.some((event) => event.type === 'restarting'));
});

test('remote children are only watched: their end is told, by the strategy others are restarted, and they are never ended', async (t) => {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  await using here = await new Runtime({ clock, random: new SeededRandom(1), transport: network.transport() }).start();
  await using there = await new Runtime({ clock, transport: network.transport() }).start();
  const team = new Team();
  const remote = there.spawn(new Worker('remote', team.diary), { id: 'remote' });
  const other = there.spawn(new Worker('other', team.diary), { id: 'other' });
  const events: string[] = [];
  const supervisor = here.spawn(
    new Supervisor({
      strategy: 'rest-for-one',
      backoff: { minMs: 1_000, jitter: 0 },
      children: [
        { id: 'watched', watch: other },
        { id: 'needed', watch: remote, restart: 'permanent' },
        team.worker('local'),
      ],
      onEvent: (event) => events.push(`${event.type} ${event.id}`),
    }),
  );
  await clock.settle();
  events.length = 0;
  team.diary.take();
  there.terminate(other);
  await clock.settle();
  t.deepEqual(events.splice(0), ['exited watched']);
  t.is(team.diary.take(), '-other');
  there.tell(remote, 'fail');
  await clock.settle();
  t.is(team.diary.take(), '-remote! -local');
  there.spawn(new Worker('remote', team.diary), { id: 'remote' });
  await clock.advance(1_000);
  t.is(team.diary.take(), '+remote +local');
  here.terminate(supervisor);
  await clock.settle();
  t.is(team.diary.take(), '-local');
  t.true(there.has('remote'));
});

test('a runtime that closes ends its actors for good: nobody is started again', async (t) => {
  const team = new Team();
  await team.supervise({ strategy: 'one-for-all', children: ['a', 'b'].map((id) => team.worker(id)) });
  team.diary.take();
  await team.runtime.close();
  t.is(team.diary.take(), '-b -a');
  t.deepEqual(
    team.events.filter(({ type }) => type === 'restarting' || type === 'escalating'),
    [],
  );
});

test('a supervisor that is ended at any moment of a restart leaves no child behind', async (t) => {
  for (let turns = 0; turns < 40; turns++) {
    const team = new Team();
    const children = ['a', 'b', 'c'].map((id) => team.worker(id, {}, { startMs: 5, endMs: 5 }));
    const supervisor = await team.supervise({ strategy: 'one-for-all', children });
    await team.clock.advance(15);
    await team.make('b', 'fail');
    // 100 ms of waiting, with others ending before and starting after it.
    await team.clock.advance(turns * 4);
    team.runtime.terminate(supervisor);
    await team.clock.advance(10_000);
    t.deepEqual(
      ['supervisor', 'a', 'b', 'c'].filter((id) => team.runtime.has(id)),
      [],
      `after ${turns * 4} ms`,
    );
    t.is(team.clock.timers, 0);
  }
});

test('a request that waits when the supervisor ends is refused', async (t) => {
  const team = new Team();
  const gate = deferred<void>();
  const supervisor = await team.supervise({});
  class Blocked extends Process {
    protected override initialize(): Promise<void> {
      return gate.promise;
    }
  }
  const first = outcome(
    team.runtime.dispatch(supervisor, 'startChild', [{ id: 'blocked', start: () => new Blocked() }]),
  );
  const second = outcome(team.runtime.dispatch(supervisor, 'startChild', [team.worker('a')]));
  await team.clock.settle();
  team.runtime.terminate(supervisor);
  await team.clock.settle();
  gate.resolve();
  await team.clock.settle();
  t.like(first.reason, { code: 'PROCESS_TERMINATED' });
  t.like(second.reason, { code: 'PROCESS_TERMINATED' });
  t.deepEqual(
    ['blocked', 'a', 'supervisor'].filter((id) => team.runtime.has(id)),
    [],
  );
});

test('bounds that make no sense are refused', (t) => {
  for (const options of [{ restartsMax: -1 }, { restartsMax: Number.NaN }, { withinMs: 0 }, { childrenMax: 0 }]) {
    t.throws(() => new Supervisor(options), { code: 'INVARIANT' });
  }
});
