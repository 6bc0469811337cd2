import { execFileSync } from 'node:child_process';
import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import test from 'ava';

import { TestDirectories, fails } from './support/sandbox.ts';
import { tarOf } from './support/archives.ts';

test('a file URI, a file URI of localhost and a plain path are copied under their base names', async (t) => {
  const { fetch, files, published } = await setUp(t);
  await writeFile(join(published, 'a'), 'one');
  await writeFile(join(published, 'b'), 'two');
  await writeFile(join(published, 'c'), 'three');
  await fetch([
    { value: `file://${published}/a` },
    { value: `file://localhost${published}/b` },
    { value: join(published, 'c') },
  ]);
  t.deepEqual(await files(), { a: 'one', b: 'two', c: 'three' });
});

test('a relative path starts at the frameworks home', async (t) => {
  const { fetch, files, published } = await setUp(t);
  await mkdir(join(published, 'sub'));
  await writeFile(join(published, 'sub/a'), 'one');
  await fetch([{ value: 'sub/a' }], { frameworksHome: published });
  t.deepEqual(await files(), { a: 'one' });
});

test('a local file is reached through symbolic links', async (t) => {
  const { fetch, files, published } = await setUp(t);
  await writeFile(join(published, 'real'), 'one');
  await symlink('real', join(published, 'link'));
  await fetch([{ value: join(published, 'link') }]);
  t.deepEqual(await files(), { link: 'one' });
});

test('a missing file, a directory and a named pipe fail with a reason', async (t) => {
  const { fetch, files, published } = await setUp(t);
  execFileSync('mkfifo', [join(published, 'pipe')]);
  await fails(
    t,
    fetch([{ value: `file://${published}/x` }]),
    'FETCH_SOURCE_UNREADABLE',
    /^Failed to fetch 'file:.*ENOENT/,
  );
  await fails(t, fetch([{ value: published }]), 'FETCH_SOURCE_UNREADABLE', /not a regular file/);
  await fails(t, fetch([{ value: join(published, 'pipe') }]), 'FETCH_SOURCE_UNREADABLE', /not a regular file/);
  t.deepEqual(await files(), {});
});

test('an executable URI is executable for everybody and stays packed', async (t) => {
  const { fetch, files, published, sandbox } = await setUp(t);
  await writeFile(join(published, 'prog'), '#!/bin/sh\n');
  await writeFile(join(published, 'prog.gz'), 'not really packed');
  await fetch([
    { executable: true, value: join(published, 'prog') },
    { executable: true, extract: true, value: join(published, 'prog.gz') },
  ]);
  t.is((await stat(join(sandbox, 'prog'))).mode & 0o777, 0o755);
  t.deepEqual(await files(), { prog: '#!/bin/sh\n', 'prog.gz': 'not really packed' });
});

test('a fetched file is not executable, even when its source is', async (t) => {
  const { fetch, published, sandbox } = await setUp(t);
  await writeFile(join(published, 'prog'), '#!/bin/sh\n');
  await chmod(join(published, 'prog'), 0o755);
  await fetch([{ value: join(published, 'prog') }]);
  t.is((await stat(join(sandbox, 'prog'))).mode & 0o111, 0);
});

test('output_file names the file, and the directories it lies in are made', async (t) => {
  const { fetch, files, published } = await setUp(t);
  await writeFile(join(published, 'a'), 'one');
  await fetch([
    { output_file: 'renamed', value: join(published, 'a') },
    { output_file: 'x/y/renamed', value: join(published, 'a') },
    { output_file: 'x/other', value: join(published, 'a') },
  ]);
  t.deepEqual(await files(), { renamed: 'one', 'x/': '', 'x/other': 'one', 'x/y/': '', 'x/y/renamed': 'one' });
});

test('output_file is not led out by a link in the sandbox', async (t) => {
  const { directories, fetch, published, root, sandbox } = await setUp(t);
  await writeFile(join(published, 'a'), 'one');
  await mkdir(join(root, 'outside'));
  await symlink('../outside', join(sandbox, 'link'));
  await fails(
    t,
    fetch([{ output_file: 'link/a', value: join(published, 'a') }]),
    'FETCH_CONFLICT',
    /"link" is in the way/,
  );
  t.deepEqual(await directories.everything(), { 'outside/': '', 'sandbox/': '', 'sandbox/link': '-> ../outside' });
});

