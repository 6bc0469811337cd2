import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const path = fileURLToPath(new URL('examples/cluster.js', import.meta.url));

test('the program in the README starts a cluster and ends with it', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, [path]);
  t.regex(stdout, /^Frameworks subscribe at 127\.0\.0\.1:\d+; people look at http:\/\/127\.0\.0\.1:\d+\/state\n/);
  t.is(stdout.match(/^An agent serves http:\/\/127\.0\.0\.1:\d+$/gm)?.length, 3);
});
