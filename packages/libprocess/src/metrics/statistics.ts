/** What is told of the values of a window. Percentiles are interpolated between neighbouring values. */
export interface Statistics {
  /** How many values the window holds, at least 2. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
}

/** The statistics of values in any order; undefined for fewer than two, as in libprocess's `Statistics`. */
export function statisticsOf(values: readonly number[]): Statistics | undefined {
  if (values.length < 2) return undefined;
  const sorted = Float64Array.from(values).toSorted();
  const at = (quantile: number): number => percentile(sorted, quantile);
  return {
    count: sorted.length,
    min: at(0),
    max: at(1),
    p25: at(0.25),
    p50: at(0.5),
    p75: at(0.75),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    p9999: at(0.9999),
  };
}

function percentile(sorted: Float64Array, quantile: number): number {
  const position = quantile * (sorted.length - 1);
  const index = Math.floor(position);
  const below = sorted[index] ?? Number.NaN;
  const above = sorted[index + 1] ?? below;
  return below + (above - below) * (position - index);
}
