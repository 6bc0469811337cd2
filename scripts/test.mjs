// Runs the tests. Arguments are ava's options and patterns, where a pattern may name a test's source or a package:
//   npm test -- packages/flags/test/load.test.ts      npm test -- packages/flags      npm test -- --match '*duration*'
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/root.mjs';

const ava = join(root, 'node_modules/ava/entrypoints/cli.mjs');

function run(...args) {
  const { status } = spawnSync(process.execPath, [ava, ...args], { cwd: root, stdio: 'inherit' });
  return status ?? 1;
}

/** What ava runs is compiled: a pattern for sources becomes one for what was compiled from them. */
function compiled(argument) {
  const path = argument.replace(/\/$/, '');
  if (/(^|\/)test\/.*\.ts$/.test(path)) return path.replace(/(^|\/)(test\/.*)\.ts/, '$1dist/$2.js');
  return existsSync(join(root, path, 'tsconfig.json')) ? `${path}/dist/test/**/*.test.js` : argument;
}

const args = process.argv.slice(2).map(compiled);
process.exitCode = run(...args);
