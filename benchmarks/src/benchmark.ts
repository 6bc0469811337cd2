import { compare } from './measure.ts';
import type { Comparison, Workload } from './measure.ts';

/** One figure of this project, measured beside a baseline in the same run. */
export interface Benchmark {
  readonly name: string;
  /** What it is compared with. */
  readonly against: string;
  /** What the ratio has to reach. */
  readonly target: number;
  readonly unit: string;
  readonly subject: Workload;
  readonly baseline: Workload;
}

/** Benchmarks that share something to set up. */
export interface Suite {
  readonly name: string;
  start(): Promise<{ readonly benchmarks: readonly Benchmark[]; readonly stop: () => Promise<void> }>;
}

/** A benchmark's result. */
export interface Result extends Comparison {
  readonly benchmark: Benchmark;
}

/** Runs a benchmark in so many rounds. */
export async function run(benchmark: Benchmark, rounds: number): Promise<Result> {
  return { benchmark, ...(await compare(benchmark.subject, benchmark.baseline, rounds)) };
}

function count(value: number): string {
  if (value >= 1_000_000) return `${(value / 1_000_000).toFixed(2)} M`;
  if (value >= 10_000) return `${(value / 1_000).toFixed(0)} k`;
  if (value >= 1_000) return `${(value / 1_000).toFixed(1)} k`;
  return value.toFixed(1);
}

/** A result as a row of a Markdown table. */
export function row({ benchmark, subjectPerSecond, baselinePerSecond, ratio }: Result): string {
  const cells = [
    benchmark.name,
    `${count(subjectPerSecond)} ${benchmark.unit}/s`,
    `${benchmark.against}: ${count(baselinePerSecond)}/s`,
    `**${ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2)}**`,
    `>= ${benchmark.target}`,
    ratio >= benchmark.target ? 'met' : ratio >= benchmark.target / 2 ? 'half' : 'missed',
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The head of the table that `row` fills. */
export const tableHead = ['| benchmark | this | baseline | ratio | target | |', '|---|---|---|---|---|---|'].join('\n');
