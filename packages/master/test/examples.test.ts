import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

test('the program of the README starts a master and reads its state', async (t) => {
  const path = fileURLToPath(new URL('examples/hello.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path]);
  t.is(stdout, 'Cluster hello speaks the language of Mesos 1.12.0\n');
});

test('the program of the guide to high availability has three masters of which one leads, and another when that one ends', async (t) => {
  const path = fileURLToPath(new URL('examples/three-masters.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path]);
  t.is(stdout, 'one of three leads\nanother leads: true\n');
});
