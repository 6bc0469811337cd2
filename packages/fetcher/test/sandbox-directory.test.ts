import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import test from 'ava';

import { SandboxDirectory } from '../src/sandbox-directory.ts';
import { TestDirectories } from './support/sandbox.ts';

test('a child that is a link, or a file, is not opened as a directory', async (t) => {
  const { root, sandbox } = await TestDirectories.create(t);
  await mkdir(join(root, 'outside'));
  await symlink('../outside', join(sandbox, 'link'));
  await writeFile(join(sandbox, 'file'), '');
  await using directory = await SandboxDirectory.open(sandbox);
  for (const name of ['link', 'file']) {
    const error = await t.throwsAsync<NodeJS.ErrnoException>(directory.child(name));
    t.true(error.code === 'ENOTDIR' || error.code === 'ELOOP', error.code);
  }
});

const onLinux = process.platform === 'linux';

test('what is written into an open directory lands there, whatever takes its name (on Linux)', async (t) => {
  const { root, sandbox } = await TestDirectories.create(t);
  await mkdir(join(root, 'outside'));
  await mkdir(join(sandbox, 'd'));
  await using directory = await SandboxDirectory.open(sandbox);
  await using child = await directory.child('d');
  await rename(join(sandbox, 'd'), join(sandbox, 'moved'));
  await symlink('../outside', join(sandbox, 'd'));
  await writeFile(child.path('x'), 'x');
  const landed = onLinux ? join(sandbox, 'moved/x') : join(root, 'outside/x');
  t.is(await readFile(landed, 'utf8'), 'x');
});

test('only a directory that nobody else may enter is private', async (t) => {
  const { sandbox } = await TestDirectories.create(t);
  await mkdir(join(sandbox, 'open'), { mode: 0o755 });
  await mkdir(join(sandbox, 'private'), { mode: 0o700 });
  await using directory = await SandboxDirectory.open(sandbox);
  await using open = await directory.child('open');
  await using own = await directory.child('private');
  t.deepEqual([await open.isPrivate(), await own.isPrivate()], [false, true]);
});
