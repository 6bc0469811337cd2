import { once } from 'node:events';
import test from 'ava';
import { WebSocket, WebSocketServer } from 'ws';
import { PID, Runtime, WebSocketTransport, createTrust } from '../../src/index.ts';
import { BrowserTransport } from '../../src/browser/index.ts';
import { control, decodeFrame, encodeFrame, wireVersion } from '../../src/remote/frame.ts';
import { Collector, Tally, Watcher } from '../support/actors.ts';
import type { AddressInfo } from 'node:net';
import type { WebSocketTransportOptions } from '../../src/index.ts';
import type { BrowserTransportOptions, PageSocket } from '../../src/browser/index.ts';

const origin = 'https://ui.example.org';

/** Opens the sockets of a page that is none, and keeps them. */
class Sockets {
  readonly made: WebSocket[] = [];
  readonly open = (url: string, subprotocol: string): PageSocket => {
    const socket = new WebSocket(url, subprotocol, { origin });
    this.made.push(socket);
    return socket;
  };
}

function serve(options: WebSocketTransportOptions = {}): Promise<Runtime> {
  return new Runtime({ transport: new WebSocketTransport({ allowedOrigins: [origin], ...options }) }).start();
}

function load(sockets = new Sockets(), options: BrowserTransportOptions = {}): Promise<Runtime> {
  return new Runtime({ transport: new BrowserTransport({ socket: sockets.open, ...options }) }).start();
}

/** Connects as a page that greets as it likes; resolves to the reason that it was refused for, undefined when it was not. */
async function greetAs(server: Runtime, address: string, incarnation: string): Promise<string | undefined> {
  const socket = new WebSocket(`ws://${server.address}/`, 'libprocess.1', { origin });
  await once(socket, 'message');
  socket.send(encodeFrame([[control.hello, wireVersion, address, incarnation]]));
  const refused = once(socket, 'close').then(([, reason]) => String(reason));
  const welcomed = once(socket, 'message').then(() => undefined);
  const result = await Promise.race([refused, welcomed]);
  socket.terminate();
  return result;
}

test('page and server exchange messages and hear of the end of each other, over the connection that the page made', async (t) => {
  await using server = await serve();
  await using page = await load();
  const [here, there] = [new Collector('c'), new Collector('c')];
  const [herePid, therePid] = [page.spawn(here), server.spawn(there)];
  page.tell(herePid, 'emit', therePid, 0, 1_000);
  await there.got.reached(1_000);
  server.tell(therePid, 'emit', herePid, 0, 1_000);
  await here.got.reached(1_000);
  const numbers = Array.from({ length: 1_000 }, (_, index) => index);
  t.deepEqual([here.bodies(therePid), there.bodies(herePid)], [numbers, numbers]);
  const [pageWatcher, serverWatcher] = [new Watcher('w'), new Watcher('w')];
  page.tell(page.spawn(pageWatcher), 'watch', therePid);
  server.tell(server.spawn(serverWatcher), 'watch', herePid, new PID('absent', page.address));
  await serverWatcher.gone.reached(1);
  page.terminate(herePid);
  server.terminate(therePid);
  await Promise.all([pageWatcher.gone.reached(1), serverWatcher.gone.reached(2)]);
  t.deepEqual(serverWatcher.gone.items, [`absent@${page.address}`, herePid.toString()]);
  t.is(server.metrics.counter('libprocess/connections_ended').value, 0);
});

test('when the connection to a page ends, links exit and messages are dead letters at once: nobody dials a page', async (t) => {
  await using server = await serve();
  const page = await load();
  const watcher = new Watcher('w');
  const [pid, watching] = [page.spawn(new Collector('c')), server.spawn(watcher)];
  const collector = new Collector('c');
  page.tell(pid, 'emit', server.spawn(collector), 0, 1);
  await collector.got.reached(1);
  server.tell(watching, 'watch', pid);
  server.send(pid, 'nothing');
  await page.close();
  await watcher.gone.reached(1);
  server.send(pid, 'item');
  t.is(server.metrics.counter('libprocess/dead_letters').value, 1);
  server.tell(watching, 'watch', pid);
  await watcher.gone.reached(2);
  t.is(server.metrics.snapshot()['libprocess/peers'], 0);
});

