import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

test('a worker that chokes is started again under its name, and begins anew', async (t) => {
  const program = fileURLToPath(new URL('supervised.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  t.is(
    stdout,
    [
      'worker started',
      'done: 1',
      'worker exited',
      'worker restarting',
      'worker started',
      'done: 1',
      'worker stopped',
      '',
    ].join('\n'),
  );
});
