import test from 'ava';
import { Runtime, WebSocketTransport } from '../../src/index.ts';
import { Collector } from '../support/actors.ts';
import { eventually } from '../../src/testing/index.ts';
import { RawWebSocket, frame, greetingAndMessage, opcodes, upgrade } from '../support/raw-websocket.ts';
import type { PID, WebSocketTransportOptions, Limits } from '../../src/index.ts';

const { binary } = opcodes;

/** A runtime that is crowded, and another one which has messages for it. */
async function world(options: WebSocketTransportOptions, limits: Partial<Limits>) {
  const runtime = await new Runtime({ transport: new WebSocketTransport(options), limits }).start();
  const other = await new Runtime({ transport: new WebSocketTransport() }).start();
  const here = new Collector('here');
  const to = runtime.spawn(here);
  let sent = 0;
  const isServed = async (): Promise<void> => {
    const mark = `served ${++sent}`;
    other.send(to, 'item', mark);
    await eventually(() => here.got.items.some(({ body }) => body === mark), mark);
  };
  const counted = (name: string): number => runtime.metrics.snapshot()[`libprocess/${name}`] ?? 0;
  return { runtime, other, here, to, isServed, counted };
}

/** Connects by a runtime that was not there before, and has a message delivered. */
async function newcomer(to: PID, here: Collector): Promise<void> {
  await using runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  runtime.send(to, 'item', runtime.address);
  await eventually(() => here.got.items.some(({ body }) => body === runtime.address), 'a newcomer is heard');
}

test('a thousand greeted peers and as many silent connections as may be, all idle, keep nobody else waiting', async (t) => {
  const { runtime, other, here, to, isServed, counted } = await world(
    {},
    { ungreetedMax: 200, handshakeTimeoutMs: 120_000 },
  );
  await isServed();
  const idle: RawWebSocket[] = [];
  while (idle.length < 1_000) {
    const fifty = await Promise.all(Array.from({ length: 50 }, () => RawWebSocket.upgrade(runtime)));
    for (const client of fifty) client.socket.write(frame(binary, greetingAndMessage('')[0]));
    idle.push(...fifty);
  }
  await eventually(() => counted('peers') === 1_001, 'all are peers');
  const silent = await Promise.all(Array.from({ length: 200 }, () => RawWebSocket.upgrade(runtime)));
  for (let round = 0; round < 20; round++) await isServed();
  await newcomer(to, here);
  t.is(other.metrics.counter('libprocess/connections_ended').value, 0);
  t.false(idle.some(({ ended }) => ended));
  // The newcomer has taken the place of one that did not greet.
  await eventually(() => silent.filter(({ ended }) => ended).length === 1, 'one has made room');
  for (const { socket } of [...idle, ...silent]) socket.destroy();
  await eventually(() => counted('peers') === 1, 'those that have gone are forgotten');
  await Promise.all([runtime.close(), other.close()]);
});

test('who drips its request for a WebSocket or its greeting, a byte now and then, keeps nobody waiting, and is cut off in time all the same', async (t) => {
  const { runtime, other, here, to, isServed, counted } = await world(
    { httpHeadersTimeoutMs: 3_000, handshakeTimeoutMs: 3_000 },
    { handshakeTimeoutMs: 3_000 },
  );
  await isServed();
  const asking = await Promise.all(Array.from({ length: 100 }, () => RawWebSocket.connect(runtime)));
  const greeting = await Promise.all(Array.from({ length: 100 }, () => RawWebSocket.upgrade(runtime)));
  const request = Buffer.from(upgrade(`X-Slow: ${'x'.repeat(10_000)}\r\n`));
  const hello = frame(binary, greetingAndMessage('')[0]);
  let at = 0;
  const drip = (): void => {
    for (const { socket, ended } of asking) if (!ended) socket.write(request.subarray(at, at + 1));
    // The last byte never comes.
    for (const { socket, ended } of greeting)
      if (!ended) socket.write(hello.subarray(at, Math.min(at + 1, hello.length - 1)));
    at++;
  };
  let served = 0;
  await eventually(async () => {
    drip();
    await isServed();
    served++;
    return [...asking, ...greeting].every(({ ended }) => ended);
  }, 'all who drip are cut off');
  t.true(served > 1);
  await newcomer(to, here);
  t.is(counted('handshakes_failed'), 100);
  t.is(counted('peers'), 1);
  t.is(other.metrics.counter('libprocess/connections_ended').value, 0);
  await Promise.all([runtime.close(), other.close()]);
});

test('of a crowd that has fallen silent everybody is noticed by pings, and who answers them stays', async (t) => {
  const { runtime, other, isServed, counted } = await world({ pingIntervalMs: 500 }, {});
  await isServed();
  const silent = await Promise.all(Array.from({ length: 150 }, () => RawWebSocket.upgrade(runtime)));
  for (const client of silent) client.socket.write(frame(binary, greetingAndMessage('')[0]));
  await eventually(() => silent.every(({ ended }) => ended), 'all are given up');
  await eventually(() => counted('peers') === 1, 'they are no peers any more');
  t.is(other.metrics.counter('libprocess/connections_ended').value, 0);
  await isServed();
  await Promise.all([runtime.close(), other.close()]);
});
