import { etcdVersion, startEtcd } from './baselines/etcd.ts';
import { measureRecovery, startLog } from './log-cluster.ts';
import { runLoad } from './log-load.ts';
import { median } from './measure.ts';
import type { Row, Suite } from './benchmark.ts';
import type { LogLoad, LogResult } from './log-load.ts';

/** A load, and what has to come of it. */
interface Case extends LogLoad {
  readonly replicas: 1 | 3;
  readonly perSecond?: number;
  readonly p50Ms?: number;
  /** How many times as many as etcd. */
  readonly ratio?: number;
}

const cases: readonly Case[] = [
  { replicas: 1, outstanding: 1, bytes: 128, count: 2_000, perSecond: 1_500, p50Ms: 0.6, ratio: 1 },
  { replicas: 1, outstanding: 16, bytes: 128, count: 10_000 },
  { replicas: 1, outstanding: 256, bytes: 128, count: 20_000, ratio: 2 },
  { replicas: 1, outstanding: 1, bytes: 16_384, count: 1_000 },
  { replicas: 1, outstanding: 16, bytes: 16_384, count: 2_000 },
  { replicas: 1, outstanding: 256, bytes: 16_384, count: 4_000 },
  { replicas: 3, outstanding: 1, bytes: 128, count: 1_000, perSecond: 700, p50Ms: 1.3, ratio: 1 },
  { replicas: 3, outstanding: 16, bytes: 128, count: 5_000, perSecond: 5_000 },
  { replicas: 3, outstanding: 256, bytes: 128, count: 20_000, perSecond: 15_000, ratio: 2 },
  { replicas: 3, outstanding: 1, bytes: 16_384, count: 800, perSecond: 500 },
  { replicas: 3, outstanding: 16, bytes: 16_384, count: 1_500 },
  { replicas: 3, outstanding: 256, bytes: 16_384, count: 3_000 },
];

const recoveryEntries = 1_000_000;

type Append = (load: LogLoad) => Promise<LogResult>;

/** Appends to a replicated log beside etcd on the same disk, every one synced, and what it costs to start again. */
export const log: Suite = {
  name: 'log',
  start: async () => {
    const version = etcdVersion();
    if (version === undefined) {
      process.stderr.write('There is no etcd here to compare with: it is in the package etcd-server of Debian.\n');
    }
    const closing: (() => Promise<void>)[] = [];
    const running = new Map<number, { readonly append: Append; readonly etcd: Append | undefined }>();
    const start = async (replicas: number): Promise<{ readonly append: Append; readonly etcd: Append | undefined }> => {
      const known = running.get(replicas);
      if (known !== undefined) return known;
      const cluster = await startLog(replicas);
      closing.push(() => cluster.close());
      const etcd = version === undefined ? undefined : await startEtcd(replicas);
      if (etcd !== undefined) closing.push(() => etcd.close());
      const started = {
        append: (load: LogLoad) => cluster.run(load),
        etcd: etcd && ((load: LogLoad) => runLoad(load, (data) => etcd.put(data))),
      };
      running.set(replicas, started);
      return started;
    };
    return {
      benchmarks: [
        ...cases.map((one): Row => ({
          row: async (rounds) => {
            const { append, etcd } = await start(one.replicas);
            return appendRow(one, rounds, append, etcd, version);
          },
        })),
        { row: () => recoveryRows() },
      ],
      stop: async () => {
        for (const close of closing) await close();
      },
    };
  },
};

async function appendRow(
  one: Case,
  rounds: number,
  append: Append,
  etcd: Append | undefined,
  version: string | undefined,
): Promise<string> {
  const results: LogResult[] = [];
  const others: LogResult[] = [];
  const warmUp = { ...one, count: Math.ceil(one.count / 5) };
  await append(warmUp);
  await etcd?.(warmUp);
  for (let round = 0; round < rounds; round++) {
    const other = await etcd?.(one);
    if (other !== undefined) others.push(other);
    results.push(await append(one));
  }
  const mine = middle(results);
  const ratio = median(results.map(({ perSecond }, index) => perSecond / (others[index]?.perSecond ?? Number.NaN)));
  const isRatioMet = one.ratio === undefined || others.length === 0 || ratio >= one.ratio;
  const isMet = mine.perSecond >= (one.perSecond ?? 0) && mine.p50Ms <= (one.p50Ms ?? Infinity) && isRatioMet;
  const targets = [
    ...(one.perSecond === undefined ? [] : [`>= ${one.perSecond}/s`]),
    ...(one.p50Ms === undefined ? [] : [`p50 <= ${one.p50Ms} ms`]),
    ...(one.ratio === undefined ? [] : [`>= ${one.ratio} x etcd`]),
  ];
  const size = one.bytes < 1_024 ? `${one.bytes} B` : `${one.bytes / 1_024} KB`;
  const cells = [
    `log, ${one.replicas} replica${one.replicas === 1 ? '' : 's'}, ${one.outstanding} outstanding, ${size}`,
    text(mine),
    others.length === 0 ? 'no etcd here' : `etcd ${version}: ${text(middle(others))}`,
    others.length === 0 ? '' : `**${ratio.toFixed(2)}**`,
    targets.join(', '),
    targets.length === 0 ? '' : isMet ? 'met' : 'missed',
  ];
  return `| ${cells.join(' | ')} |`;
}

async function recoveryRows(): Promise<string> {
  const { reads, learns } = await measureRecovery(recoveryEntries);
  return [
    `| log, a replica with ${recoveryEntries.toLocaleString('en')} entries of 128 B starts | ${seconds(reads.openedMs)}, ${memory(reads.rssMaxBytes)} | | | | |`,
    `| log, a replica whose disk was lost learns as many from two others | ${seconds(learns.votesMs)}, ${memory(learns.rssMaxBytes)} | | | | |`,
  ].join('\n');
}

function memory(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB at most`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function middle(results: readonly LogResult[]): LogResult {
  return {
    perSecond: median(results.map(({ perSecond }) => perSecond)),
    p50Ms: median(results.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(results.map(({ p99Ms }) => p99Ms)),
  };
}

function text({ perSecond, p50Ms, p99Ms }: LogResult): string {
  return `${Math.round(perSecond).toLocaleString('en')}/s, p50 ${p50Ms.toPrecision(2)} ms, p99 ${p99Ms.toPrecision(2)} ms`;
}
