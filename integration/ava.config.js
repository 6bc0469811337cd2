import { findEngine, isEngineRequired } from './dist/src/docker/engine.js';

const { engine, reason } = await findEngine();
if (engine === undefined) {
  const outcome = isEngineRequired(process.env) ? 'FAIL' : 'are SKIPPED';
  console.error(`\n  The tests in containers ${outcome}: ${reason}`);
}

export default {
  files: ['dist/test/**/*.test.js'],
  concurrency: 1,
  serial: true,
  timeout: '5m',
  // Native parts of the Docker client do not run in worker threads.
  workerThreads: false,
  // The cleaning helper of testcontainers is an image of a registry; the cluster removes its containers itself.
  environmentVariables: { TESTCONTAINERS_RYUK_DISABLED: 'true' },
};
