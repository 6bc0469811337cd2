import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Process, Runtime } from '@mesos-ts/libprocess';
import type { Suite } from './benchmark.ts';
import type { Workload } from './measure.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are used after everything that nobody holds was collected: of the heap, and if asked for, of buffers beside it. */
export function heapUsed(buffers = false): number {
  // Once is not enough for what is held weakly, or by a finaliser.
  for (let round = 0; round < 3; round++) collect();
  const { heapUsed: heap, external } = process.memoryUsage();
  return buffers ? heap + external : heap;
}

class Idle extends Process {
  protected override initialize(): void {
    this.install('ping', (from) => {
      this.send(from, 'pong');
    });
  }
}

/** Bytes of an actor that has one message installed and does nothing. */
async function idleActor(count: number): Promise<number> {
  await using runtime = new Runtime();
  await runtime.whenInitialized(runtime.spawn(new Idle()));
  const before = heapUsed();
  for (let index = 0; index < count; index++) runtime.spawn(new Idle());
  await runtime.settle();
  return (heapUsed() - before) / count;
}

/** The longest pause of the collector during a workload, in milliseconds. */
export async function longestPause(workload: Workload): Promise<number> {
  let longest = 0;
  const seen = (entries: readonly { readonly duration: number }[]): void => {
    for (const { duration } of entries) longest = Math.max(longest, duration);
  };
  const observer = new PerformanceObserver((list) => {
    seen(list.getEntries());
  });
  observer.observe({ entryTypes: ['gc'] });
  await workload();
  seen(observer.takeRecords());
  observer.disconnect();
  return longest;
}

/** What is asked of the collector here slows down what comes after: the last of all. */
export const memory: Suite = {
  name: 'memory',
  start: () =>
    Promise.resolve({
      benchmarks: [{ name: 'memory of an idle actor', unit: 'bytes', atMost: 1_024, sample: () => idleActor(20_000) }],
      stop: () => Promise.resolve(),
    }),
};
