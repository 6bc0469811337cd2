import test from 'ava';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { MemoryNetwork, PID, Runtime } from '../../src/index.ts';
import { control, encodeFrame, packrOptions, wireVersion } from '../../src/remote/frame.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Collector, Watcher } from '../support/actors.ts';
import { CountingTransport } from '../support/runtime-suite.ts';
import { Log } from '../support/log.ts';
import { sendable } from '../support/sendable.ts';
import type { Connection, Transport } from '../../src/index.ts';

/** A transport that reaches others by further addresses too. */
function withAliases(transport: Transport, aliases: Readonly<Record<string, string>>): Transport {
  return {
    listen: (handlers) => transport.listen(handlers),
    connect: (address, signal) => transport.connect(aliases[address] ?? address, signal),
    close: () => transport.close(),
  };
}

interface Stranger {
  readonly connection: Connection;
  readonly ended: string[];
  readonly frames: Uint8Array[];
}

async function world(limits = {}) {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  const log = new Log();
  const transport = new CountingTransport(network.transport());
  const runtime = await new Runtime({ clock, transport, logger: log, limits }).start();
  const strangers = network.transport();
  const stranger = async (): Promise<Stranger> => {
    const connection = await strangers.connect(runtime.address, new AbortController().signal);
    const [ended, frames]: [string[], Uint8Array[]] = [[], []];
    connection.open({ frame: (bytes) => frames.push(bytes), close: (reason) => ended.push(reason) });
    return { connection, ended, frames };
  };
  const other = await new Runtime({ clock, transport: network.transport() }).start();
  const [here, there] = [new Collector('here'), new Collector('there')];
  const [herePid, therePid] = [runtime.spawn(here), other.spawn(there)];
  /** Whether a well-behaved peer is still served. */
  const undisturbed = async (): Promise<boolean> => {
    const before = here.got.items.length;
    other.tell(therePid, 'emit', herePid, 0, 3);
    await clock.settle();
    return here.got.items.length === before + 3 && other.metrics.counter('libprocess/connections_ended').value === 0;
  };
  return { clock, network, log, transport, runtime, other, here, herePid, therePid, stranger, undisturbed };
}

const hello = encodeFrame([[control.hello, wireVersion, '10.9.9.9:1', 'x']]);

/** Writes a frame without looking at what is in it, as somebody else's program may. */
function encodeBare(value: unknown): Uint8Array {
  return new Packr(packrOptions).pack(value);
}

const misbehaviours: Readonly<Record<string, readonly [frames: readonly Uint8Array[], reason: RegExp]>> = {
  'sends garbage': [[Buffer.from('GET / HTTP/1.1')], /not an array/],
  'sends an empty frame': [[Buffer.alloc(0)], /not an array/],
  'begins with a message': [[encodeFrame([['here', 'a', 'item', 1]])], /Expected a greeting/],
  'greets in another version': [[encodeFrame([[control.hello, 99, '10.9.9.9:1', 'x']])], /wire version 1, got 99/],
  'greets without an address': [[encodeFrame([[control.hello, wireVersion, 'me', 'x']])], /form ip:port, got 'me'/],
  'greets at great length': [[encodeFrame([[control.hello, wireVersion, 'x'.repeat(9_000), 'x']])], /too long/],
  'greets and goes on at once': [
    [
      encodeFrame([
        [control.hello, wireVersion, '10.9.9.9:1', 'x'],
        ['here', 'a', 'item', 1],
      ]),
    ],
    /nothing else/,
  ],
  'greets twice': [[hello, hello], /greeted twice/],
  welcomes: [[hello, encodeFrame([[control.welcome]])], /greeted twice/],
  'sends garbage later': [[hello, Buffer.from([0x91, 0xc1])], /0xc1/],
  'sends in the name of what cannot be an actor': [
    [hello, encodeFrame([['here', 'a\n@b', 'item', 1]])],
    /cannot name an actor/,
  ],
  'sends what reaches for the prototype of objects': [
    [hello, encodeBare([['here', 'a', 'item', { a: [{ constructor: { prototype: { polluted: 1 } } }] }]])],
    /reaches for a prototype/,
  ],
  'sends an unknown control entry': [[hello, Buffer.from([0x91, 0x91, 99])], /unknown kind/],
};

for (const [title, [frames, reason]] of Object.entries(misbehaviours)) {
  test(`whoever ${title} is cut off with a reason in the log and a counter, others are not disturbed`, async (t) => {
    const { clock, log, runtime, other, stranger, undisturbed, transport, here } = await world();
    t.true(await undisturbed());
    const timers = clock.timers;
    const { connection, ended } = await stranger();
    for (const frame of frames) connection.send(frame);
    await clock.settle();
    t.is(ended.length, 1);
    t.regex(log.lines.join('\n'), reason);
    t.is(log.lines.join('').includes('a\n@b'), false);
    const { snapshot } = { snapshot: runtime.metrics.snapshot() };
    const counted = ['handshakes_failed', 'connections_ended'].map((name) => snapshot[`libprocess/${name}`] ?? 0);
    t.is((counted[0] ?? 0) + (counted[1] ?? 0), 1);
    t.is(here.got.items.length, 3);
    t.deepEqual([transport.open, clock.timers], [1, timers]);
    t.true(await undisturbed());
    await Promise.all([runtime.close(), other.close()]);
    t.is(clock.timers, 0);
  });
}

