import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/** AVA's command. */
export const ava = join(root, 'node_modules/ava/entrypoints/cli.mjs');

// The programs under test take these for their flags: what is set for a cluster of the user's own is not meant for them.
// What the tests require of this machine is meant for the tests.
const FLAGS = /^(?!MESOS_REQUIRE_)(MESOS|LIBPROCESS|WORDCOUNT)_/;

/** This process's environment, as tests are to have it. */
export function testEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !FLAGS.test(name)));
}

/** What AVA runs is compiled: a pattern for sources becomes one for what was compiled from them. */
export function compiled(argument) {
  const path = argument.replace(/\/$/, '');
  if (/(^|\/)test\/.*\.ts$/.test(path)) return path.replace(/(^|\/)(test\/.*)\.ts$/, '$1dist/$2.js');
  return existsSync(join(root, path, 'tsconfig.json')) ? `${path}/dist/test/**/*.test.js` : argument;
}
