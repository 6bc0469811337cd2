import { once } from 'node:events';
import test from 'ava';
import { WebSocket } from 'ws';
import { MemoryNetwork, PID, Runtime } from '../../src/index.ts';
import { control, decodeFrame, encodeFrame } from '../../src/remote/frame.ts';
import { readHello } from '../../src/remote/hello.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Collector, Watcher } from '../support/actors.ts';
import { Log } from '../support/log.ts';
import { attempt, startNode } from '../support/nodes.ts';
import { StaleTransport } from '../support/stale-transport.ts';
import type { Connection, Transport } from '../../src/index.ts';
import type { Entry } from '../../src/remote/frame.ts';

interface Claimant {
  readonly connection: Connection;
  readonly ended: string[];
  readonly frames: Uint8Array[];
}

/** A runtime, a peer of it, and somebody else who claims the peer's address. */
async function world({ probes = 'as it is' }: { probes?: 'as it is' | 'none' | 'unanswered' } = {}) {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  const log = new Log();
  const inner = network.transport('10.0.0.1:5050');
  const transport = new StaleTransport(inner);
  const used =
    probes === 'as it is' ? transport : withProbe(transport, probes === 'none' ? {} : { probe: () => undefined });
  const runtime = await new Runtime({ clock, transport: used, logger: log }).start();
  const peer = await new Runtime({ clock, transport: network.transport('10.0.0.2:5050') }).start();
  const [here, there, watcher, peersWatcher] = [
    new Collector('here'),
    new Collector('there'),
    new Watcher('watcher'),
    new Watcher('watcher'),
  ];
  const [herePid, therePid] = [runtime.spawn(here), peer.spawn(there)];
  runtime.tell(runtime.spawn(watcher), 'watch', therePid);
  peer.tell(peer.spawn(peersWatcher), 'watch', herePid);
  peer.tell(therePid, 'emit', herePid, 0, 1);
  await clock.settle();
  const strangers = network.transport();
  const claim = async (entry: Entry): Promise<Claimant> => {
    const connection = await strangers.connect(runtime.address, new AbortController().signal);
    const [ended, frames]: [string[], Uint8Array[]] = [[], []];
    connection.open({ frame: (bytes) => frames.push(bytes), close: (reason) => ended.push(reason) });
    connection.send(encodeFrame([entry]));
    await clock.settle();
    return { connection, ended, frames };
  };
  return { clock, network, log, transport, runtime, peer, here, herePid, therePid, watcher, peersWatcher, claim };
}

/** A transport whose connections have another probe, or none. */
function withProbe(transport: Transport, other: Pick<Connection, 'probe'>): Transport {
  const stripped = (connection: Connection): Connection => ({
    remote: connection.remote,
    bufferedBytes: 0,
    open: (handlers, options) => {
      connection.open(handlers, options);
    },
    send: (frame) => {
      connection.send(frame);
    },
    close: (reason) => {
      connection.close(reason);
    },
    ...other,
  });
  return {
    listen: (handlers) =>
      transport.listen({
        ...handlers,
        connection: (connection) => {
          handlers.connection(stripped(connection));
        },
      }),
    connect: async (address, signal) => stripped(await transport.connect(address, signal)),
    close: () => transport.close(),
  };
}

const hello: Entry = [control.hello, 1, '10.0.0.2:5050', 'another start'];

test('whoever claims the address of a peer whose connection is alive is refused, and nobody hears of it', async (t) => {
  const { clock, log, runtime, peer, here, herePid, therePid, watcher, peersWatcher, claim } = await world();
  const claimant = await claim(hello);
  t.deepEqual(claimant.ended, ['10.0.0.2:5050 is in use by a connection that is alive']);
  t.is(claimant.frames.length, 1, 'it was not welcome');
  t.regex(log.lines.join('\n'), /Refused the connection from .*: 10\.0\.0\.2:5050 is in use/);
  t.is(runtime.metrics.counter('libprocess/handshakes_failed').value, 1);
  t.deepEqual([watcher.gone.items, peersWatcher.gone.items], [[], []]);
  peer.tell(therePid, 'emit', herePid, 1, 1);
  await clock.settle();
  t.deepEqual(here.bodies(), [0, 1]);
  await Promise.all([runtime.close(), peer.close()]);
  t.is(clock.timers, 0);
});

test('a peer that connects anew because its connection has died in silence gets through after a while, and linkers hear of it once', async (t) => {
  const { clock, log, transport, runtime, watcher, claim } = await world();
  transport.goStale();
  const claimant = await claim(hello);
  await clock.advance(4_999);
  t.deepEqual([claimant.ended, watcher.gone.items, claimant.frames.length], [[], [], 1]);
  await clock.advance(1);
  t.deepEqual(watcher.gone.items, ['there@10.0.0.2:5050']);
  t.regex(log.lines.join('\n'), /10\.0\.0\.2:5050 ended: it does not answer, and its address has connected anew/);
  t.deepEqual(decodeFrame(claimant.frames[1] ?? new Uint8Array()), [[control.welcome]]);
  t.is(runtime.metrics.snapshot()['libprocess/peers'], 1);
});

