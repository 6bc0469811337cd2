import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

test('the program in the README says who leads', async (t) => {
  const path = fileURLToPath(new URL('examples/follow.js', import.meta.url));
  const env = { ...process.env, MESOS_MASTER: '127.0.0.1:5050' };
  const { stdout } = await promisify(execFile)(process.execPath, [path], { env });
  t.is(stdout, '127.0.0.1:5050 leads\n');
});
