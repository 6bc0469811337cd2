import test from 'ava';
import { Process, Runtime } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { heapUsed } from '../support/heap.ts';

class Idle extends Process {}

class Listening extends Process {
  protected override initialize(): void {
    this.install('ping', (from) => {
      this.send(from, 'pong');
    });
  }
}

for (const [title, make] of [
  ['', () => new Idle()],
  [' with a message installed', () => new Listening()],
] as const) {
  test.serial(`an idle actor${title} takes at most 1 KB`, async (t) => {
    const clock = new TestClock();
    await using runtime = new Runtime({ clock });
    runtime.spawn(make());
    await clock.settle();
    const before = heapUsed();
    const count = 20_000;
    for (let index = 0; index < count; index++) runtime.spawn(make());
    await clock.settle();
    const each = (heapUsed() - before) / count;
    t.true(each > 100 && each <= 1_024, `${each} bytes each`);
  });
}
