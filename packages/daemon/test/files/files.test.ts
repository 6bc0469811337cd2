import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, open, readdir, readlink, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import test from 'ava';
import { eventually, temporaryFolder } from '@mesos-ts/libprocess/testing';
import { wholeCharacters } from '../../src/files/contents.ts';
import { Files } from '../../src/files/files.ts';
import { isStillWithin } from '../../src/files/virtual-paths.ts';

async function start() {
  const directory = await temporaryFolder();
  const runtime = new Runtime();
  const files = new Files(runtime);
  await mkdir(join(directory.path, 'sandbox', 'sub'), { recursive: true });
  await writeFile(join(directory.path, 'sandbox', 'stdout'), 'hello, world\n');
  await writeFile(join(directory.path, 'secret'), 'secret');
  files.attach(join(directory.path, 'sandbox'), '/s/');
  files.attach(join(directory.path, 'sandbox', 'stdout'), '/log');
  const get = async (url: string) => {
    const { status, headers, body } = await runtime.inject({ url: `/files/${url}` });
    return { status, headers, text: body.toString() };
  };
  const dispose = async (): Promise<void> => {
    await runtime.close();
    await directory[Symbol.asyncDispose]();
  };
  return { files, path: directory.path, get, [Symbol.asyncDispose]: dispose };
}

test('reading answers the data at an offset; without an offset, or with -1, only the size', async (t) => {
  await using it = await start();
  t.deepEqual(JSON.parse((await it.get('read?path=/s/stdout&offset=7&length=5')).text), { data: 'world', offset: 7 });
  t.deepEqual(JSON.parse((await it.get('read?path=/s/stdout&offset=0')).text), { data: 'hello, world\n', offset: 0 });
  t.deepEqual(JSON.parse((await it.get('read?path=/s/stdout&offset=7&length=-1')).text), {
    data: 'world\n',
    offset: 7,
  });
  t.deepEqual(JSON.parse((await it.get('read?path=/s/stdout&offset=-1')).text), { data: '', offset: 13 });
  t.deepEqual(JSON.parse((await it.get('read?path=/s/stdout')).text), { data: '', offset: 13 });
  t.deepEqual(JSON.parse((await it.get('read?path=/s/stdout&offset=99')).text), { data: '', offset: 99 });
  t.deepEqual(JSON.parse((await it.get('read?path=/log&offset=0&length=5')).text), { data: 'hello', offset: 0 });
});

test('a read answers at most sixteen pages, and no cut character at its end', async (t) => {
  await using it = await start();
  await writeFile(join(it.path, 'sandbox', 'big'), `${'x'.repeat(65_535)}é`);
  const { data } = JSON.parse((await it.get('read?path=/s/big&offset=0')).text) as { data: string };
  t.is(data.length, 65_535);
  const rest = JSON.parse((await it.get('read?path=/s/big&offset=65535')).text) as { data: string };
  t.is(rest.data, 'é');
  t.is(wholeCharacters(Buffer.from('aé').subarray(0, 2)), 1);
  t.is(wholeCharacters(Buffer.from('€').subarray(0, 2)), 2, 'a reader must get on');
  t.is(wholeCharacters(Uint8Array.of()), 0);
});

