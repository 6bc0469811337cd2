// AVA loads this before each file of tests: what property tests are given is the same in each run, so that a failure is that of a change
// and not of chance. `npm run fuzz` has other seeds tried, by FUZZ_SEED.
import fc from 'fast-check';

const text = process.env.FUZZ_SEED ?? '1';
const seed = Number(text);
if (!Number.isInteger(seed)) throw new Error(`FUZZ_SEED is not a whole number: '${text}'`);
fc.configureGlobal({ seed, reporter });

// Of a test in which an assertion of its own has failed, AVA tells only that: not for which values, nor how these come about again.
function reporter(run) {
  if (!run.failed) return;
  const message = fc.defaultReportMessage(run);
  process.stderr.write(`${message}\n`);
  throw new Error(message, { cause: run.errorInstance });
}
