import { clock, percentile } from './measure.ts';

/** What a load does. */
export interface LogLoad {
  readonly outstanding: number;
  readonly bytes: number;
  readonly count: number;
}

/** What came of it. */
export interface LogResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Appends so many entries, so many of them at a time. */
export async function runLoad(
  { outstanding, bytes, count }: LogLoad,
  append: (data: Buffer) => Promise<unknown>,
): Promise<LogResult> {
  const data = noise(bytes);
  const latencies: number[] = [];
  let begun = 0;
  const start = clock();
  const worker = async (): Promise<void> => {
    while (begun < count) {
      begun++;
      const since = clock();
      await append(data);
      latencies.push(clock() - since);
    }
  };
  await Promise.all(Array.from({ length: outstanding }, () => worker()));
  const elapsedMs = clock() - start;
  return {
    perSecond: (count * 1_000) / elapsedMs,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
}

/** Bytes that cannot be compressed. */
function noise(length: number): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    }),
  );
}
