import test from 'ava';
import { Runtime } from '../../src/index.ts';
import { Collector } from '../support/actors.ts';
import type { Runnable, Scheduler } from '../../src/index.ts';

/** Runs whoever came last first, when it is told to. */
class LastFirst implements Scheduler {
  readonly waiting: Runnable[] = [];
  readonly afterRun: () => void;

  constructor(afterRun: () => void) {
    this.afterRun = afterRun;
  }

  get busy(): boolean {
    return this.waiting.length > 0;
  }

  push(runnable: Runnable): void {
    this.waiting.push(runnable);
  }

  run(): void {
    for (let next = this.waiting.pop(); next !== undefined; next = this.waiting.pop()) next.run(1);
    this.afterRun();
  }
}

test('a runtime that is given a scheduler runs its actors in the order that this one chooses, each event by itself', (t) => {
  let scheduler: LastFirst | undefined;
  const runtime = new Runtime({ scheduler: (afterRun) => (scheduler = new LastFirst(afterRun)) });
  const order: string[] = [];
  class Noting extends Collector {
    protected override initialize(): void {
      this.install('note', () => {
        order.push(this.self.id);
      });
    }
  }
  const pids = ['a', 'b', 'c'].map((id) => runtime.spawn(new Noting(id)));
  for (const pid of pids) for (let count = 0; count < 2; count++) runtime.send(pid, 'note');
  t.deepEqual(order, []);
  scheduler?.run();
  t.deepEqual(order, ['c', 'c', 'b', 'b', 'a', 'a']);
});
