// Runs the property tests with fresh seeds. In `npm test` their seed is always the same.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ava, compiled, testEnvironment } from './lib/ava.mjs';
import { root } from './lib/root.mjs';

const HELP = `Runs the property tests with fresh seeds, one seed after the other, until one fails.

Usage: npm run fuzz [-- OPTIONS] [TESTS]

  TESTS       the source of a test or a whole package, as for npm test; by default all that use fast-check
  --seed=N    the first seed; by default one that is drawn
  --runs=N    so many seeds: N, N + 1, ...; by default 10. Each is a run of all these tests
  --help      prints this

  npm run fuzz -- --runs=100 packages/flags     a hundred seeds for one package
  npm run fuzz -- --seed=42 --runs=1            what failed under seed 42, again
`;

const SEED_MAX = 2 ** 31 - 1;
const RUNS_MAX = 1_000_000;
const TREES = ['packages', 'examples', 'reference'];

function fail(message) {
  process.stderr.write(`fuzz: ${message}\n`);
  process.exit(2);
}

function number(name, text, min, max) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    fail(`--${name} is a whole number from ${min} to ${max}, got '${text}'`);
  }
  return value;
}

function options() {
  const option = { type: 'string' };
  try {
    return parseArgs({
      options: { seed: option, runs: { ...option, default: '10' }, help: { type: 'boolean' } },
      allowPositionals: true,
    });
  } catch (error) {
    return fail(`${error.message}. See --help`);
  }
}

/** The sources of tests below a folder that use fast-check. */
function propertyTests(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist', 'src'].includes(entry.name) ? [] : propertyTests(path);
    return path.endsWith('.test.ts') && readFileSync(join(root, path), 'utf8').includes(`from 'fast-check'`)
      ? [path]
      : [];
  });
}

/** Runs the tests under a seed; answers whether they passed, and all that AVA said. */
function run(seed, tests) {
  const child = spawn(process.execPath, [ava, ...tests], {
    cwd: root,
    env: { ...testEnvironment(), FUZZ_SEED: String(seed) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = (signal) => {
    child.kill(signal);
    process.exit(1);
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.err += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (status) => {
      process.off('SIGINT', end).off('SIGTERM', end);
      resolve({ passed: status === 0, said });
    });
  });
}

/** What the tests wrote themselves, which is the values that failed, and what AVA said of it after the list of all tests. */
function failures({ out, err }) {
  const [, ...rest] = out.split(/^\s*─+\s*$/m);
  return `${err}\n${rest.length > 0 ? rest.join('') : out}`.trim();
}

const { values, positionals } = options();
if (values.help) {
  process.stdout.write(HELP);
  process.exit();
}
const runs = number('runs', values.runs, 1, RUNS_MAX);
const first = values.seed === undefined ? randomInt(SEED_MAX - runs) : number('seed', values.seed, 0, SEED_MAX);
const tests = (positionals.length > 0 ? positionals : TREES.flatMap(propertyTests)).map(compiled);
const which = positionals.length > 0 ? positionals.join(' ') : `the ${tests.length} files of property tests`;
process.stdout.write(`Seeds ${first} to ${first + runs - 1} for ${which}\n`);
for (let seed = first; seed < first + runs; seed++) {
  const started = Date.now();
  const { passed, said } = await run(seed, tests);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`seed ${seed}: ${passed ? 'passed' : 'FAILED'} in ${seconds} s\n`);
  if (passed) continue;
  const again = ['npm run fuzz --', `--seed=${seed}`, '--runs=1', ...positionals].join(' ');
  process.stdout.write(`\n${failures(said)}\n\nAgain: ${again}\n`);
  process.exitCode = 1;
  break;
}
