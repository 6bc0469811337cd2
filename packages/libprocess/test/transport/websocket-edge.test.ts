import { once } from 'node:events';
import test from 'ava';
import { WebSocket } from 'ws';
import { PID, Process, Runtime, WebSocketTransport, deferred, parseAddress } from '../../src/index.ts';
import { control, encodeFrame, wireVersion } from '../../src/remote/frame.ts';
import { Collector, Watcher } from '../support/actors.ts';
import { serveSite } from '../support/http-site.ts';
import { RawClient } from '../support/raw-http.ts';
import { codeOf } from '../support/promises.ts';
import { Log } from '../support/log.ts';
import type { WebSocketTransportOptions } from '../../src/index.ts';

async function start(options: WebSocketTransportOptions = {}): Promise<{ runtime: Runtime; log: Log }> {
  const log = new Log();
  return { runtime: await new Runtime({ transport: new WebSocketTransport(options), logger: log }).start(), log };
}

async function dial(runtime: Runtime): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${runtime.address}/`, 'libprocess.1');
  socket.on('error', () => undefined);
  await once(socket, 'message');
  return socket;
}

const hello = encodeFrame([[control.hello, wireVersion, '10.9.9.9:1', 'x']]);

const strangers: Readonly<Record<string, readonly [(socket: WebSocket) => void, RegExp]>> = {
  'text instead of frames': [
    (socket) => {
      socket.send('hello');
    },
    /expected binary frames/,
  ],
  'a greeting of many megabytes': [
    (socket) => {
      socket.send(Buffer.alloc(4_000_000));
    },
    /the first frame is too long/,
  ],
  garbage: [
    (socket) => {
      socket.send(Buffer.from('garbage'));
    },
    /not an array/,
  ],
  'text after greeting': [
    (socket) => {
      socket.send(hello);
      socket.send('hello');
    },
    /10\.9\.9\.9:1 ended: expected binary frames/,
  ],
  'a frame over the limit': [
    (socket) => {
      socket.send(hello);
      socket.send(Buffer.alloc(30_000));
    },
    /10\.9\.9\.9:1 ended: Max payload size exceeded/,
  ],
};

for (const [title, [send, reason]] of Object.entries(strangers)) {
  test(`whoever sends ${title} is cut off with a reason in the log and a counter, others are not disturbed`, async (t) => {
    const { runtime, log } = await start({ frameBytesMax: 20_000 });
    const other = await start();
    const [here, there] = [new Collector('here'), new Collector('there')];
    const [herePid, therePid] = [runtime.spawn(here), other.runtime.spawn(there)];
    other.runtime.tell(therePid, 'emit', herePid, 0, 1);
    await here.got.reached(1);
    const socket = await dial(runtime);
    send(socket);
    if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close');
    await log.until(reason);
    const snapshot = runtime.metrics.snapshot();
    t.is((snapshot['libprocess/handshakes_failed'] ?? 0) + (snapshot['libprocess/connections_ended'] ?? 0), 1);
    other.runtime.tell(therePid, 'emit', herePid, 1, 1);
    await here.got.reached(2);
    t.is(other.runtime.metrics.counter('libprocess/connections_ended').value, 0);
    await Promise.all([runtime.close(), other.runtime.close()]);
  });
}

test('bytes that are no WebSocket frames after a proper upgrade end that connection only', async (t) => {
  const { runtime, log } = await start();
  const client = await RawClient.connect(runtime.address);
  client.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: libprocess.1\r\n\r\n',
  );
  await client.until('libprocess.1\r\n\r\n');
  client.write(Buffer.alloc(100, 0xff));
  await log.until(/Refused the connection from 127\.0\.0\.1:\d+: Invalid WebSocket frame/);
  t.is(runtime.metrics.counter('libprocess/handshakes_failed').value, 1);
  client.destroy();
  await runtime.close();
});

test('a half-open connection is noticed by pings within a configurable time and its linkers hear exited; one that answers is kept', async (t) => {
  const { runtime, log } = await start({ pingIntervalMs: 20 });
  const lively = await dial(runtime);
  lively.send(encodeFrame([[control.hello, wireVersion, '10.8.8.8:1', 'x']]));
  await once(lively, 'message');
  const socket = new WebSocket(`ws://${runtime.address}/`, 'libprocess.1', { autoPong: false });
  socket.on('error', () => undefined);
  await once(socket, 'message');
  socket.send(hello);
  await once(socket, 'message');
  const watcher = new Watcher('w');
  const watching = runtime.spawn(watcher);
  runtime.tell(watching, 'watch', new PID('x', '10.9.9.9:1'), new PID('x', '10.8.8.8:1'));
  await watcher.gone.reached(1);
  t.deepEqual(watcher.gone.items, ['x@10.9.9.9:1']);
  await log.until(/10\.9\.9\.9:1 ended: the other end has fallen silent/);
  t.is(lively.readyState, WebSocket.OPEN);
  await runtime.close();
});

