import test from 'ava';
import { WebSocket } from 'ws';
import { once } from 'node:events';
import { MemoryNetwork, PID, Process, Runtime, WebSocketTransport } from '../../src/index.ts';
import { control, encodeFrame, wireVersion } from '../../src/remote/frame.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Collector, Tally, Watcher } from '../support/actors.ts';
import { StallingTransport } from '../support/stalling-transport.ts';
import type { Limits } from '../../src/index.ts';

async function world(limits: Partial<Limits>) {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  const stalling = new StallingTransport(network.transport());
  const here = await new Runtime({ clock, transport: stalling, limits }).start();
  const there = await new Runtime({ clock, transport: network.transport() }).start();
  const [collector, watcher] = [new Collector('c'), new Watcher('w')];
  const [target, watching] = [there.spawn(collector), here.spawn(watcher)];
  const sender = here.spawn(new Collector('s'));
  here.tell(watching, 'watch', target);
  await clock.settle();
  return { clock, network, stalling, here, there, collector, watcher, target, watching, sender };
}

test('a receiver that stops to read, with the policy close: its link ends, once, and what arrived before has no gap', async (t) => {
  const { clock, stalling, here, sender, target, watcher, collector } = await world({ outboundBytesMax: 10_000 });
  here.tell(sender, 'emit', target, 0, 100);
  await clock.settle();
  stalling.stall();
  here.tell(sender, 'emit', target, 100, 1_000);
  await clock.settle();
  t.deepEqual(watcher.gone.items, [target.toString()]);
  t.deepEqual(
    collector.bodies(),
    Array.from({ length: 100 }, (_, index) => index),
  );
  t.is(here.metrics.counter('libprocess/outbound_overflows').value, 1);
  t.is(here.metrics.counter('libprocess/messages_dropped').value > 0, true);
  stalling.release();
  await here.close();
});

for (const outboundPolicy of ['drop newest', 'drop oldest'] as const) {
  test(`a receiver that stops to read, with the policy ${outboundPolicy}: its link holds, messages are missing and counted, and exited still comes last`, async (t) => {
    const { clock, stalling, here, there, sender, target, watcher, collector } = await world({
      outboundBytesMax: 10_000,
      outboundPolicy,
    });
    stalling.stall();
    const watcherThere = new Watcher('v');
    there.tell(there.spawn(watcherThere), 'watch', sender);
    await clock.settle();
    here.tell(sender, 'emit', target, 0, 10_000);
    await clock.settle();
    here.terminate(sender, { inject: false });
    await clock.settle();
    t.deepEqual(watcher.gone.items, []);
    const waiting = here.metrics.snapshot()['libprocess/outbound_bytes'] ?? 0;
    t.true(waiting > 5_000 && waiting < 10_100, `${waiting}`);
    t.deepEqual(watcherThere.gone.items, []);
    stalling.release();
    await clock.settle();
    t.deepEqual(watcherThere.gone.items, [sender.toString()]);
    const bodies = collector.bodies() as number[];
    t.deepEqual(
      bodies,
      bodies.toSorted((a, b) => a - b),
    );
    t.is(
      bodies[outboundPolicy === 'drop newest' ? 0 : bodies.length - 1],
      outboundPolicy === 'drop newest' ? 0 : 9_999,
    );
    t.is(here.metrics.counter('libprocess/outbound_dropped').value, 10_000 - bodies.length);
    t.is(here.metrics.snapshot()['libprocess/outbound_bytes'], 0);
    there.terminate(target);
    await clock.settle();
    t.deepEqual(watcher.gone.items, [target.toString()]);
    await Promise.all([here.close(), there.close()]);
  });
}

test('a receiver that stops to read holds up nobody else, neither peers nor local actors', async (t) => {
  const { clock, network, stalling, here, sender, target, watcher } = await world({
    outboundBytesMax: 10_000,
    outboundPolicy: 'drop newest',
  });
  const third = await new Runtime({ clock, transport: network.transport() }).start();
  const [local, remote] = [new Collector('l'), new Collector('r')];
  const [localPid, remotePid] = [here.spawn(local), third.spawn(remote)];
  third.tell(remotePid, 'emit', localPid, 0, 1);
  await clock.settle();
  stalling.stall();
  for (let first = 0; first < 5_000; first += 1_000) {
    here.tell(sender, 'emit', target, first, 1_000);
    here.tell(sender, 'emit', localPid, first, 1_000);
    third.tell(remotePid, 'emit', localPid, first, 1_000);
  }
  await clock.settle();
  t.is(local.got.items.length, 10_001);
  t.deepEqual(watcher.gone.items, []);
  stalling.release();
  await Promise.all([here.close(), third.close()]);
});