test('whoever never greets is cut off after a while', async (t) => {
  const { clock, log, runtime, stranger, undisturbed, transport } = await world({ handshakeTimeoutMs: 5_000 });
  t.true(await undisturbed());
  const { ended } = await stranger();
  await clock.advance(4_999);
  t.deepEqual(ended, []);
  await clock.advance(1);
  t.deepEqual(ended, ['no greeting in time']);
  t.is(runtime.metrics.counter('libprocess/handshakes_failed').value, 1);
  t.regex(log.lines.join('\n'), /no greeting in time/);
  t.is(transport.open, 1);
});

test('connections that have not greeted are bounded: the oldest make room, so that slow ones lock nobody out', async (t) => {
  const { clock, here, herePid, network, runtime, stranger, transport, undisturbed } = await world({ ungreetedMax: 2 });
  t.true(await undisturbed());
  const [one, two, three] = [await stranger(), await stranger(), await stranger()];
  await clock.settle();
  t.deepEqual([one.ended, two.ended, three.ended], [['too many connections wait for a greeting'], [], []]);
  two.connection.close('bye');
  await clock.settle();
  const four = await stranger();
  await clock.settle();
  t.deepEqual([three.ended, four.ended], [[], []], 'the place of one that has ended is free');
  t.is(transport.open, 3);
  const guest = await new Runtime({ clock, transport: network.transport() }).start();
  const before = here.got.items.length;
  guest.send(herePid, 'item', 1);
  await clock.settle();
  t.is(here.got.items.length, before + 1, 'a runtime that greets as it should gets in');
  t.deepEqual([three.ended, four.ended], [['too many connections wait for a greeting'], []]);
  await Promise.all([runtime.close(), guest.close()]);
  t.is(clock.timers, 0);
});

test('peers are bounded: beyond, nobody is connected to or accepted, links to them are lost, and those that there are stay', async (t) => {
  const { clock, log, network, runtime, herePid, stranger, undisturbed } = await world({ peersMax: 2 });
  t.true(await undisturbed());
  const first = await stranger();
  first.connection.send(hello);
  await clock.settle();
  const second = await stranger();
  second.connection.send(encodeFrame([[control.hello, wireVersion, '10.8.8.8:1', 'y']]));
  await clock.settle();
  t.deepEqual([first.ended, second.ended], [[], ['There are too many peers']]);
  t.regex(log.lines.join('\n'), /Refused the connection from .*: There are too many peers/);
  const third = await new Runtime({ clock, transport: network.transport() }).start();
  const collector = new Collector('c');
  const target = third.spawn(collector);
  const watcher = new Watcher('w');
  runtime.tell(runtime.spawn(watcher), 'watch', target);
  runtime.tell(herePid, 'emit', target, 0, 3);
  await clock.settle();
  t.deepEqual([watcher.gone.items, collector.bodies()], [[target.toString()], []]);
  t.is(runtime.metrics.counter('libprocess/peers_refused').value, 5);
  t.true(await undisturbed());
  first.connection.close('bye');
  await clock.settle();
  runtime.tell(herePid, 'emit', target, 7, 1);
  await clock.settle();
  t.deepEqual(collector.bodies(), [7], 'the place of one that has gone is free');
  await Promise.all([runtime.close(), third.close()]);
});

test('random frames, before and after greeting, never disturb another peer nor leave anything behind', async (t) => {
  const { clock, stranger, undisturbed, transport, runtime } = await world();
  t.true(await undisturbed());
  const timers = clock.timers;
  const entry = fc.oneof(
    fc.tuple(fc.string(), fc.string(), fc.string(), sendable()),
    fc.tuple(fc.integer({ min: 0, max: 6 }), fc.string()),
    fc.tuple(fc.constantFrom(1, 2), fc.integer(), fc.string(), fc.string()),
  );
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(entry, { maxLength: 5 }).map((entries) => encodeFrame(entries as never)),
  );
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(frame, { maxLength: 6 }), async (greets, frames) => {
      const { connection } = await stranger();
      if (greets) connection.send(hello);
      for (const bytes of frames) connection.send(bytes);
      connection.close('done');
      await clock.settle();
      t.deepEqual([transport.open, clock.timers], [1, timers]);
    }),
    { numRuns: 300 },
  );
  t.true(await undisturbed());
  t.is(runtime.metrics.snapshot()['libprocess/peers'], 1);
});

