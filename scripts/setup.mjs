// Installs and builds what is missing. Says nothing and takes no time when nothing is: `npm start` and `npm test` call it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { withLock } from './lib/lock.mjs';
import { root } from './lib/root.mjs';
import { isBuilt, isInstalled, rememberBuilt, sourcesFingerprint } from './lib/state.mjs';

const NODE_MIN = [20, 19];
/** The status of a failure that may be over when it is tried again: EX_TEMPFAIL. */
const LATER = 75;

class InstallError extends Error {}

function fail(message, status = 1) {
  console.error(`setup: ${message}`);
  process.exit(status);
}

function say(message) {
  console.error(`setup: ${message}`);
}

function run(what, command, args) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error !== undefined) throw new Error(`${what} could not start: ${error.message}`);
  if (status !== 0) throw new Error(`${what} failed (${signal ?? `exit status ${status}`})`);
}

function install() {
  say('installing dependencies (npm ci)');
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env['npm_execpath'] ?? '';
  try {
    // The npm that runs this script, where there is one: there may be no other on the PATH.
    if (/npm-cli\.c?js$/.test(npm)) run('npm ci', process.execPath, [npm, ...args]);
    else run('npm ci', 'npm', args);
  } catch (error) {
    throw new InstallError(error.message);
  }
}

function build() {
  say('building');
  run('the build', process.execPath, [join(root, 'scripts/build.mjs')]);
}

function work() {
  const started = Date.now();
  if (!isInstalled()) install();
  // Taken before the build: what is edited while it runs counts as not built.
  const fingerprint = sourcesFingerprint();
  if (isBuilt(fingerprint)) return;
  build();
  rememberBuilt(fingerprint);
  say(`done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])) {
  fail(`this project needs Node.js ${NODE_MIN.join('.')} or newer, and this is ${process.versions.node}`);
}
try {
  if (!isInstalled() || !isBuilt(sourcesFingerprint())) {
    await withLock(work, (holder) => say(`waiting for the setup that process ${holder} runs`));
  }
} catch (error) {
  fail(error.message, error instanceof InstallError ? LATER : 1);
}
