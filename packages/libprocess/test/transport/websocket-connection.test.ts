import { EventEmitter } from 'node:events';
import test from 'ava';
import { WebSocketConnection } from '../../src/transport/websocket-connection.ts';
import { Intake } from '../../src/transport/intake.ts';
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
  pause(): void {
    this.calls.push('pause');
  }
  resume(): void {
    this.calls.push('resume');
  }
}

interface Connected {
  readonly clock: TestClock;
  readonly socket: FakeSocket;
  readonly raw: { bytesRead: number };
  readonly connection: WebSocketConnection;
  /** What decides by the clock when frames are handled, moved by the test. */
  readonly machine: { nowMs: number };
}

function connect(): Connected {
  const machine = { nowMs: 0 };
  const clock = new TestClock();
  const socket = new FakeSocket();
  const raw = Object.assign(new EventEmitter(), { bytesRead: 0, setNoDelay: () => undefined });
  const options = { remote: '10.0.0.1:1', clock, intake: new Intake(() => machine.nowMs) };
  const connection = new WebSocketConnection(socket as unknown as WebSocket, raw as unknown as Socket, options);
  return { clock, socket, raw, connection, machine };
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

/** Opens the connection and has frames arrive, each of which takes 0.3 ms. */
async function flood({ connection, socket, machine }: Connected, count: number): Promise<(number | string)[]> {
  const log: (number | string)[] = [];
  connection.open({
    frame: ([mark = 0]) => {
      machine.nowMs += 0.3;
      log.push(mark);
    },
    close: (reason) => log.push(reason),
  });
  await Promise.resolve();
  for (let mark = 0; mark < count; mark++) socket.emit('message', Buffer.of(mark), true);
  return log;
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test('frames that come faster than they are handled wait, in order, while the socket reads no further', async (t) => {
  const connected = connect();
  const { socket } = connected;
  const log = await flood(connected, 5);
  t.deepEqual(log, [0, 1]);
  t.deepEqual(socket.calls, ['pause']);
  await turn();
  t.deepEqual(log, [0, 1, 2, 3]);
  // What the socket had read before still comes behind the others.
  socket.emit('message', Buffer.of(5), true);
  t.deepEqual(socket.calls, ['pause']);
  await turn();
  t.deepEqual(log, [0, 1, 2, 3, 4, 5]);
  t.deepEqual(socket.calls, ['pause', 'resume']);
});

test('what waits for its turn when a connection ends comes before its end, and nothing does after it was refused', async (t) => {
  const ended = connect();
  const log = await flood(ended, 4);
  ended.socket.emit('close', 1006, Buffer.alloc(0));
  t.deepEqual(log, [0, 1, 2, 3, 'the connection was closed (1006)']);
  await turn();
  t.is(log.length, 5);
  const refused = connect();
  const heard = await flood(refused, 4);
  refused.connection.close('enough');
  t.deepEqual(refused.socket.calls, ['pause', 'resume', 'close enough']);
  await turn();
  t.deepEqual(heard, [0, 1]);
});
