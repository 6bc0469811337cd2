import { compare, median } from './measure.ts';
import type { Comparison, Workload } from './measure.ts';

/** One figure of this project, measured beside a baseline in the same run. */
interface Figure {
  readonly name: string;
  /** What it is compared with. */
  readonly against: string;
  /** What the ratio has to reach. */
  readonly target: number;
  readonly unit: string;
  /** What the rates are per. @default 's' */
  readonly per?: string;
}

/** A benchmark of two workloads, which are measured in operations per second, or one that measures by itself. */
export type Benchmark = Figure &
  (
    | { readonly subject: Workload; readonly baseline: Workload }
    | { readonly compare: (rounds: number) => Promise<Comparison> }
  );

/** Something that is to stay below a bound, which the machine's speed has little to do with. */
export interface Bound {
  readonly name: string;
  readonly unit: string;
  readonly atMost: number;
  readonly sample: () => Promise<number>;
}

/** Something that has more to tell than one figure: it fills rows by itself. */
export interface Row {
  readonly row: (rounds: number) => Promise<string>;
}

/** Benchmarks that share something to set up. */
export interface Suite {
  readonly name: string;
  start(): Promise<{ readonly benchmarks: readonly (Benchmark | Bound | Row)[]; readonly stop: () => Promise<void> }>;
}

/** A benchmark's result. */
interface Result extends Comparison {
  readonly benchmark: Benchmark;
}

/** Runs a benchmark in so many rounds, and answers a row of a Markdown table. */
export async function run(benchmark: Benchmark | Bound | Row, rounds: number): Promise<string> {
  if ('row' in benchmark) return benchmark.row(rounds);
  if ('atMost' in benchmark) return boundRow(benchmark, await sampled(benchmark, rounds));
  const comparison =
    'compare' in benchmark ? benchmark.compare(rounds) : compare(benchmark.subject, benchmark.baseline, rounds);
  return row({ benchmark, ...(await comparison) });
}

function count(value: number): string {
  if (value >= 1_000_000) return `${(value / 1_000_000).toFixed(2)} M`;
  if (value >= 10_000) return `${(value / 1_000).toFixed(0)} k`;
  if (value >= 1_000) return `${(value / 1_000).toFixed(1)} k`;
  return value.toFixed(1);
}

async function sampled({ sample }: Bound, rounds: number): Promise<number[]> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) samples.push(await sample());
  return samples;
}

/** The row of a bound and what was measured. */
export function boundRow({ name, unit, atMost }: Omit<Bound, 'sample'>, samples: readonly number[]): string {
  const value = median(samples);
  return `| ${name} | ${count(value)} ${unit} | | | <= ${atMost} | ${value <= atMost ? 'met' : 'missed'} |`;
}

function row({ benchmark, subjectPerSecond, baselinePerSecond, ratio }: Result): string {
  const { per = 's' } = benchmark;
  const cells = [
    benchmark.name,
    `${count(subjectPerSecond)} ${benchmark.unit}/${per}`,
    `${benchmark.against}: ${count(baselinePerSecond)}/${per}`,
    `**${ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2)}**`,
    `>= ${benchmark.target}`,
    ratio >= benchmark.target ? 'met' : ratio >= benchmark.target / 2 ? 'half' : 'missed',
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The head of the table that `run` fills. */
export const tableHead = ['| benchmark | this | baseline | ratio | target | |', '|---|---|---|---|---|---|'].join('\n');