test('a file takes the place of a link of its name and leaves what that points to', async (t) => {
  const { directories, fetch, published, root, sandbox } = await setUp(t);
  await writeFile(join(published, 'a'), 'new');
  await writeFile(join(root, 'victim'), 'old');
  await symlink('../victim', join(sandbox, 'a'));
  await fetch([{ value: join(published, 'a') }]);
  t.deepEqual(await directories.everything(), { 'sandbox/': '', 'sandbox/a': 'new', victim: 'old' });
});

test('of two URIs with one name the later one in the list stays', async (t) => {
  const { fetch, files, published } = await setUp(t);
  await mkdir(join(published, '1'));
  await mkdir(join(published, '2'));
  await writeFile(join(published, '1/a'), 'x'.repeat(1_000_000));
  await writeFile(join(published, '2/a'), 'two');
  await fetch([{ value: join(published, '1/a') }, { value: join(published, '2/a') }]);
  t.deepEqual(await files(), { a: 'two' });
});

test('a file does not replace a directory', async (t) => {
  const { fetch, published, sandbox } = await setUp(t);
  await mkdir(join(sandbox, 'a'));
  await writeFile(join(published, 'a'), 'one');
  await fails(t, fetch([{ value: join(published, 'a') }]), 'FETCH_CONFLICT', /directory named "a" is in the way/);
});

test('one URI that fails leaves nothing of the others', async (t) => {
  const { fetch, files, published } = await setUp(t);
  await writeFile(join(published, 'a'), 'one');
  await writeFile(join(published, 'b.tar'), tarOf({ body: 'two', path: 'two' }));
  const uris = ['a', 'b.tar', 'missing'].map((name) => ({ value: join(published, name) }));
  for (const concurrentDownloadsMax of [1, 3]) {
    await fails(t, fetch(uris, { concurrentDownloadsMax }), 'FETCH_SOURCE_UNREADABLE', /missing': Cannot read/);
    t.deepEqual(await files(), {});
  }
});

test('no URIs are fetched at once, even without a sandbox', async (t) => {
  const { fetch } = await setUp(t);
  await t.notThrowsAsync(fetch([], { sandboxDirectory: '/nonexistent' }));
});

test('a sandbox that does not exist fails the fetch', async (t) => {
  const { fetch, published } = await setUp(t);
  await writeFile(join(published, 'a'), 'one');
  await fails(
    t,
    fetch([{ value: join(published, 'a') }], { sandboxDirectory: '/nonexistent/x' }),
    'FETCH_IO',
    /ENOENT/,
  );
});

test('a file over the limit of bytes fails and leaves nothing', async (t) => {
  const { fetch, files, published } = await setUp(t);
  await writeFile(join(published, 'a'), 'x'.repeat(1001));
  await fails(t, fetch([{ value: join(published, 'a') }], { downloadBytesMax: 1000 }), 'FETCH_TOO_LARGE', /1000 bytes/);
  t.deepEqual(await files(), {});
});

test('a fetch aborted before it starts does nothing', async (t) => {
  const { fetch, files, published } = await setUp(t);
  await writeFile(join(published, 'a'), 'one');
  await fails(t, fetch([{ value: join(published, 'a') }], { signal: AbortSignal.abort() }), 'FETCH_ABORTED', /aborted/);
  t.deepEqual(await files(), {});
});

test('what happens is logged a line at a time', async (t) => {
  const { fetch, published } = await setUp(t);
  await writeFile(join(published, 'a'), 'one');
  await writeFile(join(published, 'b.gz'), gzipSync('two'));
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  await fetch([{ output_file: 'x', value: join(published, 'a') }, { value: join(published, 'b.gz') }], { log });
  t.deepEqual(
    lines.map((line) => line.replaceAll(published, '')),
    [
      "Fetching URI '/a' directly into the sandbox directory",
      "Fetching URI '/b.gz' directly into the sandbox directory",
      "Copied and did not extract '/a': its name is not that of an archive",
      "Extracted 'b.gz' into the sandbox directory",
      "Fetched '/a' to 'x'",
      "Fetched '/b.gz' to 'b.gz'",
    ],
  );
});

async function setUp(t: Parameters<typeof TestDirectories.create>[0]) {
  const directories = await TestDirectories.create(t);
  const { published, root, sandbox } = directories;
  return {
    directories,
    fetch: directories.fetch.bind(directories),
    files: directories.files.bind(directories),
    published,
    root,
    sandbox,
  };
}
