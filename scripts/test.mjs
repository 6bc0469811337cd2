// Runs the tests: first those that need nothing but this machine, then those that need a Docker engine.
// Arguments are ava's options and patterns, where a pattern may name a test's source or a whole package:
//   npm test -- packages/flags/test/load.test.ts      npm test -- packages/flags      npm test -- --match '*duration*'
// With arguments only one of the two runs: the second if a pattern is in integration/, else the first.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ava, compiled, testEnvironment } from './lib/ava.mjs';
import { root } from './lib/root.mjs';

const INTEGRATION = /^integration(\/|$)/;
const env = testEnvironment();

/** Runs ava where its configuration is: package.json for `.`, ava.config.js for `integration`. */
function run(folder, args) {
  const { status } = spawnSync(process.execPath, [ava, ...args], { cwd: join(root, folder), env, stdio: 'inherit' });
  return status ?? 1;
}

function runAll() {
  const unit = run('.', []);
  return run('integration', []) || unit;
}

const args = process.argv.slice(2);
const patterns = args.map(compiled);
if (args.length === 0) process.exitCode = runAll();
else if (!args.some((argument) => INTEGRATION.test(argument))) process.exitCode = run('.', patterns);
else
  process.exitCode = run(
    'integration',
    patterns.map((pattern) => pattern.replace(INTEGRATION, '')),
  );
