import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { PID, Runtime, SeededRandom, WebSocketTransport } from '../../src/index.ts';
import { control, encodeFrame, wireVersion } from '../../src/remote/frame.ts';
import { Collector } from '../support/actors.ts';
import { eventually } from '../support/eventually.ts';
import type { Socket } from 'node:net';

const continuation = 0x0;
const binary = 0x2;
const ping = 0x9;

interface FrameOptions {
  readonly fin?: boolean;
  readonly rsv1?: boolean;
  readonly masked?: boolean;
}

/** A WebSocket frame as a client sends it (RFC 6455, section 5.2); unmasked ones are against its rules. */
function frame(opcode: number, payload: Uint8Array, options: FrameOptions = {}): Buffer {
  const { fin = true, rsv1 = false, masked = true } = options;
  const mask = Buffer.from([1, 2, 3, 4]);
  const size = payload.length;
  const first = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode;
  const head = Buffer.alloc(size < 126 ? 2 : 4);
  head[0] = first;
  head[1] = (masked ? 0x80 : 0) | Math.min(size, 126);
  if (size >= 126) head.writeUInt16BE(size, 2);
  if (!masked) return Buffer.concat([head, payload]);
  const body = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return Buffer.concat([head, mask, body]);
}

let names = 0;

/** A greeting of somebody who was not there before, and one message to the collector. */
function greetingAndMessage(text: string): readonly [hello: Uint8Array, message: Uint8Array] {
  names++;
  const address = `10.9.${names >> 8}.${names & 255}:1`;
  return [encodeFrame([[control.hello, wireVersion, address, 'x']]), encodeFrame([['here', 'a', 'item', text]])];
}

class Raw {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
    });
    socket.on('close', () => {
      this.ended = true;
    });
  }

  static async upgrade(runtime: Runtime, headers = ''): Promise<Raw> {
    const { port, hostname } = new URL(`http://${runtime.address}`);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.setNoDelay(true);
    const raw = new Raw(socket);
    socket.write(
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: libprocess.1\r\n${headers}\r\n`,
    );
    await eventually(() => raw.received.includes('\r\n\r\n'), 'the upgrade is answered');
    return raw;
  }

  get head(): string {
    return this.received.subarray(0, this.received.indexOf('\r\n\r\n')).toString('latin1');
  }
}

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
  const clients: Raw[] = [];
  for (let at = 1; at < length; at++) {
    const client = await Raw.upgrade(runtime);
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
    const client = await Raw.upgrade(runtime);
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
  const client = await Raw.upgrade(runtime, 'Sec-WebSocket-Extensions: permessage-deflate\r\n');
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
    const client = await Raw.upgrade(runtime);
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
  const client = await Raw.upgrade(runtime);
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

test('seeded garbage in place of WebSocket frames never disturbs another peer', async (t) => {
  const { runtime, here } = await world();
  const other = await new Runtime({ transport: new WebSocketTransport() }).start();
  const random = new SeededRandom(5);
  const to = new PID('here', runtime.address);
  for (let round = 0; round < 150; round++) {
    const client = await Raw.upgrade(runtime);
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
  const client = await Raw.upgrade(runtime);
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
