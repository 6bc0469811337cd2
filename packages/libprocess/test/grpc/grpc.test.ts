import { join } from 'node:path';
import { Metadata, Server, ServerCredentials, credentials, status } from '@grpc/grpc-js';
import test from 'ava';
import { Process, Runtime, SystemClock, deferred } from '../../src/index.ts';
import { GrpcConnections, GrpcError } from '../../src/grpc/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Tally } from '../support/actors.ts';
import { outcome } from '../support/promises.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import type { GrpcClient, GrpcMethod, GrpcResult } from '../../src/grpc/index.ts';
import type { ExitReason, PID } from '../../src/index.ts';

interface Ball {
  readonly text: string;
}

const ping: GrpcMethod<Ball, Ball> = {
  path: '/tests.PingPong/Send',
  serialize: (ball) => new TextEncoder().encode(JSON.stringify(ball)),
  deserialize: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Ball,
};

type Call = ServerUnaryCall<Ball, Ball>;
type Answer = sendUnaryData<Ball>;

/** A gRPC server that does with each call what the test says. */
class PingPong implements AsyncDisposable {
  readonly calls = new Tally<{ call: Call; answer: Answer }>();
  readonly cancelled = new Tally<Ball>();
  readonly #server = new Server();
  target = '';

  static async start(handle: (call: Call, answer: Answer) => void, at = '127.0.0.1:0'): Promise<PingPong> {
    const server = new PingPong();
    const definition = {
      send: {
        path: ping.path,
        requestStream: false,
        responseStream: false,
        requestSerialize: (ball: Ball) => Buffer.from(ping.serialize(ball)),
        requestDeserialize: ping.deserialize,
        responseSerialize: (ball: Ball) => Buffer.from(ping.serialize(ball)),
        responseDeserialize: ping.deserialize,
      },
    };
    const send = (call: Call, answer: Answer): void => {
      call.on('cancelled', () => {
        server.cancelled.add(call.request);
      });
      handle(call, answer);
      server.calls.add({ call, answer });
    };
    server.#server.addService(definition, { send });
    const port = await new Promise<number>((resolve, reject) => {
      server.#server.bindAsync(at, ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    server.target = at.startsWith('unix:') ? at : `127.0.0.1:${port}`;
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
    await Promise.resolve();
  }
}

function echo(call: Call, answer: Answer): void {
  answer(null, { text: `pong ${call.request.text}` });
}

function broken(): never {
  throw new Error('broken codec');
}

/** Leaves it to the test to answer. */
function hold(): void {}

/** An actor that calls. */
class Caller extends Process {
  readonly #connections: GrpcConnections;
  readonly #target: string;
  readonly log = new Tally<string>();
  first: Promise<Ball> | undefined;

  constructor(connections: GrpcConnections, target: string, id?: string) {
    super(id);
    this.#connections = connections;
    this.#target = target;
  }

  get client(): GrpcClient {
    return this.#connections.client(this.#target, { owner: this });
  }

  ask(text: string): Promise<Ball> {
    return this.client.call(ping, { text });
  }

  hand(text: string): void {
    this.client.send(ping, { text }, ({ response, error }: GrpcResult<Ball>) => {
      this.log.add(response?.text ?? String(error));
      if (response?.text === 'pong fatal') throw new Error('cannot bear it');
    });
  }

  note(text: string): void {
    this.log.add(text);
  }
}

class Observer extends Process {
  readonly ends = new Tally<ExitReason>();
  watch(pid: PID): void {
    this.link(pid);
  }
  protected override exited(_pid: PID, reason: ExitReason): void {
    this.ends.add(reason);
  }
}

async function held(server: PingPong, count = 1): Promise<{ call: Call; answer: Answer }> {
  await server.calls.reached(count);
  const last = server.calls.items[count - 1];
  if (last === undefined) throw new Error('no call');
  return last;
}

test('a unary call resolves to what the server answers, and takes metadata along', async (t) => {
  const seen = new Tally<Metadata>();
  await using server = await PingPong.start((call, answer) => {
    seen.add(call.metadata);
    echo(call, answer);
  });
  await using runtime = new Runtime();
  const connections = new GrpcConnections(runtime);
  const client = connections.client(server.target);
  const answer = await client.call(
    ping,
    { text: 'one' },
    { metadata: { who: 'me', 'raw-bin': Uint8Array.of(0, 255) } },
  );
  t.deepEqual(answer, { text: 'pong one' });
  t.deepEqual(seen.items[0]?.get('who'), ['me']);
  t.deepEqual(seen.items[0]?.get('raw-bin'), [Buffer.from([0, 255])]);
  await t.throwsAsync(client.call(ping, { text: 'x' }, { metadata: { 'not a name': '' } }));
  t.deepEqual(connections.size, { connections: 1, calls: 0 });
});

test('calls under way at the same time, of several clients, share one connection for each server and credentials', async (t) => {
  await using server = await PingPong.start(hold);
  await using runtime = new Runtime();
  const connections = new GrpcConnections(runtime);
  const answers = ['a', 'b', 'c'].map((text) => connections.client(server.target).call(ping, { text }));
  await server.calls.reached(3);
  t.deepEqual(connections.size, { connections: 1, calls: 3 });
  t.is(new Set(server.calls.items.map(({ call }) => call.getPeer())).size, 1);
  for (const { call, answer } of server.calls.items.toReversed()) echo(call, answer);
  t.deepEqual(await Promise.all(answers), [{ text: 'pong a' }, { text: 'pong b' }, { text: 'pong c' }]);
  const other = connections
    .client(server.target, { credentials: credentials.createInsecure() })
    .call(ping, { text: 'd' });
  const { call, answer } = await held(server, 4);
  t.not(call.getPeer(), server.calls.items[0]?.call.getPeer());
  echo(call, answer);
  await other;
  t.deepEqual(connections.size, { connections: 2, calls: 0 });
});

test('a status that is not OK is an error with its code, details and metadata', async (t) => {
  await using server = await PingPong.start((_call, answer) => {
    const metadata = new Metadata();
    metadata.set('why', 'full');
    answer({ code: status.RESOURCE_EXHAUSTED, details: 'no space', metadata });
  });
  await using runtime = new Runtime();
  const error = await t.throwsAsync(new GrpcConnections(runtime).client(server.target).call(ping, { text: '' }), {
    instanceOf: GrpcError,
    code: 'GRPC_STATUS',
    message: 'RESOURCE_EXHAUSTED: no space',
  });
  t.like(error, { status: status.RESOURCE_EXHAUSTED, details: 'no space' });
  t.deepEqual(error?.metadata.get('why'), ['full']);
});

test('a request that cannot be written and an answer that cannot be read are errors of status INTERNAL', async (t) => {
  await using server = await PingPong.start(echo);
  await using runtime = new Runtime();
  const connections = new GrpcConnections(runtime);
  const client = connections.client(server.target);
  for (const method of [
    { ...ping, serialize: broken },
    { ...ping, deserialize: broken },
  ]) {
    const error = await t.throwsAsync(client.call(method, { text: '' }), {
      instanceOf: GrpcError,
      message: /broken codec/,
    });
    t.is(error?.status, status.INTERNAL);
  }
  t.deepEqual(connections.size, { connections: 1, calls: 0 });
});

test('a call that is given up before its server has started never reaches it', async (t) => {
  const folder = await temporaryFolder(t);
  const target = `unix:${join(folder, 'socket')}`;
  await using runtime = new Runtime();
  const client = new GrpcConnections(runtime).client(target);
  const controller = new AbortController();
  const given = client.call(ping, { text: 'given up' }, { signal: controller.signal });
  controller.abort(new Error('not any more'));
  await t.throwsAsync(given, { message: 'not any more' });
  await t.throwsAsync(client.call(ping, { text: 'too late' }, { signal: controller.signal }), {
    message: 'not any more',
  });
  await using server = await PingPong.start(echo, target);
  t.deepEqual(await client.call(ping, { text: 'second' }), { text: 'pong second' });
  t.deepEqual(
    server.calls.items.map(({ call }) => call.request.text),
    ['second'],
  );
});

test('a call waits for its server to be there, also at a Unix socket, unless it is told not to', async (t) => {
  const folder = await temporaryFolder(t);
  const target = `unix:${join(folder, 'socket')}`;
  await using runtime = new Runtime();
  const connections = new GrpcConnections(runtime, { channel: { 'grpc.initial_reconnect_backoff_ms': 100 } });
  const client = connections.client(target);
  const waiting = client.call(ping, { text: 'patient' });
  const error = await t.throwsAsync(client.call(ping, { text: 'hasty' }, { waitForReady: false }), {
    instanceOf: GrpcError,
  });
  t.is(error?.status, status.UNAVAILABLE);
  await using server = await PingPong.start(echo, target);
  t.deepEqual(await waiting, { text: 'pong patient' });
  t.is(server.calls.items.length, 1);
});

test('a call that is given up while the server works on it ends at once, and the server is told', async (t) => {
  await using server = await PingPong.start(hold);
  await using runtime = new Runtime();
  const connections = new GrpcConnections(runtime);
  const controller = new AbortController();
  const given = connections.client(server.target).call(ping, { text: 'a' }, { signal: controller.signal });
  await held(server);
  controller.abort(new Error('enough'));
  await t.throwsAsync(given, { message: 'enough' });
  await server.cancelled.reached(1);
  t.deepEqual(connections.size, { connections: 1, calls: 0 });
});

test('a call ends with DEADLINE_EXCEEDED when its time on the clock of the runtime is over, and the server knows the limit', async (t) => {
  await using server = await PingPong.start(hold);
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  const connections = new GrpcConnections(runtime);
  const answer = outcome(connections.client(server.target).call(ping, { text: 'slow' }));
  const { call: slow } = await held(server);
  t.true(Number.isFinite(Number(slow.getDeadline())));
  await clock.advance(59_999);
  t.is(answer.state, 'pending');
  await clock.advance(1);
  t.is(answer.state, 'rejected');
  t.like(answer.reason, { code: 'GRPC_STATUS', status: status.DEADLINE_EXCEEDED });
  await server.cancelled.reached(1);
  await t.throwsAsync(connections.client(server.target).call(ping, { text: '' }, { timeoutMs: 0 }), {
    message: /DEADLINE_EXCEEDED/,
  });
});

test('limits of any length are told to the server in the digits that gRPC allows', async (t) => {
  await using server = await PingPong.start(echo);
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  const client = new GrpcConnections(runtime).client(server.target);
  const day = 24 * 3_600_000;
  for (const [timeoutMs, toldMs] of [
    [10_000.5, 10_001],
    [day, day],
    [24 * day, 24 * day],
    [365 * day, Infinity],
    [Infinity, Infinity],
  ] as const) {
    const { text } = await client.call(ping, { text: String(timeoutMs) }, { timeoutMs });
    t.is(text, `pong ${timeoutMs}`);
    const limitMs = Number(server.calls.items.at(-1)?.call.getDeadline()) - new SystemClock().now();
    // The server counts from when the call arrives.
    t.true(limitMs <= toldMs && (limitMs === toldMs || limitMs > toldMs - 60_000), `${timeoutMs}: ${limitMs}`);
  }
  t.is(clock.timers, 1);
});

test('a server that cannot be found leaves the call waiting until its time is over', async (t) => {
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  const call = outcome(new GrpcConnections(runtime).client('nosuchhost.invalid:1').call(ping, { text: '' }));
  await clock.advance(60_000);
  t.like(call.reason, { status: status.DEADLINE_EXCEEDED });
});

test('calls of an actor end with it: they reject with PROCESS_TERMINATED, and the server is told', async (t) => {
  await using server = await PingPong.start(hold);
  await using runtime = new Runtime();
  const connections = new GrpcConnections(runtime);
  const [caller, other] = [new Caller(connections, server.target), new Caller(connections, server.target)];
  const [pid, otherPid] = [runtime.spawn(caller), runtime.spawn(other)];
  const calls = Array.from({ length: 20 }, (_, index) => outcome(caller.ask(`call ${index}`)));
  runtime.tell(pid, 'hand', 'handed');
  const kept = runtime.dispatch(otherPid, 'ask', ['kept']);
  await server.calls.reached(22);
  runtime.terminate(pid);
  await runtime.wait(pid);
  await server.cancelled.reached(21);
  for (const { reason } of calls) t.like(reason, { code: 'PROCESS_TERMINATED' });
  t.deepEqual(caller.log.items, []);
  await t.throwsAsync(caller.ask('too late'), { code: 'PROCESS_TERMINATED' });
  const last = server.calls.items.find(({ call }) => call.request.text === 'kept');
  if (last !== undefined) echo(last.call, last.answer);
  t.deepEqual(await kept, { text: 'pong kept' });
});

test('an answer is handed to the actor in its turn, after what was in its mailbox before', async (t) => {
  await using server = await PingPong.start(hold);
  await using runtime = new Runtime();
  const caller = new Caller(new GrpcConnections(runtime), server.target);
  const pid = runtime.spawn(caller);
  runtime.tell(pid, 'hand', 'ball');
  const { call, answer } = await held(server);
  echo(call, answer);
  // The actor has more to do than one turn lets it, and the answer comes meanwhile.
  for (let count = 0; count < 50_000; count++) runtime.tell(pid, 'note', String(count));
  await caller.log.reached(50_001);
  t.is(caller.log.items.filter((item) => item === 'pong ball').length, 1);
  const notes = caller.log.items.filter((item) => item !== 'pong ball').map(Number);
  t.true(notes.every((note, index) => note === index));
  runtime.tell(pid, 'hand', 'refused');
  const second = await held(server, 2);
  second.answer({ code: status.NOT_FOUND, details: 'nobody' });
  await caller.log.reached(50_002);
  t.is(caller.log.items.at(-1), 'GrpcError: NOT_FOUND: nobody');
});

test('an exception in the handler of an answer ends its actor, and those linked to it hear why', async (t) => {
  await using server = await PingPong.start(echo);
  await using runtime = new Runtime();
  const observer = new Observer();
  const observing = runtime.spawn(observer);
  const pid = runtime.spawn(new Caller(new GrpcConnections(runtime), server.target));
  runtime.tell(observing, 'watch', pid);
  runtime.tell(pid, 'hand', 'fatal');
  await observer.ends.reached(1);
  t.like(observer.ends.items[0], { type: 'failed', handler: ping.path, error: { message: 'cannot bear it' } });
});

test('an actor can wait for an answer while it initialises', async (t) => {
  await using server = await PingPong.start(echo);
  await using runtime = new Runtime();
  const connections = new GrpcConnections(runtime);
  const got = deferred<Ball>();
  class Early extends Process {
    protected override async initialize(): Promise<void> {
      got.resolve(await connections.client(server.target, { owner: this }).call(ping, { text: 'early' }));
    }
  }
  const pid = runtime.spawn(new Early());
  t.true(await runtime.whenInitialized(pid));
  t.deepEqual(await got.promise, { text: 'pong early' });
  t.throws(() => connections.client(server.target).send(ping, { text: '' }, () => undefined), { code: 'INVARIANT' });
});

test('a connection that nobody uses is ended, and the next call makes another', async (t) => {
  const peers: string[] = [];
  await using server = await PingPong.start((call, answer) => {
    peers.push(call.getPeer());
    echo(call, answer);
  });
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  const connections = new GrpcConnections(runtime, { idleTimeoutMs: 30_000 });
  const client = connections.client(server.target);
  await client.call(ping, { text: '' });
  await clock.advance(20_000);
  await client.call(ping, { text: '' });
  await clock.advance(29_999);
  t.is(connections.size.connections, 1);
  await clock.advance(1);
  t.is(connections.size.connections, 0);
  await client.call(ping, { text: '' });
  t.is(connections.size.connections, 1);
  const [first, second, third] = peers;
  t.is(first, second);
  t.not(second, third);
});

test('closing the connections waits for calls that are under way, and takes no more', async (t) => {
  await using server = await PingPong.start(hold);
  await using runtime = new Runtime();
  const connections = new GrpcConnections(runtime);
  const client = connections.client(server.target);
  const answer = client.call(ping, { text: 'last' });
  const { call, answer: send } = await held(server);
  const closing = outcome(connections.close());
  await t.throwsAsync(client.call(ping, { text: 'too late' }), { code: 'CLOSED' });
  t.is(closing.state, 'pending');
  echo(call, send);
  t.deepEqual(await answer, { text: 'pong last' });
  await connections.close();
  t.deepEqual(connections.size, { connections: 0, calls: 0 });
});

test('closing a runtime ends its connections after a while, whatever the server does', async (t) => {
  await using server = await PingPong.start(hold);
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const connections = new GrpcConnections(runtime, { drainTimeoutMs: 5_000 });
  const pending = outcome(connections.client(server.target).call(ping, { text: 'never answered' }));
  await held(server);
  const closing = outcome(runtime.close());
  await clock.advance(4_999);
  t.deepEqual([pending.state, closing.state], ['pending', 'pending']);
  await clock.advance(1);
  t.like(pending.reason, { code: 'CLOSED' });
  t.is(closing.state, 'fulfilled');
  await server.cancelled.reached(1);
  t.deepEqual([connections.size.connections, clock.timers], [0, 0]);
});
