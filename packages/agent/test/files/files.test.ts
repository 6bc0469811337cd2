import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, open, readdir, readlink, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import test from 'ava';
import { Files, wholeCharacters } from '../../src/files/files.ts';
import { isStillWithin } from '../../src/files/virtual-paths.ts';
import { eventually, temporaryDirectory } from '../support/processes.ts';

async function start() {
  const directory = await temporaryDirectory();
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
  await using directory = await temporaryDirectory();
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