test('it gets through at once when the connection before turns out to have ended', async (t) => {
  const { clock, peer, watcher, claim } = await world({ probes: 'unanswered' });
  const claimant = await claim(hello);
  t.is(claimant.frames.length, 1);
  await peer.close();
  await clock.settle();
  t.deepEqual(watcher.gone.items, ['there@10.0.0.2:5050']);
  t.deepEqual(decodeFrame(claimant.frames[1] ?? new Uint8Array()), [[control.welcome]]);
});

test('of two that wait for a dead connection to be given up, the first takes its place and the second is refused', async (t) => {
  const { clock, transport, claim } = await world();
  transport.goStale();
  const [first, second] = [await claim(hello), await claim(hello)];
  await clock.advance(5_000);
  t.deepEqual(first.ended, []);
  t.is(first.frames.length, 2);
  t.deepEqual(second.ended, ['10.0.0.2:5050 is in use by a connection that is alive']);
});

test('whoever waits and says more is refused', async (t) => {
  const { clock, transport, here, claim } = await world();
  transport.goStale();
  const claimant = await claim(hello);
  claimant.connection.send(encodeFrame([['here', 'there', 'item', 'forged']]));
  await clock.settle();
  t.deepEqual(claimant.ended, ['it went on before it was welcome']);
  t.deepEqual(here.bodies(), [0]);
  await clock.advance(5_000);
});

test('over a transport that cannot tell a connection that is alive from one that is not, whoever connects anew gets through at once', async (t) => {
  const { watcher, claim } = await world({ probes: 'none' });
  const claimant = await claim(hello);
  t.is(claimant.frames.length, 2);
  t.deepEqual(watcher.gone.items, ['there@10.0.0.2:5050']);
});

test("nobody can take over another's connection with its links: that takes its key, which only its two ends know", async (t) => {
  const { clock, network, runtime, peer, here, herePid, therePid, watcher, claim } = await world();
  // Everybody can ask the peer which start of it runs.
  const curious = await network.transport().connect(peer.address, new AbortController().signal);
  const heard: Uint8Array[] = [];
  curious.open({ frame: (bytes) => heard.push(bytes), close: () => undefined });
  await clock.settle();
  const { incarnation } = readHello(decodeFrame(heard[0] ?? new Uint8Array())[0]);
  for (const key of ['', 'some key', incarnation]) {
    const claimant = await claim([control.hello, 1, '10.0.0.2:5050', incarnation, 'new key', key]);
    t.is(claimant.frames.length, 1, key);
    t.regex(
      claimant.ended.join(),
      /There is no connection to take the place of|is in use by a connection that is alive/,
    );
  }
  peer.tell(therePid, 'emit', herePid, 1, 1);
  await clock.settle();
  t.deepEqual(here.bodies(), [0, 1]);
  t.deepEqual(watcher.gone.items, []);
  t.is(runtime.metrics.counter('libprocess/connections_ended').value, 0);
});

test('over sockets a live peer keeps its connection, and one that answers no ping loses it to whoever connects from its address', async (t) => {
  const node = await startNode(t, {}, { limits: { handshakeTimeoutMs: 4_000 } });
  const peer = await startNode(t);
  t.is(await attempt(peer, node), 'delivered');
  const dial = async (entry: Entry, autoPong = true): Promise<WebSocket> => {
    const socket = new WebSocket(`ws://${node.runtime.address}/`, 'libprocess.1', { autoPong });
    await once(socket, 'message');
    socket.send(encodeFrame([entry]));
    return socket;
  };
  const impostor = await dial([control.hello, 1, peer.runtime.address, 'another start']);
  await once(impostor, 'close');
  await node.log.until(/Refused .* is in use by a connection that is alive/);
  t.is(await attempt(peer, node), 'delivered');
  t.is(peer.runtime.metrics.counter('libprocess/connections_ended').value, 0);
  const silent = await dial([control.hello, 1, '10.9.9.9:1', 'first start'], false);
  await once(silent, 'message');
  node.runtime.tell(node.watching, 'watch', new PID('x', '10.9.9.9:1'));
  const again = await dial([control.hello, 1, '10.9.9.9:1', 'second start']);
  await once(again, 'message');
  await node.watcher.gone.reached(1);
  t.deepEqual(node.watcher.gone.items, ['x@10.9.9.9:1']);
  silent.terminate();
  again.terminate();
});
