import { mkdtemp, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { hashOf, layOut, type ImageFile } from '../../src/docker/image-files.ts';

async function temporaryFolder(t: { teardown: (undo: () => Promise<void>) => void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mesos-ts-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('files, links and folders are laid out below a folder', async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, 'source');
  await writeFile(source, 'text', { mode: 0o755 });
  await layOut(
    [
      { type: 'file', target: 'usr/bin/tool', source },
      { type: 'link', target: 'bin/tool', to: '/usr/bin/tool' },
      { type: 'folder', target: 'tmp', mode: 0o1777 },
    ],
    join(folder, 'rootfs'),
  );
  t.is(await readFile(join(folder, 'rootfs/usr/bin/tool'), 'utf8'), 'text');
  t.is((await stat(join(folder, 'rootfs/usr/bin/tool'))).mode & 0o777, 0o755);
  t.is(await readlink(join(folder, 'rootfs/bin/tool')), '/usr/bin/tool');
  t.is((await stat(join(folder, 'rootfs/tmp'))).mode & 0o7777, 0o1777);
});

test('a hash changes with what is in the image and with nothing else', async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, 'source');
  await writeFile(source, 'one');
  const files: ImageFile[] = [
    { type: 'file', target: 'a', source },
    { type: 'link', target: 'b', to: 'a' },
  ];
  const hash = hashOf(files, 'content', 'FROM scratch');
  t.is(hashOf(files.toReversed(), 'content', 'FROM scratch'), hash);
  await utimes(source, 1, 1);
  t.is(hashOf(files, 'content', 'FROM scratch'), hash);
  t.not(hashOf(files, 'content', 'FROM other'), hash);
  t.not(hashOf(files.slice(1), 'content', 'FROM scratch'), hash);
  const timed = hashOf(files, 'time');
  await utimes(source, 2, 2);
  t.not(hashOf(files, 'time'), timed);
  await writeFile(source, 'two');
  t.not(hashOf(files, 'content', 'FROM scratch'), hash);
});