test('two addresses of one runtime share one connection, whichever is used first', async (t) => {
  for (const aliasFirst of [true, false]) {
    const clock = new TestClock();
    const network = new MemoryNetwork();
    const master = await new Runtime({ clock, transport: network.transport('10.0.0.1:5050') }).start();
    const transport = new CountingTransport(withAliases(network.transport(), { '127.0.0.1:5050': master.address }));
    const agent = await new Runtime({ clock, transport }).start();
    const [collector, watcher, sender] = [new Collector('master'), new Watcher('w'), new Collector('agent')];
    const pid = master.spawn(collector);
    const alias = new PID('master', '127.0.0.1:5050');
    const [watching, sending] = [agent.spawn(watcher), agent.spawn(sender)];
    const [first, second] = aliasFirst ? [alias, pid] : [pid, alias];
    for (const [to, number] of [
      [first, 0],
      [second, 10],
      [first, 20],
    ] as const) {
      agent.tell(watching, 'watch', to);
      agent.tell(sending, 'emit', to, number, 2);
      await clock.settle();
      t.is(transport.open, 1);
    }
    t.deepEqual(collector.bodies(), [0, 1, 10, 11, 20, 21]);
    master.terminate(pid);
    await clock.settle();
    t.deepEqual([...watcher.gone.items].toSorted(), [pid, alias].map(String).toSorted());
    t.is(agent.metrics.counter('libprocess/connections_ended').value, 0);
    await Promise.all([master.close(), agent.close()]);
    t.deepEqual([transport.open, clock.timers], [0, 0]);
  }
});

test('both addresses dialled at once, while the runtime there connects too, still end in one connection and nothing lost', async (t) => {
  for (let delay = 0; delay < 12; delay++) {
    const clock = new TestClock();
    const network = new MemoryNetwork();
    const masterTransport = network.transport(delay % 2 === 0 ? '10.0.0.1:5050' : '10.9.0.1:5050');
    const master = await new Runtime({ clock, transport: masterTransport }).start();
    const inner = network.transport('10.5.0.1:5051');
    const transport = new CountingTransport(withAliases(inner, { '127.0.0.1:5050': master.address }));
    const agent = await new Runtime({ clock, transport }).start();
    const [there, here] = [new Collector('master'), new Collector('agent')];
    const [masterPid, agentPid] = [master.spawn(there), agent.spawn(here)];
    agent.tell(agentPid, 'emit', new PID('master', '127.0.0.1:5050'), 0, 3);
    agent.tell(agentPid, 'emit', masterPid, 10, 3);
    for (let turn = 0; turn < delay; turn++) await Promise.resolve();
    master.tell(masterPid, 'emit', agentPid, 20, 3);
    await clock.settle();
    const numbers = (there.bodies() as number[]).toSorted((one, two) => one - two);
    t.deepEqual(numbers, [0, 1, 2, 10, 11, 12], `delay ${delay}`);
    t.deepEqual(here.bodies(), [20, 21, 22], `delay ${delay}`);
    t.is(transport.open, 1, `delay ${delay}`);
    await Promise.all([master.close(), agent.close()]);
  }
});

test('a runtime that dials another address of its own finds out', async (t) => {
  const clock = new TestClock();
  const log = new Log();
  const network = new MemoryNetwork();
  const transport = withAliases(network.transport('10.0.0.1:5050'), { '127.0.0.1:5050': '10.0.0.1:5050' });
  await using runtime = await new Runtime({ clock, transport, logger: log }).start();
  const watcher = new Watcher('w');
  runtime.tell(runtime.spawn(watcher), 'watch', new PID('x', '127.0.0.1:5050'));
  await clock.settle();
  t.deepEqual(watcher.gone.items, ['x@127.0.0.1:5050']);
  t.regex(log.lines.join('\n'), /127\.0\.0\.1:5050 is this runtime itself/);
});

test('messages that wait for a connection are bounded: beyond, the peer is given up and linkers hear of it', async (t) => {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  const silent = network.transport();
  // Accepts and says nothing.
  const address = await silent.listen({ connection: () => undefined, request: () => Promise.resolve({ status: 404 }) });
  await using runtime = await new Runtime({
    clock,
    transport: network.transport(),
    limits: { outboundMessagesMax: 10 },
  }).start();
  const [watcher, sender] = [new Watcher('w'), new Collector('s')];
  runtime.tell(runtime.spawn(watcher), 'watch', new PID('x', address));
  const sending = runtime.spawn(sender);
  runtime.tell(sending, 'emit', new PID('x', address), 0, 10);
  await clock.settle();
  t.is(watcher.gone.items.length, 0);
  runtime.tell(sending, 'emit', new PID('x', address), 10, 1);
  await clock.settle();
  t.is(watcher.gone.items.length, 1);
  t.is(runtime.metrics.counter('libprocess/messages_dropped').value, 11);
});

test('a peer that never answers is given up when the time for the handshake is over', async (t) => {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  const address = await network
    .transport()
    .listen({ connection: () => undefined, request: () => Promise.resolve({ status: 404 }) });
  await using runtime = await new Runtime({
    clock,
    transport: network.transport(),
    limits: { handshakeTimeoutMs: 100 },
  }).start();
  const watcher = new Watcher('w');
  runtime.tell(runtime.spawn(watcher), 'watch', new PID('x', address));
  await clock.advance(99);
  t.is(watcher.gone.items.length, 0);
  await clock.advance(1);
  t.is(watcher.gone.items.length, 1);
  t.is(clock.timers, 0);
});
