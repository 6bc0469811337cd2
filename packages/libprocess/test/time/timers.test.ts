import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import test from 'ava';
import { TimerHeap } from '../../src/time/timer-heap.ts';
import { TimerWheel } from '../../src/time/timer-wheel.ts';
import type { Timer } from '../../src/index.ts';

interface Timers {
  readonly size: number;
  add(deadlineMs: number, nowMs: number, callback: () => void): Timer;
  remove(timer: Timer): boolean;
  due(nowMs: number): (() => void) | undefined;
  /** When to look again, which is never too late. */
  next(): number;
}

function ofHeap(): Timers {
  const heap = new TimerHeap();
  return {
    get size() {
      return heap.size;
    },
    add: (deadlineMs, _nowMs, callback) => heap.add(deadlineMs, callback),
    remove: (timer) => heap.remove(timer),
    due: (nowMs) => heap.due(nowMs),
    next: () => heap.nextMs,
  };
}

function ofWheel(): Timers {
  const wheel = new TimerWheel();
  return {
    get size() {
      return wheel.size;
    },
    add: (deadlineMs, nowMs, callback) => wheel.add(deadlineMs, nowMs, callback),
    remove: (timer) => wheel.remove(timer),
    due: (nowMs) => wheel.due(nowMs),
    next: () => wheel.wakeMs,
  };
}

const delay = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 150 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 300_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 40 }) },
  { weight: 1, arbitrary: fc.constantFrom(Infinity, 63, 64, 65, 4_095, 4_096, 4_097, 262_144) },
);
const fraction = fc.constantFrom(0, 0.25, 0.5);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ set: delay, fraction, sets: fc.array(delay, { maxLength: 2 }) }) },
  { weight: 3, arbitrary: fc.record({ cancel: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ move: delay.filter(Number.isFinite), fraction }) },
);

interface Entry {
  readonly deadlineMs: number;
  readonly number: number;
  readonly timer: Timer;
}

for (const { name, make, whole } of [
  { name: 'heap', make: ofHeap, whole: false },
  { name: 'wheel', make: ofWheel, whole: true },
]) {
  test(`${name}: whatever is set and cancelled, timers leave by deadline and then by setting, each once and none early`, (t) => {
    fc.assert(
      // As long as they may be: a heap of few timers has hardly any shape.
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const timers = make();
        let fired: number[] = [];
        let entries: Entry[] = [];
        let [nowMs, number] = [0, 0];
        const set = (delayMs: number, sets: readonly number[]): void => {
          const id = number++;
          const deadlineMs = whole ? Math.ceil(nowMs + delayMs) : nowMs + delayMs;
          const timer = timers.add(deadlineMs, nowMs, () => {
            fired.push(id);
            // It may be due at once.
            for (const more of sets) set(more, []);
          });
          entries.push({ deadlineMs, number: id, timer });
          if (timer.deadlineMs !== deadlineMs) throw new Error('a deadline is not what was set');
        };
        for (const one of steps) {
          if ('set' in one) {
            set(one.set + (whole ? 0 : one.fraction), one.sets);
          } else if ('cancel' in one) {
            const entry = entries[one.cancel % Math.max(1, entries.length)];
            if (entry === undefined) continue;
            entries = entries.filter((other) => other !== entry);
            if (!timers.remove(entry.timer) || timers.remove(entry.timer)) return false;
          } else {
            nowMs += one.move + one.fraction;
            fired = [];
            for (let due = timers.due(nowMs); due !== undefined; due = timers.due(nowMs)) due();
            const expected = entries
              .filter((entry) => entry.deadlineMs <= nowMs)
              .toSorted((a, b) => a.deadlineMs - b.deadlineMs || a.number - b.number);
            entries = entries.filter((entry) => entry.deadlineMs > nowMs);
            if (expected.map((entry) => entry.number).join() !== fired.join()) return false;
            if (timers.due(nowMs) !== undefined) return false;
          }
          if (timers.size !== entries.length) return false;
          if (timers.next() > Math.min(Infinity, ...entries.map((entry) => entry.deadlineMs))) return false;
        }
        return true;
      }),
      { numRuns: 1_000 },
    );
    t.pass();
  });

  test(`${name}: whoever wakes when told to, finds every timer on time and wakes only a few times for each`, (t) => {
    fc.assert(
      fc.property(
        fc.array(
          delay.filter((delayMs) => delayMs < 2 ** 30),
          { minLength: 1, maxLength: 50 },
        ),
        (delays) => {
          const timers = make();
          let left = delays.length;
          for (const delayMs of delays) timers.add(1_000_000 + delayMs, 1_000_000, () => left--);
          let wakes = 0;
          for (let nowMs = timers.next(); nowMs < Infinity; nowMs = timers.next()) {
            wakes++;
            for (let due = timers.due(nowMs); due !== undefined; due = timers.due(nowMs)) due();
          }
          return left === 0 && wakes <= 6 * delays.length + 1;
        },
      ),
    );
    t.pass();
  });

  test(`${name}: a timer of another clock is not cancelled, and a delay that is no number is refused`, (t) => {
    const [one, other] = [make(), make()];
    const timer = one.add(5, 0, () => undefined);
    other.add(5, 0, () => undefined);
    t.false(other.remove(timer));
    t.false(one.remove({ deadlineMs: 5 }));
    t.deepEqual([one.size, other.size], [1, 1]);
    t.throws(() => one.add(Number.NaN, 0, () => undefined), { code: 'INVARIANT' });
  });

  test.serial(`${name}: timers that are set and cancelled without end leave nothing behind`, (t) => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const timers = make();
    const round = (): void => {
      for (let deadlineMs = 0; deadlineMs < 300_000; deadlineMs++) {
        timers.remove(timers.add(deadlineMs, 0, () => undefined));
      }
    };
    round();
    collect();
    const before = process.memoryUsage().heapUsed;
    round();
    collect();
    const grownBytes = process.memoryUsage().heapUsed - before;
    // A word for each would be more.
    t.true(grownBytes < 2_000_000, `${grownBytes} bytes`);
    t.is(timers.size, 0);
  });
}
