import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { chmod, lstat, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { PID, Process, ProcessError, WebSocketTransport } from '../../src/index.ts';
import { transportSuite } from '../../src/testing/index.ts';
import { Authority } from '../support/certificates.ts';
import { attempt, startNode } from '../support/nodes.ts';
import { runtimeSuite } from '../support/runtime-suite.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { ExecutionContext } from 'ava';

const folders: string[] = [];

function setup(): { transport(address?: string): WebSocketTransport } {
  const folder = mkdtempSync(join(tmpdir(), 'libprocess-'));
  folders.push(folder);
  let count = 0;
  return {
    transport: (address) => {
      const unixPath = address === undefined ? join(folder, `${++count}.sock`) : address.slice('unix:'.length);
      return new WebSocketTransport({ tcp: false, unixPath });
    },
  };
}

transportSuite(test, { name: 'WebSocket over Unix sockets', setup });
runtimeSuite({ name: 'WebSocket over Unix sockets', setup });
test.after.always('no socket is left behind', async (t) => {
  for (const folder of folders) t.deepEqual(await readdir(folder), []);
  for (const folder of folders) await rm(folder, { recursive: true });
});

class Hello extends Process {
  protected override initialize(): void {
    this.route('/hello', () => ({ status: 200, body: 'hello' }));
  }
}

async function get(socketPath: string): Promise<string> {
  const outgoing = request({ socketPath, path: '/hello/hello', agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

async function refusal(t: ExecutionContext, unixPath: string): Promise<string> {
  const error = await t.throwsAsync(startNode(t, { unixPath }), { instanceOf: ProcessError });
  return `${error.code}: ${error.message}`;
}

test('HTTP and actors are served on a path beside the port', async (t) => {
  const unixPath = join(await temporaryFolder(t), 'a.sock');
  const [node, other] = await Promise.all([startNode(t, { unixPath }), startNode(t)]);
  node.runtime.spawn(new Hello('hello'));
  t.is(await get(unixPath), 'hello');
  t.is(await (await fetch(`${node.runtime.url}/hello/hello`)).text(), 'hello');
  // One connection, by whichever of its addresses the node is dialled.
  t.is(await attempt(other, node, `unix:${unixPath}`), 'delivered');
  t.is(await attempt(other, node), 'delivered');
  t.is(other.runtime.metrics.snapshot()['libprocess/peers'], 1);
  t.regex(node.runtime.address, /^127\.0\.0\.1:\d+$/);
});

test('a runtime without a port is reached at its path, and its PIDs say so', async (t) => {
  const folder = await temporaryFolder(t);
  const [here, there] = await Promise.all(
    ['here', 'there'].map((name) => startNode(t, { tcp: false, unixPath: join(folder, name) })),
  );
  if (here === undefined || there === undefined) throw new Error('two nodes');
  t.is(there.collecting.toString(), `collector@unix:${folder}/there`);
  t.true(PID.parse(there.collecting.toString()).equals(there.collecting));
  t.is(await attempt(here, there), 'delivered');
  t.is(await attempt(there, here), 'delivered');
  t.deepEqual(there.collector.got.items[0], { from: `collector@unix:${folder}/here`, body: 0 });
});

test('the file has the permissions that were asked for, its owner only unless told otherwise, and is gone when the runtime closes', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [unixMode, expected] of [
    [undefined, 0o600],
    [0o666, 0o666],
  ] as const) {
    const unixPath = join(folder, 'a.sock');
    const node = await startNode(t, { unixPath, ...(unixMode === undefined ? {} : { unixMode }) });
    t.is((await lstat(unixPath)).mode & 0o777, expected);
    t.deepEqual(await readdir(folder), ['a.sock']);
    await node.runtime.close();
    t.deepEqual(await readdir(folder), []);
  }
});

test('a file that a server left behind is replaced; one that somebody serves, or that is no socket, is left alone', async (t) => {
  const folder = await temporaryFolder(t);
  const unixPath = join(folder, 'a.sock');
  // What a server leaves behind that was killed.
  const killed = createServer();
  killed.listen(join(folder, 'other'));
  await once(killed, 'listening');
  await rename(join(folder, 'other'), unixPath);
  killed.close();
  await once(killed, 'close');
  t.true((await lstat(unixPath)).isSocket());
  const node = await startNode(t, { unixPath });
  node.runtime.spawn(new Hello('hello'));
  t.is(await get(unixPath), 'hello');
  t.regex(await refusal(t, unixPath), /^CONNECTION_FAILED: Cannot listen on .*a\.sock: somebody listens there$/);
  t.is(await get(unixPath), 'hello');
  const file = join(folder, 'file');
  await writeFile(file, 'precious');
  t.regex(await refusal(t, file), /there is something else, and no socket/);
  t.is(await readFile(file, 'utf8'), 'precious');
});

test('a runtime takes away its own file only', async (t) => {
  const folder = await temporaryFolder(t);
  const unixPath = join(folder, 'a.sock');
  const first = await startNode(t, { unixPath });
  await rename(unixPath, join(folder, 'moved'));
  const second = await startNode(t, { unixPath });
  second.runtime.spawn(new Hello('hello'));
  await first.runtime.close();
  t.is(await get(unixPath), 'hello');
});

test('a path that cannot be an address is refused before anything listens, one that cannot be made with the reason', async (t) => {
  for (const path of ['relative.sock', '/tmp/with blank', '/tmp/a@b', `/tmp/${'x'.repeat(100)}`]) {
    t.regex(await refusal(t, path), /^ADDRESS_INVALID: Cannot listen on '/, path);
  }
  t.regex(
    await refusal(t, '/nowhere/at/all.sock'),
    /^CONNECTION_FAILED: Cannot listen on \/nowhere\/at\/all\.sock: ENOENT/,
  );
});

// Root may open every file.
const unlessRoot = process.getuid?.() === 0 ? test.serial.skip : test;

unlessRoot('whoever may not open the file is told so (root may open any)', async (t) => {
  const unixPath = join(await temporaryFolder(t), 'a.sock');
  const node = await startNode(t, { unixPath });
  await chmod(unixPath, 0);
  t.regex(await attempt(await startNode(t), node, `unix:${unixPath}`), /EACCES/);
});

test('TLS is for the port: on the path the file system protects', async (t) => {
  const ca = await Authority.create();
  const tls = { ...(await ca.issue({ names: ['127.0.0.1'] })), ca: ca.cert, requireClientCert: true };
  const unixPath = join(await temporaryFolder(t), 'a.sock');
  const [node, other] = await Promise.all([startNode(t, { tls, unixPath }), startNode(t, { tls })]);
  node.runtime.spawn(new Hello('hello'));
  t.is(await get(unixPath), 'hello');
  t.is(await attempt(other, node, `unix:${unixPath}`), 'delivered');
  t.is(await attempt(other, node), 'delivered');
});
