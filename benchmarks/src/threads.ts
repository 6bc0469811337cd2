import { RawThread } from './baselines/raw-thread.ts';
import { bodies } from './bodies.ts';
import { ThreadBench } from './thread-bench.ts';
import type { Suite } from './benchmark.ts';

const body = bodies['100 B'];
const window = 5_000;
const pingPongs = [
  { outstanding: 250, count: 200_000, rawCount: 100_000, target: 1 },
  { outstanding: 1, count: 20_000, rawCount: 20_000, target: 0.6 },
];
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
          subject: () => bench.echo.stream(500_000, window, body),
          baseline: () => raw.stream(200_000, window, { ...body, window }),
        },
        ...pingPongs.map(({ outstanding, count, rawCount, target }) => ({
          name: `to a thread and back, ${outstanding} outstanding, 100 B`,
          against: 'raw postMessage',
          target,
          unit: 'exchanges',
          subject: () => bench.echo.pingPong(count, outstanding, body),
          baseline: () => raw.pingPong(rawCount, outstanding, body),
        })),
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
