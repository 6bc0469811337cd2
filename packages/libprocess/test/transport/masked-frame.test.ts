import { once } from 'node:events';
import test from 'ava';
import { WebSocketServer } from 'ws';
import { WebSocketTransport } from '../../src/index.ts';
import { maskFrame } from '../../src/transport/masked-frame.ts';
import { subprotocol } from '../../src/transport/websocket-rules.ts';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';

const key = Uint8Array.of(0x12, 0x34, 0x56, 0x78);

function payload(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31) % 251);
}

function head(length: number): string {
  return Buffer.from(maskFrame(new Uint8Array(length), key)).toString('hex');
}

test('every byte of a payload is masked by the key in turn, wherever it lies in memory', (t) => {
  for (const offset of [0, 1, 2, 3, 4]) {
    for (const length of [0, 1, 2, 3, 4, 5, 7, 8, 9, 4_096, 4_099]) {
      const memory = new Uint8Array(offset + length + 8).fill(0xee);
      memory.set(payload(length), offset);
      maskFrame(memory.subarray(offset, offset + length), key);
      const expected = payload(length).map((byte, index) => byte ^ (key[index & 3] ?? 0));
      t.deepEqual(memory.subarray(offset, offset + length), expected);
      t.true(memory.every((byte, index) => (index >= offset && index < offset + length) || byte === 0xee));
    }
  }
});

test('the head of a frame says that it is binary, whole and masked, how long it is, and the key', (t) => {
  t.is(head(0), '828012345678');
  t.is(head(125), '82fd12345678');
  t.is(head(126), '82fe007e12345678');
  t.is(head(65_535), '82feffff12345678');
  t.is(head(65_536), '82ff000000000001000012345678');
});

test('keys are not used again', (t) => {
  const keys = Array.from({ length: 3_000 }, () => Buffer.from(maskFrame(new Uint8Array(1))).toString('hex', 2));
  // Of random ones of 32 bits a few may be the same.
  t.true(new Set(keys).size > 2_990);
});

test('what a runtime sends that has connected, another program that speaks WebSocket reads, whatever its length and in order', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => subprotocol });
  await once(server, 'listening');
  const transport = new WebSocketTransport();
  const connected = once(server, 'connection') as Promise<[WebSocket]>;
  const { port } = server.address() as AddressInfo;
  const connection = await transport.connect(`127.0.0.1:${port}`, new AbortController().signal);
  const [socket] = await connected;
  const lengths = [1, 4_095, 4_096, 10, 65_535, 65_536, 2, 300_001, 125, 4_097];
  const arrived: string[] = [];
  const all = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      t.true(isBinary);
      arrived.push(data.toString('hex'));
      if (arrived.length === lengths.length) resolve();
    });
  });
  let drained: (() => void) | undefined;
  const empty = new Promise<void>((resolve) => {
    drained = resolve;
  });
  connection.open({ frame: () => undefined, close: () => undefined, drain: () => drained?.() });
  for (const length of lengths) connection.send(payload(length));
  await all;
  await empty;
  t.is(connection.bufferedBytes, 0);
  t.deepEqual(
    arrived,
    lengths.map((length) => Buffer.from(payload(length)).toString('hex')),
  );
  await transport.close();
  server.close();
});
