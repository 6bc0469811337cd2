import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import test from 'ava';

import { tarOf } from '../support/archives.ts';
import { TestDirectories, fails } from '../support/sandbox.ts';

// Each file of tests has an OS process of its own, so that its environment can be changed.
test.serial('without the program that an archive needs its fetch fails and names the program', async (t) => {
  const directories = await TestDirectories.create(t);
  for (const [name, program] of [
    ['a.tar.xz', 'xz'],
    ['a.tar.bz2', 'bzip2'],
  ] as const) {
    const path = join(directories.published, name);
    await writeFile(path, execFileSync(program, ['-c'], { input: tarOf({ path: 'x' }) }));
  }
  process.env['PATH'] = '/nonexistent';
  for (const [name, program] of [
    ['a.tar.xz', /needs the program xz, which is not installed/],
    ['a.tar.bz2', /needs the program bzip2, which is not installed/],
  ] as const) {
    const fetch = directories.fetch([{ value: join(directories.published, name) }]);
    await fails(t, fetch, 'FETCH_ARCHIVE_UNSUPPORTED', program);
  }
  t.deepEqual(await directories.files(), {});
});
