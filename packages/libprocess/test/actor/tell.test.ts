import test from 'ava';
import { Process, Runtime } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';

class Notes extends Process {
  readonly lines: unknown[][] = [];
  note(...line: unknown[]): void {
    this.lines.push(line);
  }
}

test('a method that is told gets exactly the arguments it was told: none, one, several, an array, undefined', async (t) => {
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  const notes = new Notes();
  const pid = runtime.spawn(notes);
  const calls = [[], [1], [undefined], [[1, 2]], [1, 2], [undefined, undefined]];
  for (const args of calls) runtime.tell(pid, 'note', ...args);
  await clock.settle();
  t.deepEqual(notes.lines, calls);
});
