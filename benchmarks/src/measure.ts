import { performance } from 'node:perf_hooks';

/** Milliseconds since some moment. */
export function clock(): number {
  return performance.now();
}

/** One measurement: so many operations in so many milliseconds. */
export interface Sample {
  readonly operations: number;
  readonly elapsedMs: number;
}

/** Something to measure: it does its work and answers how many operations it did. */
export type Workload = () => Promise<number>;

/** Runs a workload once and measures it. */
export async function measure(workload: Workload): Promise<Sample> {
  const start = performance.now();
  const operations = await workload();
  return { operations, elapsedMs: performance.now() - start };
}

/** Operations per second. */
export function rate(sample: Sample): number {
  return (sample.operations * 1_000) / sample.elapsedMs;
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >>> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The number that such a part of some numbers, from 0 to 1, does not exceed. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** The result of two workloads run in turn. */
export interface Comparison {
  readonly subjectPerSecond: number;
  readonly baselinePerSecond: number;
  /** The median of the ratios of the rounds: machines drift, a round's two halves much less so. */
  readonly ratio: number;
}

/** Runs two workloads in turn, so many counted rounds after one that warms up. */
export async function compare(subject: Workload, baseline: Workload, rounds: number): Promise<Comparison> {
  await measure(baseline);
  await measure(subject);
  const subjects: number[] = [];
  const baselines: number[] = [];
  for (let round = 0; round < rounds; round++) {
    baselines.push(rate(await measure(baseline)));
    subjects.push(rate(await measure(subject)));
  }
  return {
    subjectPerSecond: median(subjects),
    baselinePerSecond: median(baselines),
    ratio: median(subjects.map((value, index) => value / (baselines[index] ?? Number.NaN))),
  };
}
