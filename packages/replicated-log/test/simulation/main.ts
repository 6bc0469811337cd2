/**
 * Many seeds of the simulation, on all cores: `npm run sim`, `npm run sim -- --seeds=1000 --from=5000 --replicas=3`. One seed again, with all
 * that happens in it: `npm run sim -- --seed=42`.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { simulateLog } from '../../src/testing/index.ts';

interface Share {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly replicas: number;
}

type Told =
  | { readonly type: 'report'; readonly sum: Readonly<Record<string, number>>; readonly seeds: number }
  | Failed;

interface Failed {
  readonly type: 'failed';
  readonly text: string;
  readonly seed: number;
}

const reportEvery = 250;

function post(told: Told): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(told);
}

/** Simulates seeds, and tells how far it is. */
function work({ from, to, step, replicas }: Share): void {
  let sum: Record<string, number> = {};
  let seeds = 0;
  const tell = (): void => {
    // The sums of all fields of reports.
    if (seeds > 0) post({ type: 'report', sum, seeds });
    sum = {};
    seeds = 0;
  };
  for (let seed = from; seed <= to; seed += step) {
    try {
      for (const [name, count] of Object.entries(simulateLog(seed, { replicas }))) sum[name] = (sum[name] ?? 0) + count;
    } catch (error) {
      post({ type: 'failed', seed, text: error instanceof Error ? error.message : String(error) });
    }
    if (++seeds === reportEvery) tell();
  }
  tell();
}

async function main(): Promise<void> {
  const number = { type: 'string' } as const;
  const { values } = parseArgs({ options: { seed: number, seeds: number, from: number, replicas: number } });
  const replicas = Number(values.replicas ?? 5);
  if (values.seed !== undefined) {
    const report = simulateLog(Number(values.seed), {
      replicas,
      trace: (line) => {
        console.log(line);
      },
    });
    console.log(report);
    return;
  }
  const count = Number(values.seeds ?? 100_000);
  const from = Number(values.from ?? 1);
  const workers = availableParallelism();
  const sum: Record<string, number> = {};
  const failed: Failed[] = [];
  let done = 0;
  const share = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const workerShare: Share = { from: from + index, to: from + count - 1, step: workers, replicas };
      const worker = new Worker(new URL(import.meta.url), { workerData: workerShare });
      worker.on('message', (told: Told) => {
        if (told.type === 'failed') {
          failed.push(told);
          console.log(`${told.text}\n  npm run sim -- --seed=${told.seed} --replicas=${replicas}`);
          return;
        }
        done += told.seeds;
        for (const [name, value] of Object.entries(told.sum)) sum[name] = (sum[name] ?? 0) + value;
        if (process.stdout.isTTY) process.stdout.write(`\r${done} of ${count} seeds`);
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        resolve();
      });
    });
  await Promise.all(Array.from({ length: workers }, (_, index) => share(index)));
  console.log(`\n${done} seeds with ${replicas} replicas:`, sum);
  console.log(failed.length === 0 ? 'nothing wrong' : `${failed.length} seeds show something wrong`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

if (isMainThread) await main();
else work(workerData as Share);
