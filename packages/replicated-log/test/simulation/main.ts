/** Many seeds of the simulation, on all cores, or one again with all that happens in it: `npm run sim -- --help`. */
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

const help = `Simulates clusters of replicas of the log, each with faults by a seed, and checks after every step what the log promises.

  npm run sim -- [--seeds=100000] [--from=1] [--replicas=5]   so many seeds from the first one on, on all cores
  npm run sim -- --seed=42 [--replicas=5]                     one seed, with all that happens in it

It ends with 1 when a seed shows something wrong, with 2 when it does not understand what it is to do.`;

interface Task {
  readonly seed: number | undefined;
  readonly seeds: number;
  readonly from: number;
  readonly replicas: number;
}

/** What the command line asks for; undefined for `--help`. Throws for what is no whole number. */
function taskOf(argv: readonly string[]): Task | undefined {
  const number = { type: 'string' } as const;
  const options = { seed: number, seeds: number, from: number, replicas: number, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...argv], options });
  if (values.help === true) return undefined;
  const whole = (name: 'seed' | 'seeds' | 'from' | 'replicas', least: number, otherwise: number): number => {
    const text = values[name] ?? `${otherwise}`;
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new RangeError(`--${name} is a whole number from ${least} on, not '${text}'`);
    }
    return value;
  };
  return {
    seed: values.seed === undefined ? undefined : whole('seed', 0, 0),
    seeds: whole('seeds', 1, 100_000),
    from: whole('from', 0, 1),
    replicas: whole('replicas', 1, 5),
  };
}

/** As `taskOf`, where there is something to be done. */
function understood(argv: readonly string[]): Task | undefined {
  try {
    const task = taskOf(argv);
    if (task === undefined) console.log(help);
    return task;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    process.exitCode = 2;
    return undefined;
  }
}

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
  const task = understood(process.argv.slice(2));
  if (task === undefined) return;
  const { seed: only, seeds: count, from, replicas } = task;
  if (only !== undefined) {
    const report = simulateLog(only, {
      replicas,
      trace: (line) => {
        console.log(line);
      },
    });
    console.log(report);
    return;
  }
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
