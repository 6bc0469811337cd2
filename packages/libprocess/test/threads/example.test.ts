import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

test('the program of the guide counts primes in two threads, and ends with them', async (t) => {
  const path = fileURLToPath(new URL('../examples/threads.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path]);
  t.is(stdout, '5133 + 4459 primes below 100000\n');
});
