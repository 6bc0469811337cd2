import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';

test('the program of the README serves until it is told to end', async (t) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('examples/hello.js', import.meta.url))]);
  const [line] = (await once(child.stderr, 'data')) as [Buffer];
  t.regex(line.toString(), /^I.* hello\] Hello serves 127\.0\.0\.1:\d+\n$/);
  child.kill('SIGTERM');
  const [status] = (await once(child, 'exit')) as [number | null];
  t.is(status, 0);
});
