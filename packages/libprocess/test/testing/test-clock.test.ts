import test from 'ava';
import { Process, Runtime, deferred } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';

test('time stands still until it is moved, and moves by exactly so much', async (t) => {
  const clock = new TestClock({ epochMs: 1_000 });
  t.deepEqual([clock.now(), clock.monotonic()], [1_000, 0]);
  await clock.advance(250);
  t.deepEqual([clock.now(), clock.monotonic()], [1_250, 250]);
});

test('advance stops at every deadline, in order of deadline and then of setting, and sees timers set on the way', async (t) => {
  const clock = new TestClock();
  const fired: string[] = [];
  const set = (delayMs: number, name: string, then?: () => void): void => {
    clock.timer(delayMs, () => {
      fired.push(`${name}@${clock.monotonic()}`);
      then?.();
    });
  };
  set(20, 'b');
  set(10, 'a', () => {
    set(5, 'a2');
    set(0, 'a1');
  });
  set(20, 'c');
  set(31, 'late');
  const cancelled = clock.timer(1, () => fired.push('cancelled'));
  t.deepEqual([clock.cancel(cancelled), clock.cancel(cancelled)], [true, false]);
  await clock.advance(30);
  t.deepEqual(fired, ['a@10', 'a1@10', 'a2@15', 'b@20', 'c@20']);
  t.is(clock.timers, 1);
  await clock.advance(1);
  t.is(fired.at(-1), 'late@31');
});

test('settle waits for actors that wake one another and for tracked operations', async (t) => {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const gate = deferred<void>();
  class Chain extends Process {
    steps = 0;
    step(): void {
      if (++this.steps < 10_000) this.send(this.self, 'step');
    }
    async outside(): Promise<void> {
      await this.runtime.track(gate.promise);
      this.steps = -1;
    }
    protected override initialize(): void {
      this.install('step', () => {
        this.step();
      });
    }
  }
  const chain = new Chain();
  const pid = runtime.spawn(chain);
  runtime.tell(pid, 'step');
  await clock.settle();
  t.is(chain.steps, 10_000);
  runtime.tell(pid, 'outside');
  let settled = false;
  const settling = clock.settle().then(() => {
    settled = true;
  });
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  t.false(settled);
  gate.resolve();
  await settling;
  t.is(chain.steps, -1);
});