test('malformed requests are answered in the words of Mesos', async (t) => {
  await using it = await start();
  const cases: [string, number, string][] = [
    ['read', 400, "Expecting 'path=value' in query.\n"],
    ['browse?path=', 400, "Expecting 'path=value' in query.\n"],
    ['download', 400, "Expecting 'path=value' in query.\n"],
    ['read?path=/s/stdout&offset=abc', 400, "Failed to parse offset: Failed to convert 'abc' to number.\n"],
    ['read?path=/s/stdout&offset=-5', 400, 'Negative offset provided: -5.\n'],
    ['read?path=/s/stdout&length=abc', 400, "Failed to parse length: Failed to convert 'abc' to number.\n"],
    ['read?path=/s/stdout&length=-2', 400, 'Negative length provided: -2.\n'],
    ['read?path=/s/sub&offset=0', 400, 'Cannot read a directory.\n'],
    ['download?path=/s/sub', 400, 'Cannot download a directory.\n'],
    ['read?path=/nobody&offset=0', 404, ''],
    ['browse?path=/nobody', 404, ''],
    ['download?path=/nobody', 404, '404 Not Found.'],
    ['read?path=/log/below&offset=0', 404, ''],
    ['browse.json?path=/s', 404, '404 Not Found.'],
  ];
  for (const [url, status, text] of cases) {
    const answer = await it.get(url);
    t.is(answer.status, status, url);
    t.is(answer.text, text, url);
  }
});

test('nothing outside of what was attached is reached, by dots or by links', async (t) => {
  await using it = await start();
  await symlink(join(it.path, 'secret'), join(it.path, 'sandbox', 'link'));
  await symlink('/', join(it.path, 'sandbox', 'root'));
  await mkdir(join(it.path, 'sandbox-twin'));
  await writeFile(join(it.path, 'sandbox-twin', 'x'), 'twin');
  for (const path of [
    '/s/../secret',
    '/s/link',
    '/s/root/etc/passwd',
    '/s/../sandbox-twin/x',
    '/s/%2e%2e/secret',
    '/s/\0',
  ]) {
    for (const action of ['read?offset=0&', 'browse?', 'download?']) {
      const answer = await it.get(`${action}path=${encodeURIComponent(path)}`);
      t.true(answer.status === 400 || answer.status === 404, `${action}${path} answered ${answer.status}`);
      t.notRegex(answer.text, /root:x|^secret$|twin$/);
    }
  }
  t.regex((await it.get('read?offset=0&path=/s/link')).text, /is inaccessible\.\n$/);
});

test('browsing lists entries with their attributes, sorted, under the path that was asked for', async (t) => {
  await using it = await start();
  await symlink('nowhere', join(it.path, 'sandbox', 'dangling'));
  const answer = await it.get('browse?path=/s');
  t.is(answer.headers['content-type'], 'application/json');
  const entries = JSON.parse(answer.text) as Record<string, unknown>[];
  t.deepEqual(
    entries.map(({ path }) => path),
    ['/s/stdout', '/s/sub'],
  );
  t.like(entries[0], { nlink: 1, size: 13, mode: '-rw-r--r--', uid: execFileSync('id', ['-un']).toString().trim() });
  t.is(entries[1]?.['mode'], 'drwxr-xr-x');
  t.is(typeof entries[0]?.['mtime'], 'number');
  t.is((await it.get('browse?path=/s&jsonp=cb')).text.slice(0, 4), 'cb([');
});

test('downloading sends the file with its name and type', async (t) => {
  await using it = await start();
  await writeFile(join(it.path, 'sandbox', 'page.html'), '<p>');
  await writeFile(join(it.path, 'sandbox', 'empty'), '');
  const plain = await it.get('download?path=/s/stdout');
  t.is(plain.text, 'hello, world\n');
  t.like(plain.headers, {
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment; filename=stdout',
  });
  t.is((await it.get('download?path=/s/page.html')).headers['content-type'], 'text/html');
  t.is((await it.get('download?path=/s/empty')).text, '');
});

test('a download of a pipe or of a file that grows ends', async (t) => {
  await using it = await start();
  const pipe = join(it.path, 'sandbox', 'pipe');
  execFileSync('mkfifo', [pipe]);
  t.is((await it.get('download?path=/s/pipe')).status, 400);
  t.deepEqual(JSON.parse((await it.get('read?path=/s/pipe&offset=0')).text), { data: '', offset: 0 });
  await appendFile(join(it.path, 'sandbox', 'stdout'), 'more');
  t.is((await it.get('download?path=/s/stdout')).text, 'hello, world\nmore');
});

