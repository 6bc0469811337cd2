import { RawThread } from './baselines/raw-thread.ts';
import { ThreadBench, streamWindow } from './thread-bench.ts';
import type { Suite } from './benchmark.ts';

const small = { data: 'x'.repeat(80) };
const primesBelow = 1_500_000;

/** Actors in worker threads, against `postMessage` with nothing around it, and against the same work in one thread. */
export const threads: Suite = {
  name: 'threads',
  start: async () => {
    const bench = await ThreadBench.start();
    const raw = new RawThread();
    return {
      benchmarks: [
        {
          name: 'to a thread, one-way stream, 100 B',
          against: 'raw postMessage',
          target: 1,
          unit: 'messages',
          subject: () => bench.stream(500_000, small),
          baseline: () => raw.stream(200_000, streamWindow, small),
        },
        {
          name: 'to a thread and back, 250 outstanding, 100 B',
          against: 'raw postMessage',
          target: 1,
          unit: 'exchanges',
          subject: () => bench.pingPong(200_000, 250, small),
          baseline: () => raw.pingPong(100_000, 250, small),
        },
        {
          name: 'to a thread and back, 1 outstanding, 100 B',
          against: 'raw postMessage',
          target: 0.3,
          unit: 'exchanges',
          subject: () => bench.pingPong(20_000, 1, small),
          baseline: () => raw.pingPong(20_000, 1, small),
        },
        {
          name: 'two jobs that only compute, on two threads',
          against: 'one after the other in one thread',
          target: 1.8,
          unit: 'jobs',
          subject: () => bench.compute(primesBelow),
          baseline: () => bench.computeHere(primesBelow),
        },
      ],
      stop: async () => {
        await bench.close();
        await raw.close();
      },
    };
  },
};
