// Runs the tests: first those that need nothing but this machine, then those that need a Docker engine.
// Arguments are ava's options and patterns, where a pattern may name a test's source or a whole package:
//   npm test -- packages/flags/test/load.test.ts      npm test -- packages/flags      npm test -- --match '*duration*'
// With arguments only one of the two runs: the second if a pattern is in integration/, else the first.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/root.mjs';

const ava = join(root, 'node_modules/ava/entrypoints/cli.mjs');
const INTEGRATION = /^integration(\/|$)/;

// The programs under test take these for their flags: what is set for a cluster of the user's own is not meant for them.
// What the tests require of this machine is meant for the tests.
const FLAGS = /^(?!MESOS_REQUIRE_)(MESOS|LIBPROCESS|WORDCOUNT)_/;
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FLAGS.test(name)));

/** Runs ava where its configuration is: package.json for `.`, ava.config.js for `integration`. */
function run(folder, args) {
  const { status } = spawnSync(process.execPath, [ava, ...args], { cwd: join(root, folder), env, stdio: 'inherit' });
  return status ?? 1;
}

/** What ava runs is compiled: a pattern for sources becomes one for what was compiled from them. */
function compiled(argument) {
  const path = argument.replace(/\/$/, '');
  if (/(^|\/)test\/.*\.ts$/.test(path)) return path.replace(/(^|\/)(test\/.*)\.ts$/, '$1dist/$2.js');
  return existsSync(join(root, path, 'tsconfig.json')) ? `${path}/dist/test/**/*.test.js` : argument;
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
