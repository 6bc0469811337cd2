import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { run, tableHead } from './benchmark.ts';
import { fairness, floods } from './fairness.ts';
import { failovers } from './failover.ts';
import { http } from './http.ts';
import { local } from './local.ts';
import { log } from './log.ts';
import { memory } from './memory.ts';
import { crowd, peers } from './peers.ts';
import { quota } from './quota.ts';
import { remote } from './remote.ts';
import { largeState, state } from './state.ts';
import { streams } from './streams.ts';
import { subscribers } from './subscribers.ts';
import { tasks } from './tasks.ts';
import { threads } from './threads.ts';
import { timers } from './timers.ts';
import { tls } from './tls.ts';
import type { Suite } from './benchmark.ts';

const suites: readonly Suite[] = [
  local,
  fairness,
  floods,
  timers,
  threads,
  remote,
  peers,
  crowd,
  tls,
  http,
  streams,
  subscribers,
  tasks,
  state,
  largeState,
  failovers,
  quota,
  log,
  memory,
];

const help = `Usage: npm run bench [-- [--rounds=N] [SUITE ...]]

Measures this project beside a baseline that runs in the same minute, and prints the ratio of the two as a Markdown table.
Machines differ and drift: quote the ratios.

  --rounds=N   counted rounds of each pair, after one that warms up (default 5)
  SUITE        ${suites.map((suite) => suite.name).join(', ')} (default all)
`;

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, help: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name));
if (values.help) {
  process.stdout.write(help);
} else if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(unknown.length > 0 ? `No suite '${unknown.join("', '")}'\n\n${help}` : help);
  process.exitCode = 2;
} else {
  process.stdout.write(
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${rounds} rounds\n\n`,
  );
  process.stdout.write(`${tableHead}\n`);
  for (const suite of suites) {
    if (positionals.length > 0 && !positionals.includes(suite.name)) continue;
    const { benchmarks, stop } = await suite.start();
    for (const benchmark of benchmarks) process.stdout.write(`${await run(benchmark, rounds)}\n`);
    await stop();
  }
}
