import { findEngine, isEngineRequired } from './dist/src/docker/engine.js';
import { findChromium, findMesosGo } from './dist/src/local/tools.js';

const { engine, reason } = await findEngine();
if (engine === undefined) {
  const outcome = isEngineRequired(process.env) ? 'FAIL' : 'are SKIPPED';
  console.error(`\n  The tests in containers ${outcome}: ${reason}`);
}
if (findMesosGo() === undefined) {
  console.error('\n  The tests of mesos-go are SKIPPED: no go here, or no golang-github-mesos-mesos-go-dev');
}
if (findChromium() === undefined) console.error('\n  The test in a browser is SKIPPED: no Chromium here');

/** The long one first, with the others beside it; and first those of the others that need no containers: by then the image is there. */
const groupsInOrder = [/high-availability/, /\/(clients|docker)\/|http-inside|node-output|testimony|wait-until/, /./];
const place = (file) => groupsInOrder.findIndex((pattern) => pattern.test(file));

export default {
  files: ['dist/test/**/*.test.js'],
  // Most of the time they wait.
  concurrency: 2,
  sortTestFiles: (left, right) => place(left) - place(right) || left.localeCompare(right),
  timeout: '10m',
  // Native parts of the Docker client do not run in worker threads.
  workerThreads: false,
  // The cleaning helper of testcontainers is an image of a registry; the cluster removes its containers itself.
  environmentVariables: { TESTCONTAINERS_RYUK_DISABLED: 'true' },
};
