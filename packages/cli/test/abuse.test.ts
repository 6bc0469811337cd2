// What somebody else's OS process may try with the ports of a master and an agent, who go on as if nothing had been.
import { once } from 'node:events';
import { symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { Running } from './support/running.ts';

const temporary = await temporaryFolder();
const { path: folder } = temporary;
const log = join(folder, 'log');
let daemons: Running[] = [];
let master = '';
let agent = '';

test.before(async () => {
  await writeFile(log, 'what was logged\n');
  const own = ['--ip=127.0.0.1', '--port=0'];
  const first = new Running('mesos.js', ['master', ...own, `--work_dir=${folder}/m`, `--external_log_file=${log}`]);
  daemons = [first];
  [, master = ''] = await first.printed(/serves http:\/\/(\S+)/);
  const second = new Running('mesos.js', [
    'agent',
    ...own,
    '--no-switch_user',
    `--master=${master}`,
    `--work_dir=${folder}/a`,
  ]);
  daemons.push(second);
  [, agent = ''] = await second.printed(/serves http:\/\/(\S+)/);
});
test.after.always(async () => {
  for (const { child } of daemons) child.kill('SIGTERM');
  for (const { exit } of daemons) await exit;
  await temporary[Symbol.asyncDispose]();
});

function dial(address: string): Socket {
  const [ip = '', port = ''] = address.split(':');
  const socket = connect({ host: ip, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => undefined);
  return socket;
}

function post(path: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Buffer {
  const bytes = Buffer.from(body);
  const fields = { host: 'x', 'content-type': 'application/json', 'content-length': String(bytes.length), ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), bytes]);
}

/** The status of the answer to a request. */
async function statusOf(address: string, request: Uint8Array): Promise<number> {
  const socket = dial(address);
  // What is refused early is not read to its end.
  socket.write(request, () => undefined);
  let head = '';
  while (!head.includes('\r\n')) {
    const [chunk] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown];
    if (typeof chunk === 'boolean') break;
    head += String(chunk);
  }
  socket.destroy();
  return Number(head.split(' ')[1]);
}

async function metric(name: string): Promise<number | undefined> {
  const response = await fetch(`http://${master}/metrics/snapshot`);
  return ((await response.json()) as Record<string, number>)[name];
}

const subscription = post(
  '/api/v1/scheduler',
  JSON.stringify({ type: 'SUBSCRIBE', subscribe: { framework_info: { user: 'u', name: 'n' } } }),
);

/** Subscribes a framework, and waits until it is. */
async function subscribed(): Promise<Socket> {
  const socket = dial(master);
  socket.write(subscription);
  await once(socket, 'data');
  return socket;
}

async function until(count: number): Promise<void> {
  while ((await metric('master/frameworks_active')) !== count) await new Promise((resolve) => setImmediate(resolve));
}

/** Something within itself, 50,000 times. */
function deep(open: string, close: string, inner = ''): string {
  return open.repeat(50_000) + inner + close.repeat(50_000);
}

test.serial('a subscriber that closes its half of the connection, or resets it, has left', async (t) => {
  for (const leave of [(it: Socket) => it.end(), (it: Socket) => it.resetAndDestroy(), (it: Socket) => it.destroy()]) {
    const socket = await subscribed();
    t.is(await metric('master/frameworks_active'), 1);
    leave(socket);
    await until(0);
    socket.destroy();
  }
});

test.serial('hundreds that subscribe and read nothing keep nobody else waiting', async (t) => {
  const sockets = await Promise.all(Array.from({ length: 300 }, subscribed));
  for (const socket of sockets) socket.pause();
  t.is((await fetch(`http://${master}/health`)).status, 200);
  t.is(await metric('master/frameworks_active'), 300);
  for (const socket of sockets) socket.destroy();
  await until(0);
});

test.serial('bodies that are more than they seem are refused, and not unfolded', async (t) => {
  const container = deep('{"value":"x","parent":', '}', '{"value":"x"}');
  const recordio = { 'content-type': 'application/recordio', 'message-content-type': 'application/json' };
  const gzip = { 'content-encoding': 'gzip' };
  const cases: readonly [address: string, request: Buffer, status: number][] = [
    [master, post('/api/v1', gzipSync(Buffer.alloc(200_000_000)), gzip), 413],
    [master, post('/api/v1', gzipSync('{"type":"GET_HEALTH"}').subarray(0, 20), gzip), 400],
    [master, post('/api/v1', deep('[', ']')), 400],
    [master, post('/api/v1', `{"type":"GET_HEALTH","unknown":${deep('[', ']')}}`), 200],
    [master, post('/api/v1', Buffer.alloc(100_000, 0x7b), { 'content-type': 'application/x-protobuf' }), 400],
    [
      agent,
      post('/api/v1', `{"type":"WAIT_NESTED_CONTAINER","wait_nested_container":{"container_id":${container}}}`),
      400,
    ],
    [agent, post('/api/v1', '99999999999\n{', recordio), 400],
    [agent, post('/api/v1', '1'.repeat(100_000), recordio), 400],
    [agent, post('/api/v1', '100\n{"type":', recordio), 400],
    [agent, post('/api/v1', '-5\n{}', recordio), 400],
  ];
  for (const [index, [address, request, status]] of cases.entries()) {
    t.is(await statusOf(address, request), status, `case ${index}`);
  }
});

test.serial('no path leads out of what is shown, however it is written', async (t) => {
  await symlink('/etc/passwd', join(folder, 'link'));
  const paths = [
    '/../../etc/passwd',
    '/master/log/../../../etc/passwd',
    '/master/../../etc/passwd',
    '/etc/passwd',
    '//etc/passwd',
  ];
  for (const path of [...paths, join(folder, 'link'), log, '/master/log%00', '/master/log/']) {
    for (const endpoint of ['read', 'download', 'browse']) {
      const response = await fetch(`http://${master}/files/${endpoint}?path=${encodeURIComponent(path)}`);
      const text = await response.text();
      t.false(text.includes('root:'), `${endpoint} ${path}: ${text}`);
    }
  }
  t.regex(await (await fetch(`http://${master}/files/read?path=/master/log&offset=0`)).text(), /what was logged/);
});

test.serial('nothing of a request becomes a field of the header of its answer', async (t) => {
  const paths = [
    '/redirect%0d%0aX-Own:%20y',
    '/redirect/%0d%0aX-Own:y',
    '/state?jsonp=a%0d%0aX-Own:y',
    '/files/download?path=%0d%0aX-Own:y',
  ];
  for (const path of paths) {
    const response = await fetch(`http://${master}${path}`, { redirect: 'manual', headers: { host: 'elsewhere' } });
    await response.arrayBuffer();
    t.is(response.headers.get('x-own'), null, path);
  }
  const { headers } = await fetch(`http://${master}/redirect`, { redirect: 'manual', headers: { host: 'elsewhere' } });
  t.false(headers.get('location')?.includes('elsewhere'));
});

test.serial('after all that both are as they were', async (t) => {
  for (const address of [master, agent]) t.is((await fetch(`http://${address}/health`)).status, 200);
  t.deepEqual(
    daemons.map(({ child }) => child.exitCode),
    [null, null],
  );
});
