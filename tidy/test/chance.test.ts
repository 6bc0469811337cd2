import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { codeOnly, root, sources } from '../src/tree.ts';

const usesFastCheck = (text: string): boolean => text.includes("from 'fast-check'");
// But for this file, which has what it looks for.
const tests = sources('test').filter(({ workspace }) => workspace !== 'tidy');

test('property tests are given the same in each run, unless another seed is asked for', (t) => {
  t.is(fc.readConfigureGlobal()?.seed, Number(process.env['FUZZ_SEED'] ?? 1));
  t.deepEqual(fc.sample(fc.string(), 50), fc.sample(fc.string(), 50));
});

test('no property test has a seed of its own, which would keep fresh ones from it, or ends where the machine is slow', (t) => {
  const own =
    /\bseed: [\d_]+, numRuns|numRuns(?:: [\d_]+)?, seed|\{ seed: [\d_]+ \}|interruptAfterTimeLimit|configureGlobal\(/;
  const wrong = tests.filter(({ text }) => usesFastCheck(text) && own.test(codeOnly(text))).map(({ path }) => path);
  t.deepEqual(wrong, []);
});

test('property tests are where their seed is set: not in the integration tests, which have a configuration of their own', (t) => {
  const wrong = sources('src', 'test').filter(
    ({ workspace, path, text }) => usesFastCheck(text) && (workspace === 'integration' || path.includes('/src/')),
  );
  t.deepEqual(wrong, []);
});

test('no unit test draws from the randomness of the machine', (t) => {
  const machine = /\bMath\.random\(|\brandom(?:UUID|Bytes|Int|FillSync)\b|\bgetRandomValues\b|\bnanoid\b/;
  const wrong = tests
    .filter(({ workspace, text }) => workspace !== 'integration' && machine.test(codeOnly(text)))
    .map(({ path }) => path);
  t.deepEqual(wrong, []);
});

function fuzz(...args: readonly string[]): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/fuzz.mjs'), ...args], {
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

test('npm run fuzz tries seed after seed, stops at the first that fails, and tells how to have it again', (t) => {
  t.timeout(300_000);
  const { status, said } = fuzz('--seed=11', '--runs=8', 'tidy/dist/test/support/seed-12.js');
  t.is(status, 1);
  t.regex(said, /^Seeds 11 to 18 for tidy.*\nseed 11: passed in .*\nseed 12: FAILED in .*\n/);
  t.regex(said, /Property failed after 1 tests\s+\{ seed: 12, path: "0.*\nCounterexample: \[/);
  t.true(said.endsWith('\nAgain: npm run fuzz -- --seed=12 --runs=1 tidy/dist/test/support/seed-12.js\n'), said);
});

test('npm run fuzz refuses what it does not understand, and draws a seed where none is given', (t) => {
  t.timeout(300_000);
  t.deepEqual(fuzz('--seed=x'), { status: 2, said: `fuzz: --seed is a whole number from 0 to 2147483647, got 'x'\n` });
  t.regex(fuzz('--seeds=1').said, /^fuzz: Unknown option '--seeds'/);
  t.regex(fuzz('--help').said, /--seed=N/);
  const { status, said } = fuzz('--runs=1', 'no-such.test.js');
  t.is(status, 1);
  t.regex(said, /^Seeds (\d+) to \1 for no-such[^]*did not match the filters/);
});
