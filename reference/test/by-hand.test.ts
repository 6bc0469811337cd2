import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { Cluster } from '../src/cluster.ts';
import { pagesFolder } from '../src/paths.ts';

test('the program without a library runs its task, and prints what the page says', async (t) => {
  await using cluster = await Cluster.start({ name: 'by hand', steps: [] });
  const program = fileURLToPath(new URL('../src/by-hand.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, cluster.url('master')]);
  const page = readFileSync(join(pagesFolder, 'README.md'), 'utf8');
  t.is(stdout.replaceAll(/ +$/gm, ''), /It prints:\n\n```text\n([^]*?)```/.exec(page)?.[1] ?? '');
});
