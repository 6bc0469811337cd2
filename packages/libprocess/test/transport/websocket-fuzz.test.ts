import test from 'ava';
import fc from 'fast-check';
import { PID, Runtime, SeededRandom, WebSocketTransport } from '../../src/index.ts';
import { Collector } from '../support/actors.ts';
import { eventually } from '../../src/testing/index.ts';
import { RawWebSocket, frame, greetingAndMessage, opcodes } from '../support/raw-websocket.ts';

const { binary, continuation, ping } = opcodes;

async function world(options = {}) {
  const runtime = await new Runtime({
    transport: new WebSocketTransport(options),
    limits: { ungreetedMax: 5_000 },
  }).start();
  const here = new Collector('here');
  runtime.spawn(here);
  return { runtime, here };
}

test('a greeting and a message pass however the bytes of their WebSocket frames are split', async (t) => {
  const { runtime, here } = await world();
  const [sample, message] = greetingAndMessage('0');
  const length = Buffer.concat([frame(binary, sample), frame(binary, message)]).length;
  const clients: RawWebSocket[] = [];
  for (let at = 1; at < length; at++) {
    const client = await RawWebSocket.upgrade(runtime);
    clients.push(client);
    const bytes = Buffer.concat(greetingAndMessage(`${at}`).map((part) => frame(binary, part)));
    client.socket.write(bytes.subarray(0, at));
    await new Promise((resolve) => client.socket.write(bytes.subarray(at, at + 1), resolve));
    client.socket.write(bytes.subarray(at + 1));
  }
  await eventually(() => here.got.items.length === length - 1, 'all messages arrive');
  t.is(new Set(here.got.items.map(({ body }) => body)).size, length - 1);
  for (const client of clients) client.socket.destroy();
  await runtime.close();
});

test('a message passes in fragments of any size, with pings between them', async (t) => {
  const { runtime, here } = await world();
  for (const size of [1, 2, 7, 20]) {
    const client = await RawWebSocket.upgrade(runtime);
    for (const part of greetingAndMessage(`in pieces of ${size}`)) {
      for (let at = 0; at < part.length; at += size) {
        const fin = at + size >= part.length;
        client.socket.write(frame(at === 0 ? binary : continuation, part.subarray(at, at + size), { fin }));
        client.socket.write(frame(ping, Buffer.from('still here')));
      }
    }
    await eventually(
      () => here.got.items.some(({ body }) => body === `in pieces of ${size}`),
      `pieces of ${size} arrive`,
    );
    client.socket.destroy();
  }
  t.is(here.got.items.length, 4);
  await runtime.close();
});

test('compression is not agreed to, and compressed frames end the connection: nothing small becomes large', async (t) => {
  const { runtime, here } = await world();
  const client = await RawWebSocket.upgrade(runtime, 'Sec-WebSocket-Extensions: permessage-deflate\r\n');
  t.notRegex(client.head, /sec-websocket-extensions/i);
  const [hello, message] = greetingAndMessage('compressed');
  client.socket.write(frame(binary, hello));
  client.socket.write(frame(binary, message, { rsv1: true }));
  await eventually(() => client.ended, 'the connection ends');
  t.deepEqual(here.got.items, []);
  await runtime.close();
});

test('frames that break the rules of WebSocket end their connection, and deliver nothing', async (t) => {
  const { runtime, here } = await world({ frameBytesMax: 100_000 });
  const [, message] = greetingAndMessage('never');
  const huge = Buffer.from([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
  const large = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 1, 0x86, 0xa1, 0, 0, 0, 0]);
  const wrong: readonly Buffer[] = [
    frame(binary, message, { masked: false }),
    frame(continuation, message),
    Buffer.concat([frame(binary, message, { fin: false }), frame(binary, message)]),
    frame(0x3, message),
    frame(0xb, message),
    frame(ping, Buffer.alloc(10), { fin: false }),
    frame(ping, Buffer.alloc(126)),
    huge,
    large,
    frame(0x1, message),
  ];
  for (const [index, bytes] of wrong.entries()) {
    const client = await RawWebSocket.upgrade(runtime);
    client.socket.write(frame(binary, greetingAndMessage('')[0]));
    client.socket.write(bytes);
    await eventually(() => client.ended, `case ${index}`);
  }
  t.deepEqual(here.got.items, []);
  t.is(runtime.metrics.snapshot()['libprocess/peers'], 0);
  await runtime.close();
});

test('fragments without end are bounded by the size of a frame', async (t) => {
  const { runtime } = await world({ frameBytesMax: 50_000 });
  const client = await RawWebSocket.upgrade(runtime);
  client.socket.write(frame(binary, greetingAndMessage('')[0]));
  client.socket.write(frame(binary, Buffer.alloc(1_000), { fin: false }));
  const piece = frame(continuation, Buffer.alloc(1_000), { fin: false });
  let sent = 1_000;
  while (!client.ended && sent < 5_000_000) {
    await new Promise((resolve) => client.socket.write(piece, resolve));
    sent += 1_000;
  }
  await eventually(() => client.ended, 'the connection ends');
  await runtime.close();
  t.pass();
});

test('garbage in place of WebSocket frames never disturbs another peer', async (t) => {
  const { runtime, here } = await world();
  const other = await new Runtime({ transport: new WebSocketTransport() }).start();
  const [seed = 0] = fc.sample(fc.nat(), 1);
  const random = new SeededRandom(seed);
  const to = new PID('here', runtime.address);
  for (let round = 0; round < 150; round++) {
    const client = await RawWebSocket.upgrade(runtime);
    const [hello, message] = greetingAndMessage('x');
    const bytes = Buffer.concat([frame(binary, hello), frame(binary, message)]);
    for (let change = 0; change <= round % 4; change++) {
      bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
    }
    client.socket.end(bytes);
    other.send(to, 'item', `other ${round}`);
  }
  const others = (): readonly unknown[] => here.got.items.filter(({ body }) => String(body).startsWith('other '));
  await eventually(() => others().length === 150, 'what the other sends arrives');
  t.is(other.metrics.counter('libprocess/connections_ended').value, 0);
  await Promise.all([runtime.close(), other.close()]);
});

test('a flood of pings whose answers are never read holds a bounded part of memory', async (t) => {
  const { runtime, here } = await world();
  const client = await RawWebSocket.upgrade(runtime);
  client.socket.write(frame(binary, greetingAndMessage('')[0]));
  client.socket.pause();
  const burst = Buffer.concat(Array.from({ length: 1_000 }, () => frame(ping, Buffer.alloc(100))));
  const before = process.memoryUsage().rss;
  for (let round = 0; round < 200; round++) await new Promise((resolve) => client.socket.write(burst, resolve));
  client.socket.write(frame(binary, greetingAndMessage('after the flood')[1]));
  await eventually(() => here.got.items.length === 1, 'what follows the flood arrives');
  const grownMb = (process.memoryUsage().rss - before) / 1e6;
  t.true(grownMb < 150, `${grownMb} MB for 200,000 pings`);
  client.socket.destroy();
  await runtime.close();
});
