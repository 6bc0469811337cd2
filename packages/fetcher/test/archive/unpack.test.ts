import { execFileSync } from 'node:child_process';
import { mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import test from 'ava';
import type { ExecutionContext } from 'ava';

import type { FetchErrorCode } from '../../src/errors.ts';
import type { FetchOptions } from '../../src/options.ts';
import { tarEntry, tarOf, zipOf } from '../support/archives.ts';
import type { TarEntryData, ZipEntryData } from '../support/archives.ts';
import { TestDirectories, fails } from '../support/sandbox.ts';

const sIfdir = 0o040000;
const sIflnk = 0o120000;
const sIfifo = 0o010000;

for (const [name, flags] of [
  ['tree.tar', '-cf'],
  ['tree.tar.gz', '-czf'],
  ['tree.tgz', '-czf'],
  ['tree.tar.bz2', '-cjf'],
  ['tree.tbz2', '-cjf'],
  ['tree.tar.xz', '-cJf'],
  ['tree.txz', '-cJf'],
] as const) {
  test(`${name} as made by tar is unpacked beside itself`, async (t) => {
    const { directories, published, sandbox } = await publishedTree(t);
    execFileSync('tar', ['-C', published, flags, join(published, name), 'tree']);
    await directories.fetch([{ value: `file://${published}/${name}` }]);
    await assertTree(t, directories, name);
    t.is((await stat(join(sandbox, 'tree/prog'))).mode & 0o777, 0o755);
    t.is((await stat(join(sandbox, 'tree/leaf'))).mtimeMs, 1_600_000_000_000);
  });
}

test('a zip as made by zip is unpacked beside itself, links and modes included', async (t) => {
  const { directories, published, sandbox } = await publishedTree(t);
  execFileSync('zip', ['-qry', 'tree.zip', 'tree'], { cwd: published });
  await directories.fetch([{ value: join(published, 'tree.zip') }]);
  await assertTree(t, directories, 'tree.zip');
  t.is((await stat(join(sandbox, 'tree/prog'))).mode & 0o777, 0o755);
});

test('a plain gz file becomes the file without .gz, at the root of the sandbox', async (t) => {
  const { directories } = await publish(t, 'file.gz', gzipSync('hello'));
  await directories.fetch([{ output_file: 'sub/renamed.gz', value: join(directories.published, 'file.gz') }]);
  t.deepEqual(Object.keys(await directories.files()), ['renamed', 'sub/', 'sub/renamed.gz']);
  t.is((await directories.files())['renamed'], 'hello');
});

test('extract: false leaves an archive packed', async (t) => {
  const { directories } = await publish(t, 'a.tar', tarOf({ body: 'x', path: 'x' }));
  await directories.fetch([{ extract: false, value: join(directories.published, 'a.tar') }]);
  t.deepEqual(Object.keys(await directories.files()), ['a.tar']);
});

test('an archive unpacks at the root of the sandbox wherever output_file puts it', async (t) => {
  const { directories } = await publish(t, 'a', tarOf({ body: 'x', path: 'x' }));
  await directories.fetch([{ output_file: 'sub/a.tar', value: join(directories.published, 'a') }]);
  t.deepEqual(Object.keys(await directories.files()), ['sub/', 'sub/a.tar', 'x']);
});

test('archives merge with what is in the sandbox, and the later entry of a name stays', async (t) => {
  const { directories } = await publish(t, 'a.tar', tarOf({ body: '1', path: 'd/x' }, { body: '2', path: 'd/y' }));
  await writeFile(
    join(directories.published, 'b.zip'),
    await zipOf({ body: '3', name: 'd/y' }, { body: '4', name: 'd/z' }),
  );
  await mkdir(join(directories.sandbox, 'd'));
  await writeFile(join(directories.sandbox, 'd/x'), '0');
  const uris = ['a.tar', 'b.zip'].map((name) => ({ value: join(directories.published, name) }));
  await directories.fetch(uris);
  const files = await directories.files();
  t.deepEqual([files['d/x'], files['d/y'], files['d/z']], ['1', '3', '4']);
});

test('of two entries of one name in an archive the later one stays', async (t) => {
  const zip = await zipOf({ body: '1', name: 'A' }, { body: '2', name: 'A' });
  const { directories } = await publish(t, 'a.zip', zip);
  await writeFile(join(directories.published, 'b.tar'), tarOf({ body: '1', path: 'B' }, { body: '2', path: 'B' }));
  await directories.fetch(['a.zip', 'b.tar'].map((name) => ({ value: join(directories.published, name) })));
  const files = await directories.files();
  t.deepEqual([files['A'], files['B']], ['2', '2']);
});

test('long names, from GNU tar and from pax, are kept', async (t) => {
  const { directories, published } = await publishedTree(t);
  const long = `tree/${'d'.repeat(120)}/${'f'.repeat(150)}`;
  await mkdir(join(published, long, '..'), { recursive: true });
  await writeFile(join(published, long), 'long');
  for (const format of ['gnu', 'pax']) {
    execFileSync('tar', ['-C', published, `--format=${format}`, '-cf', join(published, `${format}.tar`), long]);
    await directories.fetch([{ value: join(published, `${format}.tar`) }]);
    t.is((await directories.files())[long], 'long');
  }
});

test('links inside the sandbox are made, hard links included', async (t) => {
  const tar = tarOf(
    { body: 'x', path: 'd/x' },
    { linkpath: '../d/./x', path: 'e/soft', type: 'SymbolicLink' },
    { linkpath: 'd/x', path: 'e/hard', type: 'Link' },
    { linkpath: '..', path: 'e/up', type: 'SymbolicLink' },
  );
  const { directories } = await publish(t, 'a.tar', tar);
  await directories.fetch([{ value: join(directories.published, 'a.tar') }]);
  const { 'a.tar': _, ...files } = await directories.files();
  const links = { 'e/hard': 'x', 'e/soft': '-> ../d/./x', 'e/up': '-> ..' };
  t.deepEqual(files, { 'd/': '', 'd/x': 'x', 'e/': '', ...links });
});

test('set-user-id, set-group-id and sticky bits are dropped', async (t) => {
  const tar = tarOf({ mode: 0o7755, path: 'x' }, { mode: 0o7755, path: 'd', type: 'Directory' });
  const { directories } = await publish(t, 'a.tar', tar);
  await writeFile(join(directories.published, 'b.zip'), await zipOf({ mode: 0o107755, name: 'y' }));
  await directories.fetch(['a.tar', 'b.zip'].map((name) => ({ value: join(directories.published, name) })));
  for (const name of ['x', 'd', 'y']) t.is((await stat(join(directories.sandbox, name))).mode & 0o7777, 0o755, name);
});

test('a directory without rights for its owner is unpacked with them', async (t) => {
  const tar = tarOf({ mode: 0, path: 'd', type: 'Directory' }, { path: 'd/x' });
  const { directories } = await publish(t, 'a.tar', tar);
  await directories.fetch([{ value: join(directories.published, 'a.tar') }]);
  t.is((await stat(join(directories.sandbox, 'd'))).mode & 0o777, 0o700);
});

const outside = { linkpath: '../outside', path: 'link', type: 'SymbolicLink' } as const;

const maliciousTars: Record<string, TarEntryData[]> = {
  "a name with '..'": [{ body: 'x', path: '../evil' }],
  "a name with '..' inside": [{ body: 'x', path: 'a/../../evil' }],
  'an absolute name': [{ body: 'x', path: '/tmp/evil-fetch' }],
  'a directory that climbs out': [{ path: '../evil/', type: 'Directory' }],
  'a link to the outside': [outside],
  'a link to the outside, written through': [outside, { body: 'x', path: 'link/evil' }],
  'a link to an absolute path': [{ linkpath: '/etc', path: 'link', type: 'SymbolicLink' }],
  'a link inside, written through': [
    { linkpath: '.', path: 'link', type: 'SymbolicLink' },
    { body: 'x', path: 'link/evil' },
  ],
  'links that lead out together': [
    { path: 'p/q/r/x' },
    { linkpath: '../../..', path: 'p/q/r/s', type: 'SymbolicLink' },
    { linkpath: 'p/q/r/s/../outside', path: 'e', type: 'SymbolicLink' },
  ],
  'a hard link to the outside': [{ linkpath: '../outside/secret', path: 'hard', type: 'Link' }],
  'a hard link to an absolute path': [{ linkpath: '/etc/passwd', path: 'hard', type: 'Link' }],
  'a hard link to what is not in the archive': [{ linkpath: 'stdout', path: 'hard', type: 'Link' }],
  'a hard link to a link': [
    { linkpath: 'x', path: 'soft', type: 'SymbolicLink' },
    { linkpath: 'soft', path: 'hard', type: 'Link' },
  ],
  'a hard link through a link': [
    { linkpath: '.', path: 'soft', type: 'SymbolicLink' },
    { linkpath: 'soft/a.tar', path: 'hard', type: 'Link' },
  ],
  'a character device': [{ devmaj: 1, devmin: 3, path: 'null', type: 'CharacterDevice' }],
  'a block device': [{ devmaj: 8, path: 'sda', type: 'BlockDevice' }],
  'a named pipe': [{ path: 'pipe', type: 'FIFO' }],
  'an entry of a type nobody knows': [{ path: 'y', type: 'SolarisACL' }],
  'a file in place of a directory': [{ path: 'd/x' }, { path: 'd' }],
  'a directory in place of a link': [
    { linkpath: 'x', path: 'd', type: 'SymbolicLink' },
    { path: 'd', type: 'Directory' },
  ],
  'a name that is the sandbox itself': [{ body: 'x', path: '.' }],
};

for (const [what, entries] of Object.entries(maliciousTars)) {
  test(`a tar with ${what} is refused and leaves nothing`, async (t) => {
    await assertRefused(
      t,
      'a.tar',
      tarOf({ body: 'good', path: 'good' }, ...entries),
      'FETCH_ARCHIVE_REFUSED',
      /Refused/,
    );
  });
}

const maliciousZips: Record<string, ZipEntryData[]> = {
  'a link to the outside': [{ body: '../outside', mode: sIflnk | 0o777, name: 'link' }],
  'a link inside, written through': [
    { body: '.', mode: sIflnk | 0o777, name: 'link' },
    { body: 'x', name: 'link/evil' },
  ],
  'a named pipe': [{ mode: sIfifo | 0o644, name: 'pipe' }],
  'a file in place of a directory': [{ mode: sIfdir | 0o755, name: 'd/' }, { name: 'd' }],
};

for (const [what, entries] of Object.entries(maliciousZips)) {
  test(`a zip with ${what} is refused and leaves nothing`, async (t) => {
    const zip = await zipOf({ body: 'good', name: 'good' }, ...entries);
    await assertRefused(t, 'a.zip', zip, 'FETCH_ARCHIVE_REFUSED', /Refused/);
  });
}

for (const name of ['../evil', 'a/../../evil', '/tmp/evil-fetch', '..\\evil']) {
  test(`a zip with the name ${name} is refused and leaves nothing`, async (t) => {
    const zip = await zipOf({ body: 'good', name: 'good' }, { body: 'x', name });
    await assertRefused(t, 'a.zip', zip, 'FETCH_ARCHIVE_REFUSED', /Refused/);
  });
}

test('an archive does not write through a link that an earlier one left', async (t) => {
  const { directories } = await publish(
    t,
    'a.tar',
    tarOf({ linkpath: 'd', path: 'l', type: 'SymbolicLink' }, { path: 'd/x' }),
  );
  await writeFile(join(directories.published, 'b.tar'), tarOf({ body: 'evil', path: 'l/x' }));
  const uris = ['a.tar', 'b.tar'].map((name) => ({ value: join(directories.published, name) }));
  await fails(t, directories.fetch(uris), 'FETCH_CONFLICT', /"l" is in the way/);
  t.is((await directories.files())['d/x'], '');
});

const wholeTar = tarOf({ body: 'x'.repeat(5000), path: 'x' }, { body: 'y'.repeat(5000), path: 'y' });

const broken: Record<string, readonly [string, Buffer]> = {
  'a tar cut in a file': ['a.tar', wholeTar.subarray(0, 3000)],
  'a tar cut in a header': ['a.tar', wholeTar.subarray(0, 512 + 5120 + 100)],
  'a tar cut in padding': ['a.tar', wholeTar.subarray(0, 512 + 5001)],
  'an empty tar': ['a.tar', Buffer.alloc(0)],
  'a tar that is text': ['a.tar', Buffer.from('<html>not found</html>'.repeat(100))],
  'a tar with a damaged header': [
    'a.tar',
    Buffer.concat([tarEntry({ path: 'x' }).fill('z', 5, 9), Buffer.alloc(1024)]),
  ],
  'a tar of nothing but metadata': [
    'a.tar',
    Buffer.concat(Array(1001).fill(tarEntry({ body: 'x', path: 'x', type: 'NextFileHasLongPath' }))),
  ],
  'a tar.gz cut short': ['a.tar.gz', gzipSync(wholeTar).subarray(0, -10)],
  'a tar.gz with a wrong checksum': ['a.tar.gz', damaged(gzipSync(wholeTar), -8)],
  'a tar.bz2 cut short': ['a.tar.bz2', execFileSync('bzip2', ['-c'], { input: wholeTar }).subarray(0, -10)],
  'a tar.xz cut short': ['a.tar.xz', execFileSync('xz', ['-c'], { input: wholeTar }).subarray(0, -10)],
  'a gz cut short': ['a.gz', gzipSync('hello'.repeat(100)).subarray(0, -10)],
  'a gz with a wrong checksum': ['a.gz', damaged(gzipSync('hello'), -8)],
  'a gz that is none': ['a.gz', Buffer.from('hello')],
  'a gz without a name': ['.gz', gzipSync('hello')],
  'a zip that is text': ['a.zip', Buffer.from('hello')],
};

for (const [what, [name, bytes]] of Object.entries(broken)) {
  test(`${what} fails and leaves nothing`, async (t) => {
    await assertRefused(
      t,
      name,
      bytes,
      'FETCH_ARCHIVE_CORRUPT',
      /^Failed to fetch '.*': The archive cannot be unpacked: ./,
    );
  });
}

test('a zip cut short, and one with a wrong checksum, fail and leave nothing', async (t) => {
  const zip = await zipOf({ body: 'hello hello hello', name: 'x' });
  await assertRefused(t, 'a.zip', zip.subarray(0, -5), 'FETCH_ARCHIVE_CORRUPT', /cannot be unpacked/);
  await assertRefused(t, 'a.zip', zip.subarray(20), 'FETCH_ARCHIVE_CORRUPT', /cannot be unpacked/);
  // A zip that Info-ZIP wrote, with a checksum that does not fit.
  const wrong = Buffer.from(
    'UEsDBAoAAAAAABBRc0gtOwivDAAAAAwAAAAFABwAd29ybG9VVAkAAxAX7VYQF+1WdXgLAAEE6AMAAARkAAAAaGVsbG8gaGVsbG8KUEsBAh4DCgAAAAAAEFFzSC07CK8MAAAADAAAAAUAGAAAAAAAAQAAAKSBAAAAAHdvcmxkVVQFAAMQF+1WdXgLAAEE6AMAAARkAAAAUEsFBgAAAAABAAEASwAAAEsAAAAAAA==',
    'base64',
  );
  await assertRefused(t, 'a.zip', wrong, 'FETCH_ARCHIVE_CORRUPT', /checksum/);
});

test('an archive may not have more entries, or unpack to more bytes, than allowed', async (t) => {
  const zeros = gzipSync(tarOf({ body: Buffer.alloc(1_000_000), path: 'zeros' }));
  const limit = { extractedBytesMax: 999_999 };
  await assertRefused(t, 'a.tar.gz', zeros, 'FETCH_TOO_LARGE', /too many bytes/, limit);
  await assertRefused(t, 'a.gz', gzipSync(Buffer.alloc(1_000_000)), 'FETCH_TOO_LARGE', /too many bytes/, limit);
  const three = tarOf({ path: 'a' }, { path: 'b' }, { path: 'c' });
  await assertRefused(t, 'a.tar', three, 'FETCH_TOO_LARGE', /too many entries/, { archiveEntriesMax: 2 });
  const zip = await zipOf({ body: '1'.repeat(100), name: 'a' });
  await assertRefused(t, 'a.zip', zip, 'FETCH_TOO_LARGE', /too many bytes/, { extractedBytesMax: 99 });
});

async function publish(t: ExecutionContext, name: string, bytes: Buffer) {
  const directories = await TestDirectories.create(t);
  await writeFile(join(directories.published, name), bytes);
  return { directories };
}

async function publishedTree(t: ExecutionContext) {
  const directories = await TestDirectories.create(t);
  const { published, sandbox } = directories;
  await mkdir(join(published, 'tree/sub'), { recursive: true });
  await writeFile(join(published, 'tree/leaf'), 'leaf\n');
  await utimes(join(published, 'tree/leaf'), 1_600_000_000, 1_600_000_000);
  await writeFile(join(published, 'tree/sub/empty'), '');
  await writeFile(join(published, 'tree/prog'), '#!/bin/sh\n', { mode: 0o755 });
  execFileSync('ln', ['-s', '../leaf', join(published, 'tree/sub/link')]);
  return { directories, published, sandbox };
}

async function assertTree(t: ExecutionContext, directories: TestDirectories, archive: string): Promise<void> {
  const { [archive]: bytes, ...files } = await directories.files();
  t.not(bytes, undefined, 'the archive stays');
  t.deepEqual(files, {
    'tree/': '',
    'tree/leaf': 'leaf\n',
    'tree/prog': '#!/bin/sh\n',
    'tree/sub/': '',
    'tree/sub/empty': '',
    'tree/sub/link': '-> ../leaf',
  });
}

async function assertRefused(
  t: ExecutionContext,
  name: string,
  bytes: Buffer,
  code: FetchErrorCode,
  text: RegExp,
  options: Partial<FetchOptions> = {},
): Promise<void> {
  const { directories } = await publish(t, name, bytes);
  await mkdir(join(directories.root, 'outside'));
  await writeFile(join(directories.root, 'outside/secret'), 'secret');
  await writeFile(join(directories.sandbox, 'stdout'), 'out');
  const before = await directories.everything();
  await fails(t, directories.fetch([{ value: join(directories.published, name) }], options), code, text);
  t.deepEqual(await directories.everything(), before);
}

function damaged(bytes: Buffer, at: number): Buffer {
  const index = bytes.length + at;
  bytes.writeUInt8(bytes.readUInt8(index) ^ 0xff, index);
  return bytes;
}