/** Sends numbers, as many at a time as leave. */
class Streamer extends Process {
  sent = 0;
  highest = 0;
  async stream(to: PID, count: number, body: string): Promise<void> {
    while (this.sent < count) {
      for (let index = 0; index < 10; index++) this.send(to, 'item', [this.sent++, body]);
      await this.runtime.drained(to);
      const { 'libprocess/outbound_bytes': bytes = 0 } = this.runtime.metrics.snapshot();
      this.highest = Math.max(this.highest, bytes);
    }
  }
}

test('a sender that waits for drained never comes near the bound, and all that it sends arrives', async (t) => {
  const { clock, stalling, here, there, target, collector } = await world({});
  const streamer = new Streamer();
  const pid = here.spawn(streamer);
  stalling.stall();
  here.tell(pid, 'stream', target, 1_000, 'x'.repeat(10_000));
  await clock.settle();
  t.true(streamer.sent < 60, `${streamer.sent}`);
  while (collector.got.items.length < 1_000) {
    stalling.pump();
    await clock.settle();
  }
  t.true(streamer.highest < 500_000, `${streamer.highest}`);
  t.deepEqual(
    collector.bodies().map((body) => (body as [number])[0]),
    Array.from({ length: 1_000 }, (_, index) => index),
  );
  await here.drained(new PID('nobody', '10.1.1.1:1'));
  await here.drained(pid);
  await Promise.all([here.close(), there.close()]);
});

test('a sender that waits for drained, and never has to, gives the event loop its turns', async (t) => {
  const { clock, here, there, target, collector } = await world({});
  const streamer = new Streamer();
  here.tell(here.spawn(streamer), 'stream', target, 10_000, 'x'.repeat(10_000));
  let turns = 0;
  while (collector.got.items.length < 10_000) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    turns++;
  }
  t.true(turns >= 10, `${turns}`);
  await clock.settle();
  await Promise.all([here.close(), there.close()]);
});

test('whoever waits for drained goes on when the peer is given up', async (t) => {
  const { clock, stalling, here, there, target, sender } = await world({});
  stalling.stall();
  here.tell(sender, 'emitBody', target, 'x'.repeat(1_000_000));
  await clock.settle();
  const drained = here.drained(target);
  await there.close();
  await drained;
  t.is(here.metrics.snapshot()['libprocess/outbound_bytes'], 0);
  await here.close();
});

/** Connects as a runtime would, greets, and reads nothing more. */
async function dead(runtime: Runtime, address: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${runtime.address}/`, 'libprocess.1');
  socket.on('error', () => undefined);
  await once(socket, 'message');
  socket.send(encodeFrame([[control.hello, wireVersion, address, 'x']]));
  await once(socket, 'message');
  socket.pause();
  return socket;
}

for (const outboundPolicy of ['close', 'drop newest', 'drop oldest'] as const) {
  test(`over sockets, with the policy ${outboundPolicy}, a peer that reads nothing costs a bounded part of memory and holds up no other`, async (t) => {
    const limits = { outboundPolicy, outboundBytesMax: 2_000_000 };
    const runtime = await new Runtime({ transport: new WebSocketTransport(), limits }).start();
    const other = await new Runtime({ transport: new WebSocketTransport() }).start();
    const socket = await dead(runtime, '10.9.9.9:1');
    const collector = new Collector('c');
    const target = other.spawn(collector);
    const sender = runtime.spawn(new Collector('s'));
    const gone = new PID('x', '10.9.9.9:1');
    const rounds = 40;
    const highest = new Tally<number>();
    for (let round = 0; round < rounds; round++) {
      // 40 MB in all to the one that does not read: much more than the kernel takes.
      for (let count = 0; count < 100; count++) runtime.tell(sender, 'emitBody', gone, 'x'.repeat(10_000));
      runtime.tell(sender, 'emit', target, round, 1);
      await collector.got.reached(round + 1);
      highest.add(runtime.metrics.snapshot()['libprocess/outbound_bytes'] ?? 0);
    }
    t.true(Math.max(...highest.items) <= 2_000_000);
    t.deepEqual(
      collector.bodies(),
      Array.from({ length: rounds }, (_, index) => index),
    );
    const { value } = runtime.metrics.counter(
      outboundPolicy === 'close' ? 'libprocess/outbound_overflows' : 'libprocess/outbound_dropped',
    );
    t.true(value >= 1, `${value}`);
    socket.terminate();
    await Promise.all([runtime.close(), other.close()]);
  });
}
