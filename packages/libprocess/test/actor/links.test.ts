import test from 'ava';
import { MemoryNetwork, PID, Process, Runtime } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Collector, Tally, Watcher } from '../support/actors.ts';
import { start } from '../support/virtual-time.ts';
import type { ExitReason } from '../../src/index.ts';

test('links to local actors: dead already, never there, unlinked, linked again, and linkers that end first', async (t) => {
  const { clock, runtime } = start();
  const [watcher, short] = [new Watcher('w'), new Watcher('short')];
  const [watching, shortPid] = [runtime.spawn(watcher), runtime.spawn(short)];
  const target = runtime.spawn(new Collector('d'));
  const never = new PID('never', runtime.address);
  runtime.tell(watching, 'watch', never);
  await clock.settle();
  t.deepEqual(watcher.gone.items, [String(never)]);
  runtime.tell(watching, 'watch', target);
  runtime.tell(watching, 'unwatch', target);
  runtime.tell(shortPid, 'watch', target);
  runtime.tell(shortPid, 'end');
  await clock.settle();
  runtime.terminate(target);
  await clock.settle();
  t.is(watcher.gone.items.length, 1);
  t.is(short.gone.items.length, 0);
  runtime.spawn(new Collector('d'));
  runtime.tell(watching, 'watch', target);
  await clock.settle();
  t.is(watcher.gone.items.length, 1);
  runtime.terminate(target);
  await clock.settle();
  t.deepEqual(watcher.gone.items, [String(never), String(target)]);
});

test('who links again before it has heard of the end hears of that once, and is not linked: it was linked as far as it knew', async (t) => {
  const { clock, runtime } = start();
  class Spawner extends Process {
    again(): void {
      this.runtime.spawn(new Collector('d'));
    }
  }
  const watcher = new Watcher('w');
  const [watching, spawner] = [runtime.spawn(watcher), runtime.spawn(new Spawner())];
  const target = runtime.spawn(new Collector('d'));
  runtime.tell(watching, 'watch', target);
  await clock.settle();
  runtime.terminate(target);
  runtime.tell(spawner, 'again');
  // Waits in the mailbox before the news of the end, and finds another actor of that name.
  runtime.tell(watching, 'watch', target);
  await clock.settle();
  t.deepEqual(watcher.gone.items, [String(target)]);
  runtime.terminate(target);
  await clock.settle();
  t.deepEqual(watcher.gone.items, [String(target)]);
  runtime.tell(watching, 'watch', target);
  await clock.settle();
  t.deepEqual(watcher.gone.items, [String(target), String(target)]);
});

test('an unlink holds even when the end is already on its way', async (t) => {
  const { clock, runtime } = start();
  const watcher = new Watcher('w');
  const watching = runtime.spawn(watcher);
  const never = new PID('never', runtime.address);
  runtime.tell(watching, 'watch', never);
  runtime.tell(watching, 'unwatch', never);
  await clock.settle();
  t.deepEqual(watcher.gone.items, []);
  runtime.tell(watching, 'watch', never);
  await clock.settle();
  t.deepEqual(watcher.gone.items, [String(never)]);
});

test('unlinking a remote actor takes the link back there, and ended actors leave no links behind', async (t) => {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  await using a = await new Runtime({ clock, transport: network.transport() }).start();
  await using b = await new Runtime({ clock, transport: network.transport() }).start();
  const [one, two] = [new Watcher('one'), new Watcher('two')];
  const [onePid, twoPid] = [a.spawn(one), a.spawn(two)];
  const target = b.spawn(new Collector('d'));
  a.tell(onePid, 'watch', target);
  a.tell(twoPid, 'watch', target);
  await clock.settle();
  a.tell(onePid, 'unwatch', target);
  await clock.settle();
  b.terminate(target);
  await clock.settle();
  t.deepEqual([one.gone.items, two.gone.items], [[], [String(target)]]);
  const again = b.spawn(new Collector('d'));
  a.tell(onePid, 'watch', again);
  await clock.settle();
  a.terminate(onePid);
  await clock.settle();
  b.terminate(again);
  await clock.settle();
  t.deepEqual(one.gone.items, []);
  t.is(a.metrics.counter('libprocess/dead_letters').value, 0);
});

test('who is linked hears the reason that terminate was given', async (t) => {
  await using runtime = new Runtime();
  const reasons = new Tally<ExitReason>();
  class Reader extends Process {
    watch(...pids: PID[]): void {
      for (const pid of pids) this.link(pid);
    }
    protected override exited(_pid: PID, reason: ExitReason): void {
      reasons.add(reason);
    }
  }
  const targets = [runtime.spawn(new Collector('a')), runtime.spawn(new Collector('b'))];
  await runtime.dispatch(runtime.spawn(new Reader()), 'watch', targets);
  const reason = { type: 'failed', handler: 'x', error: 'why' } as const;
  for (const [index, pid] of targets.entries()) {
    runtime.terminate(pid, { inject: index === 0, reason });
    await reasons.reached(index + 1);
  }
  t.deepEqual(reasons.items, [reason, reason]);
});