test('calls get the same: bytes as they are and the size, entries with their modes as numbers', async (t) => {
  await using it = await start();
  await writeFile(join(it.path, 'sandbox', 'bytes'), Uint8Array.of(0x61, 0xc3, 0xff));
  t.deepEqual(await it.files.read('/s/bytes', 1, undefined, undefined), { size: 3, bytes: Uint8Array.of(0xc3, 0xff) });
  t.deepEqual(await it.files.read('/s/bytes', 99, 5, undefined), { size: 3, bytes: new Uint8Array() });
  t.deepEqual(await it.files.read('/s/sub', 0, 5, undefined), { status: 400, text: 'Cannot read a directory.\n' });
  t.deepEqual(await it.files.read('/nobody', 0, 5, undefined), { status: 404, text: '' });
  const listed = await it.files.list('/s', undefined);
  t.deepEqual('status' in listed ? listed : listed.map(({ mode, path }) => [path, mode]), [
    ['/s/bytes', 0o100644],
    ['/s/stdout', 0o100644],
    ['/s/sub', 0o040755],
  ]);
  t.deepEqual(await it.files.list('/nobody', undefined), { status: 404, text: '' });
});

test('what was attached with a permission is shown only to those who have it', async (t) => {
  await using it = await start();
  it.files.attach(join(it.path, 'sandbox'), '/p', (principal) => principal?.value === 'ann');
  for (const [action, text] of [
    ['browse?path=/p', ''],
    ['read?path=/p/stdout&offset=0', ''],
    ['download?path=/p/stdout', '403 Forbidden.'],
  ]) {
    const answer = await it.get(action ?? '');
    t.is(answer.status, 403);
    t.is(answer.text, text ?? '');
  }
  t.deepEqual(await it.files.list('/p', { value: 'ben' }), { status: 403, text: '' });
  t.like(await it.files.read('/p/stdout', 0, 1, { value: 'ann' }), { size: 13 });
  it.files.attach(join(it.path, 'sandbox'), '/p');
  t.is((await it.get('browse?path=/p')).status, 200, 'attached anew, without one');
});

test('the attached paths can be seen, and what is detached is gone', async (t) => {
  await using it = await start();
  t.deepEqual(JSON.parse((await it.get('debug')).text), {
    '/log': join(it.path, 'sandbox', 'stdout'),
    '/s': join(it.path, 'sandbox'),
  });
  it.files.detach('/s/');
  t.is((await it.get('browse?path=/s')).status, 404);
});

test('what was opened is looked at again: a link may have taken the place of a directory', async (t) => {
  await using it = await start();
  const root = await realpath(join(it.path, 'sandbox'));
  const inside = await open(join(root, 'stdout'));
  const outside = await open(join(it.path, 'secret'));
  const found = { kind: 'found', root, path: join(root, 'stdout') } as const;
  t.true(await isStillWithin(found, inside.fd));
  t.false(await isStillWithin(found, outside.fd));
  await Promise.all([inside.close(), outside.close()]);
});

test('a download that nobody reads leaves no file open', async (t) => {
  await using directory = await temporaryFolder();
  const file = join(await realpath(directory.path), 'file');
  await writeFile(file, 'x'.repeat(100_000));
  await using runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  new Files(runtime).attach(file, '/file');
  for (let n = 0; n < 5; n++) {
    const answer = await fetch(`http://${runtime.address}/files/download?path=/file`, { method: 'HEAD' });
    t.is(answer.headers.get('content-length'), '100000');
  }
  await eventually(async () => !(await openFiles()).includes(file), 'the file is closed');
  const answer = await fetch(`http://${runtime.address}/files/download?path=/file`);
  t.is((await answer.text()).length, 100_000);
});

/** The paths of this program's open files. */
async function openFiles(): Promise<string[]> {
  const names = await readdir('/proc/self/fd');
  return Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
}
