import { SeededRandom, SystemClock } from '@mesos-ts/libprocess';
import { HeapTimers, TimeoutTimers } from './baselines/timers.ts';
import { median } from './measure.ts';
import { heapUsed } from './memory.ts';
import type { Benchmark, Suite } from './benchmark.ts';
import type { Comparison, Workload } from './measure.ts';
import type { Timers } from './baselines/timers.ts';

const count = 100_000;
const nothing = (): void => undefined;

type Make = () => Timers;

interface Load {
  readonly name: string;
  readonly target: number;
  /** Answers how many timers it set. */
  readonly run: (timers: Timers) => number | Promise<number>;
}

function delays(seed: number, maxMs: number): number[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => random.next() * maxMs);
}

const scattered = delays(1, 60_000);
const soon = delays(2, 20);
const atOnce = scattered.map(() => 1);

/** Sets timers, and answers how many there were when all have fired. */
function fired(timers: Timers, delaysMs: readonly number[]): Promise<number> {
  return new Promise((resolve) => {
    let left = delaysMs.length;
    const fire = (): void => {
      if (--left === 0) resolve(delaysMs.length);
    };
    for (const delayMs of delaysMs) timers.timer(delayMs, fire);
  });
}

const loads: readonly Load[] = [
  {
    name: '100,000 timers of 30 s set, then cancelled',
    target: 2,
    run: (timers) => {
      const set = Array.from({ length: count }, () => timers.timer(30_000, nothing));
      for (const timer of set) timers.cancel(timer);
      return count;
    },
  },
  {
    name: '100,000 timers within a minute set, then cancelled',
    target: 1.5,
    run: (timers) => {
      const set = scattered.map((delayMs) => timers.timer(delayMs, nothing));
      for (const timer of set) timers.cancel(timer);
      return count;
    },
  },
  {
    name: '10,000 timers set anew, 100,000 times in all',
    target: 1.5,
    run: (timers) => {
      const set = Array.from({ length: 10_000 }, () => timers.timer(30_000, nothing));
      for (let done = 0; done < count; done++) {
        const index = done % set.length;
        const timer = set[index];
        if (timer !== undefined) timers.cancel(timer);
        set[index] = timers.timer(30_000, nothing);
      }
      for (const timer of set) timers.cancel(timer);
      return count;
    },
  },
  {
    name: '100,000 timers of 1 ms set and fired',
    target: 1.5,
    run: (timers) => fired(timers, atOnce),
  },
  {
    name: '100,000 timers within 20 ms set and fired',
    target: 1.2,
    run: (timers) => fired(timers, soon),
  },
];

function workload(load: Load, make: Make): Workload {
  return async () => load.run(make());
}

/** How many timers a mebibyte holds. */
function density(make: Make): number {
  const timers = make();
  // What the list of them takes is not theirs.
  const set: unknown[] = Array.from({ length: count }, () => undefined);
  const before = heapUsed();
  for (const [index, delayMs] of scattered.entries()) set[index] = timers.timer(600_000 + delayMs, nothing);
  const bytes = heapUsed() - before;
  for (const timer of set) timers.cancel(timer as ReturnType<Timers['timer']>);
  return (count * 1_048_576) / bytes;
}

function compareDensity(subject: Make, baseline: Make, rounds: number): Promise<Comparison> {
  const pairs = Array.from({ length: rounds }, () => ({ baseline: density(baseline), subject: density(subject) }));
  return Promise.resolve({
    subjectPerSecond: median(pairs.map((pair) => pair.subject)),
    baselinePerSecond: median(pairs.map((pair) => pair.baseline)),
    ratio: median(pairs.map((pair) => pair.subject / pair.baseline)),
  });
}

const clock: Make = () => new SystemClock();
const others: readonly { against: string; make: Make; target?: number }[] = [
  { against: 'setTimeout for each', make: () => new TimeoutTimers() },
  { against: 'heap', make: () => new HeapTimers(), target: 1 },
];

const benchmarks: readonly Benchmark[] = others.flatMap(({ against, make, target }) => [
  ...loads.map((load) => ({
    name: load.name,
    against,
    target: target ?? load.target,
    unit: 'timers',
    subject: workload(load, clock),
    baseline: workload(load, make),
  })),
  {
    name: '100,000 timers within a minute: memory',
    against,
    target: target ?? 2,
    unit: 'timers',
    per: 'MiB',
    compare: (rounds: number) => compareDensity(clock, make, rounds),
  },
]);

/** The machine's clock, against one timer of the machine for each, and against other ways to share one. */
export const timers: Suite = {
  name: 'timers',
  start: () => {
    // Timers do not keep the program alive; a listener on the parent's end does.
    const alive = new BroadcastChannel('alive');
    return Promise.resolve({
      benchmarks,
      stop: () => {
        alive.close();
        return Promise.resolve();
      },
    });
  },
};
