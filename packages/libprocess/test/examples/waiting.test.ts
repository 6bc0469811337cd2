import test from 'ava';
import { Process, Runtime, after, retry } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';

// What libprocess has `collect`, `await` and `loop` for, the language has: Promise.all, Promise.allSettled and loops with `await`.

class Probe extends Process {
  readonly #answers: readonly string[];
  #asked = 0;
  readonly seen: string[] = [];

  constructor(answers: readonly string[]) {
    super();
    this.#answers = answers;
  }

  status(): string {
    const answer = this.#answers[this.#asked++] ?? 'up';
    if (answer === 'broken') throw new Error('broken');
    return answer;
  }

  // A loop that waits: it ends when the condition is met, and with the actor.
  async watch(): Promise<void> {
    for (;;) {
      const status = this.status();
      this.seen.push(status);
      if (status === 'up') return;
      await after(this.runtime.clock, 1_000, { signal: this.lifetime });
    }
  }
}

test('collect: all results, in order, or the first failure', async (t) => {
  await using runtime = new Runtime({ clock: new TestClock() });
  const pids = ['up', 'down'].map((answer) => runtime.spawn(new Probe([answer])));
  const statuses = await Promise.all(pids.map((pid) => runtime.dispatch(pid, 'status')));
  t.deepEqual(statuses, ['up', 'down']);
  const broken = runtime.spawn(new Probe(['broken']));
  await t.throwsAsync(Promise.all([...pids, broken].map((pid) => runtime.dispatch(pid, 'status'))), {
    message: 'broken',
  });
});

test('collect with discard: when one fails, the others are given up', async (t) => {
  const clock = new TestClock();
  const all = new AbortController();
  const waiting = after(clock, 60_000, { signal: all.signal });
  const failing = after(clock, 1_000).then(() => {
    throw new Error('broken');
  });
  const collected = Promise.all([waiting, failing]).finally(() => {
    all.abort(new Error('not needed any more'));
  });
  const caught = t.throwsAsync(collected, { message: 'broken' });
  await clock.advance(1_000);
  await caught;
  await t.throwsAsync(waiting, { message: 'not needed any more' });
  t.is(clock.timers, 0);
});

test('await: what has become of each, whatever it is', async (t) => {
  await using runtime = new Runtime({ clock: new TestClock() });
  const pids = ['up', 'broken'].map((answer) => runtime.spawn(new Probe([answer])));
  const outcomes = await Promise.allSettled(pids.map((pid) => runtime.dispatch(pid, 'status')));
  t.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
});

test('loop: asks again each second until the answer is the right one, and ends with its actor', async (t) => {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const probe = new Probe(['down', 'down', 'up']);
  const watched = runtime.dispatch(runtime.spawn(probe), 'watch');
  await clock.advance(1_999);
  t.deepEqual(probe.seen, ['down', 'down']);
  await clock.advance(1);
  await watched;
  t.deepEqual(probe.seen, ['down', 'down', 'up']);
  const endless = new Probe(Array.from({ length: 100 }, () => 'down'));
  const pid = runtime.spawn(endless);
  const watching = runtime.dispatch(pid, 'watch');
  await clock.advance(5_000);
  runtime.terminate(pid);
  await t.throwsAsync(watching, { code: 'PROCESS_TERMINATED' });
  await clock.advance(60_000);
  t.deepEqual([endless.seen.length, clock.timers], [6, 0]);
});

test('retry: asks a few times, with growing delays', async (t) => {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const pid = runtime.spawn(new Probe(['broken', 'broken', 'up']));
  const status = retry(runtime, ({ signal }) => runtime.dispatch(pid, 'status', [], { signal }));
  await clock.advance(10_000);
  t.is(await status, 'up');
});
