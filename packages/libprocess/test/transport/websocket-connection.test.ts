import { EventEmitter } from 'node:events';
import test from 'ava';
import { WebSocketConnection } from '../../src/transport/websocket-connection.ts';
import { TestClock } from '../../src/testing/index.ts';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/** As much of a WebSocket as a connection uses, in the hands of a test. */
class FakeSocket extends EventEmitter {
  readonly readyState = 1;
  bufferedAmount = 0;
  readonly calls: string[] = [];
  ping(): void {
    this.calls.push('ping');
  }
  pong(): void {
    this.calls.push('pong');
  }
  close(_code: number, reason: string): void {
    this.calls.push(`close ${reason}`);
  }
  terminate(): void {
    this.calls.push('terminate');
  }
}

function connect(): {
  clock: TestClock;
  socket: FakeSocket;
  raw: { bytesRead: number };
  connection: WebSocketConnection;
} {
  const clock = new TestClock();
  const socket = new FakeSocket();
  const raw = Object.assign(new EventEmitter(), { bytesRead: 0, setNoDelay: () => undefined });
  const options = { remote: '10.0.0.1:1', clock };
  const connection = new WebSocketConnection(socket as unknown as WebSocket, raw as unknown as Socket, options);
  return { clock, socket, raw, connection };
}

test('pings are answered as long as the other end reads the answers', (t) => {
  const { socket } = connect();
  socket.emit('ping', Buffer.alloc(0));
  socket.bufferedAmount = 1_000_000;
  socket.emit('ping', Buffer.alloc(0));
  t.deepEqual(socket.calls, ['pong']);
});

test('a connection is given up after two pings without a byte in return, whatever the bytes were', (t) => {
  const { socket, raw, connection } = connect();
  for (let round = 0; round < 10; round++) {
    raw.bytesRead++;
    connection.ping();
    connection.ping();
  }
  t.false(socket.calls.includes('terminate'));
  connection.ping();
  t.is(socket.calls.at(-1), 'terminate');
});

test('an end that the other side does not take part in is forced after a second, and one that it does is not', async (t) => {
  for (const answered of [true, false]) {
    const { clock, socket, connection } = connect();
    connection.close('x'.repeat(121) + 'é€');
    t.is(socket.calls[0], `close ${'x'.repeat(120)}...`);
    if (answered) socket.emit('close', 1000, Buffer.from('x'));
    t.is(clock.timers, answered ? 0 : 1);
    await clock.advance(1_000);
    t.is(socket.calls.includes('terminate'), !answered);
  }
});