test('two addresses of one runtime share one connection', async (t) => {
  const { runtime: master } = await start({ ip: '0.0.0.0', advertiseIp: '127.0.0.2' });
  const { port } = parseAddress(master.address);
  t.is(master.address, `127.0.0.2:${port}`);
  const { runtime: agent } = await start();
  const [collector, sender] = [new Collector('master'), new Collector('agent')];
  const pid = master.spawn(collector);
  const sending = agent.spawn(sender);
  agent.tell(sending, 'emit', new PID('master', `127.0.0.1:${port}`), 0, 1);
  await collector.got.reached(1);
  agent.tell(sending, 'emit', pid, 1, 1);
  await collector.got.reached(2);
  master.tell(pid, 'emit', sending, 2, 1);
  await sender.got.reached(1);
  for (const runtime of [master, agent]) {
    t.is(runtime.metrics.snapshot()['libprocess/peers'], 1);
    t.is(runtime.metrics.counter('libprocess/connections_ended').value, 0);
  }
  await Promise.all([agent.close(), master.close()]);
});

test('an address that nobody could connect to is refused before anything listens', async (t) => {
  for (const options of [{ ip: '0.0.0.0' }, { ip: '::' }, { advertiseIp: '0.0.0.0' }, { advertiseIp: 'localhost' }]) {
    t.is(await codeOf(start(options)), 'ADDRESS_INVALID', JSON.stringify(options));
  }
  t.is(await codeOf(start({ ip: '192.0.2.1' })), 'CONNECTION_FAILED');
});

test('a runtime that serves no more answers what it was asked, then hangs up; nobody else gets in, and other runtimes go on', async (t) => {
  const [asked, answer] = [deferred<undefined>(), deferred<undefined>()];
  const runtime = await serveSite({
    '/slow': async () => {
      asked.resolve(undefined);
      await answer.promise;
      return { status: 200, body: Buffer.from('done') };
    },
  });
  const { runtime: other } = await start();
  const [here, there] = [new Collector('here'), new Collector('there')];
  const [herePid, therePid] = [runtime.spawn(here), other.spawn(there)];
  other.tell(therePid, 'emit', herePid, 0, 1);
  await here.got.reached(1);
  const [busy, idle] = [await RawClient.connect(runtime.address), await RawClient.connect(runtime.address)];
  idle.write('GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n');
  await idle.until('404');
  busy.write('GET /site/slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked.promise;

  runtime.stopServing();
  runtime.stopServing();
  await idle.ended();
  t.like(await t.throwsAsync(RawClient.connect(runtime.address)), { code: 'ECONNREFUSED' });
  busy.write('GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n');
  answer.resolve(undefined);
  const answered = await busy.ended();
  t.regex(answered, /^HTTP\/1\.1 200 OK\r\n[^]*^connection: close\r\n[^]*\r\n\r\ndone$/im);
  other.tell(therePid, 'emit', herePid, 1, 1);
  await here.got.reached(2);
  runtime.tell(herePid, 'emit', therePid, 2, 1);
  await there.got.reached(1);
  await Promise.all([runtime.close(), other.close()]);
});

test('an address that is none cannot be connected to, and harms nobody', async (t) => {
  const { runtime } = await start();
  const watcher = new Watcher('w');
  const watching = runtime.spawn(watcher);
  const pids = ['no address', 'host/path:1', '127.0.0.1:99999', '127.0.0.1:1'].map((address) => new PID('x', address));
  runtime.tell(watching, 'watch', ...pids);
  await watcher.gone.reached(pids.length);
  t.deepEqual([...watcher.gone.items].toSorted(), pids.map(String).toSorted());
  await runtime.close();
});

function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /TCP|Timeout/.test(name))
    .toSorted();
}

// Before every other test of this file, whose sockets it would see.
test.serial('closing leaves no socket, server or timer behind', async (t) => {
  const before = resources();
  const [a, b] = [await start(), await start()];
  class Greeter extends Process {
    greet(to: PID): void {
      this.link(to);
      this.send(to, 'item', 1);
      this.delay(1_000_000, () => undefined);
    }
  }
  const collector = new Collector('c');
  const pid = b.runtime.spawn(collector);
  a.runtime.tell(a.runtime.spawn(new Greeter('g')), 'greet', pid);
  await collector.got.reached(1);
  t.true(resources().length > before.length);
  await Promise.all([a.runtime.close(), b.runtime.close()]);
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  t.deepEqual(resources(), before);
});