test('a page that lost its connection makes another one when it has something to send, with the same address', async (t) => {
  const sockets = new Sockets();
  await using server = await serve();
  await using page = await load(sockets);
  const [collector, watcher] = [new Collector('c'), new Watcher('w')];
  const pid = server.spawn(collector);
  const [sender, watching] = [page.spawn(new Collector('s')), page.spawn(watcher)];
  page.tell(watching, 'watch', pid);
  page.tell(sender, 'emit', pid, 0, 1);
  await collector.got.reached(1);
  sockets.made[0]?.terminate();
  await watcher.gone.reached(1);
  page.tell(sender, 'emit', pid, 1, 1);
  await collector.got.reached(2);
  t.deepEqual(collector.bodies(sender), [0, 1]);
  t.is(sockets.made.length, 2);
});

test('a page whose origin is not allowed is refused, whether a list or a function says so', async (t) => {
  for (const allowedOrigins of [[], ['https://ui.example.org.evil'], (asked: string) => asked !== origin]) {
    await using server = await serve({ allowedOrigins });
    await using page = await load();
    const watcher = new Watcher('w');
    page.tell(page.spawn(watcher), 'watch', server.spawn(new Collector('c')));
    await watcher.gone.reached(1);
    t.is(server.metrics.counter('libprocess/http_refused').value, 1);
  }
  await using server = await serve({ allowedOrigins: (asked) => asked === origin });
  t.is(await greetAs(server, '[100::1]:0', 'a'), undefined);
});

test('a page cannot speak in the name of a runtime that can be connected to, nor of another page', async (t) => {
  await using server = await serve();
  await using page = await load();
  const collector = new Collector('c');
  page.tell(page.spawn(new Collector('s')), 'emit', server.spawn(collector), 0, 1);
  await collector.got.reached(1);
  t.regex((await greetAs(server, '127.0.0.1:5050', 'a')) ?? '', /not at 127\.0\.0\.1:5050/);
  t.regex((await greetAs(server, page.address, 'a')) ?? '', /is another's/);
  t.is(await greetAs(server, '[100::1]:0', 'a'), undefined);
  t.is(server.metrics.counter('libprocess/handshakes_failed').value, 2);
});

test('where runtimes must prove that they know a secret, a page gets nowhere', async (t) => {
  const transport = new WebSocketTransport({ allowedOrigins: [origin] });
  const trust = createTrust({ secrets: ['sixteen bytes at least'] });
  await using server = await new Runtime({ transport, trust }).start();
  await using page = await load();
  const watcher = new Watcher('w');
  page.tell(page.spawn(watcher), 'watch', server.spawn(new Collector('c')));
  await watcher.gone.reached(1);
  t.is(server.metrics.snapshot()['libprocess/peers'], 0);
});

test('a page address is made of 64 random bits, and is one that a PID can hold', async (t) => {
  const addresses = await Promise.all(Array.from({ length: 50 }, () => new BrowserTransport().listen()));
  t.is(new Set(addresses).size, 50);
  for (const address of addresses) t.is(PID.parse(`a@${address}`).address, address);
});

test('a page hears signs of life from a server that says nothing else, and ends a connection without them', async (t) => {
  const sockets = new Sockets();
  await using server = await serve({ pingIntervalMs: 20 });
  await using page = await load(sockets, { pingIntervalMs: 200 });
  const [watcher, collector] = [new Watcher('w'), new Collector('c')];
  page.tell(page.spawn(watcher), 'watch', server.spawn(collector));
  page.tell(page.spawn(new Collector('s')), 'emit', collector.self, 0, 1);
  await collector.got.reached(1);
  const signs = new Tally<Uint8Array>();
  sockets.made[0]?.on('message', (data) => {
    signs.add(new Uint8Array(data as ArrayBuffer));
  });
  await signs.reached(50);
  for (const sign of signs.items) t.deepEqual(decodeFrame(sign), []);
  t.deepEqual(watcher.gone.items, []);
  // A server that greets and then says nothing more.
  const mute = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'libprocess.1' });
  mute.on('connection', (connection) => {
    connection.send(encodeFrame([[control.hello, wireVersion, address, 'mute']]));
    connection.once('message', () => {
      connection.send(encodeFrame([[control.welcome]]));
    });
  });
  await once(mute, 'listening');
  const address = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
  page.tell(watcher.self, 'watch', new PID('any', address));
  await watcher.gone.reached(1);
  t.deepEqual(watcher.gone.items, [`any@${address}`]);
  for (const client of mute.clients) client.terminate();
  mute.close();
});
