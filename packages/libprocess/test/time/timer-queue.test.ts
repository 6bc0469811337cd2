import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import test from 'ava';
import { TimerQueue } from '../../src/time/timer-queue.ts';
import type { Timer } from '../../src/index.ts';

interface Entry {
  readonly deadlineMs: number;
  readonly number: number;
  readonly timer: Timer;
}

const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      set: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.double({ min: 0, max: 40, noNaN: true })),
    }),
  },
  { weight: 3, arbitrary: fc.record({ cancel: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ move: fc.integer({ min: 0, max: 10 }) }) },
);

test('whatever is set and cancelled, timers leave in the order of deadline and then of setting, each once and none early', (t) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 400 }), (operations) => {
      const queue = new TimerQueue();
      const fired: number[] = [];
      let entries: Entry[] = [];
      let [nowMs, number] = [0, 0];
      for (const step of operations) {
        if ('set' in step) {
          const id = number++;
          const timer = queue.add(nowMs + step.set, () => fired.push(id));
          entries.push({ deadlineMs: nowMs + step.set, number: id, timer });
        } else if ('cancel' in step) {
          const entry = entries[step.cancel % Math.max(1, entries.length)];
          if (entry === undefined) continue;
          entries = entries.filter((other) => other !== entry);
          if (!queue.remove(entry.timer) || queue.remove(entry.timer)) return false;
        } else {
          nowMs += step.move;
          fired.length = 0;
          for (let due = queue.due(nowMs); due !== undefined; due = queue.due(nowMs)) due();
          const expected = entries.filter((entry) => entry.deadlineMs <= nowMs);
          entries = entries.filter((entry) => entry.deadlineMs > nowMs);
          expected.sort((a, b) => a.deadlineMs - b.deadlineMs || a.number - b.number);
          if (String(fired) !== String(expected.map((entry) => entry.number))) return false;
        }
        if (queue.size !== entries.length) return false;
        if (queue.nextMs !== Math.min(Infinity, ...entries.map((entry) => entry.deadlineMs))) return false;
      }
      return true;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('a timer of another clock is not cancelled, and a delay that is no number is refused', (t) => {
  const [one, other] = [new TimerQueue(), new TimerQueue()];
  const timer = one.add(5, () => undefined);
  t.false(other.remove(timer));
  t.false(one.remove({ deadlineMs: 5 }));
  t.deepEqual([one.size, other.size], [1, 0]);
  t.throws(() => one.add(Number.NaN, () => undefined), { code: 'INVARIANT' });
});

test('timers that are set and cancelled without end leave nothing behind', (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const queue = new TimerQueue();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let deadlineMs = 0; deadlineMs < 300_000; deadlineMs++) queue.remove(queue.add(deadlineMs, () => undefined));
  collect();
  const grownBytes = process.memoryUsage().heapUsed - before;
  // What a slot for each would take is ten times that.
  t.true(grownBytes < 3_000_000, `${grownBytes} bytes`);
  t.deepEqual([queue.size, queue.nextMs], [0, Infinity]);
});
