import { once } from 'node:events';
import test from 'ava';
import { WebSocket, type RawData } from 'ws';
import { BasicAuthenticator, BodyPipe, ProcessError, SeededRandom, deferred, textResponse } from '../../src/index.ts';
import { serveSite } from '../support/http-site.ts';
import { RawClient } from '../support/raw-http.ts';
import type { HttpResponse, Runtime } from '../../src/index.ts';
import type { IncomingMessage } from 'node:http';

function open(runtime: Runtime, path: string, headers: Readonly<Record<string, string>> = {}): WebSocket {
  const socket = new WebSocket(`ws://${runtime.address}${path}`, { headers });
  socket.on('error', () => undefined);
  return socket;
}

/** All messages to the end, each with whether it is of bytes, and the code and reason of the end. */
async function heard(socket: WebSocket): Promise<{ messages: string[]; code: number; reason: string }> {
  const messages: string[] = [];
  socket.on('message', (data: RawData, isBinary: boolean) => {
    messages.push(`${isBinary ? 'bytes' : 'text'} ${(data as Buffer).toString()}`);
  });
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return { messages, code, reason: reason.toString() };
}

async function refused(socket: WebSocket): Promise<{ status: number | undefined; text: string; challenge: unknown }> {
  const [request, answer] = (await once(socket, 'unexpected-response')) as [{ destroy(): void }, IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  request.destroy();
  return { status: answer.statusCode, text, challenge: answer.headers['www-authenticate'] };
}

function accepted(body: HttpResponse['body']): HttpResponse {
  return { status: 101, ...(body === undefined ? {} : { body }) };
}

async function* pieces(): AsyncGenerator<string | Uint8Array> {
  yield await Promise.resolve('one');
  yield Buffer.from('two');
}

async function* stream(): AsyncGenerator<string> {
  yield await Promise.resolve('x'.repeat(300_000));
  yield 'end';
}

test('a route that answers 101 has a WebSocket: pieces of text and of bytes are messages, and their end is its end', async (t) => {
  await using runtime = await serveSite({
    '/pieces': ({ webSocket }) => (webSocket === true ? accepted(pieces()) : textResponse(200, 'plain')),
    '/text': () => accepted('whole'),
    '/nothing': () => accepted(undefined),
  });
  t.deepEqual(await heard(open(runtime, '/pieces')), { messages: ['text one', 'bytes two'], code: 1000, reason: '' });
  t.deepEqual((await heard(open(runtime, '/text'))).messages, ['text whole']);
  t.deepEqual((await heard(open(runtime, '/nothing'))).messages, []);
  t.is(await (await fetch(`${runtime.url}/pieces`)).text(), 'plain');
  t.is((await fetch(`${runtime.url}/text`)).status, 500, 'there is no WebSocket to give');
});

test('what is no WebSocket route answers in HTTP, with a body of any kind', async (t) => {
  await using runtime = await serveSite({
    '/text': () => textResponse(403, 'no'),
    '/stream': () => ({ status: 200, body: stream() }),
  });
  t.like(await refused(open(runtime, '/text')), { status: 403, text: 'no' });
  t.like(await refused(open(runtime, '/nowhere')), { status: 404, text: '404 Not Found.' });
  const { text } = await refused(open(runtime, '/stream'));
  t.is(text.length, 300_003);
});

test('who asks for a WebSocket is asked who they are, as for any request', async (t) => {
  await using runtime = await serveSite({
    '/in': [({ principal }) => accepted(principal?.value ?? 'nobody'), { realm: 'r' }],
  });
  runtime.http.setAuthenticator('r', new BasicAuthenticator('r', { ann: 'sesame' }));
  t.like(await refused(open(runtime, '/in')), { status: 401, challenge: 'Basic realm="r"' });
  const authorization = `Basic ${Buffer.from('ann:sesame').toString('base64')}`;
  t.deepEqual((await heard(open(runtime, '/in', { authorization }))).messages, ['text ann']);
});

test('a page may open a WebSocket to where it came from, and no other page may', async (t) => {
  await using runtime = await serveSite({ '/in': () => accepted('in') });
  t.like(await refused(open(runtime, '/in', { origin: 'http://evil.example' })), { status: 403 });
  t.like(await refused(open(runtime, '/in', { origin: 'null' })), { status: 403 });
  t.deepEqual((await heard(open(runtime, '/in', { origin: `http://${runtime.address}` }))).messages, ['text in']);
});

test('a client that leaves ends the body, be it in the middle of nothing; what clients send is dropped', async (t) => {
  const pipe = new BodyPipe();
  await using runtime = await serveSite({ '/in': () => accepted(pipe) });
  const socket = open(runtime, '/in');
  await once(socket, 'open');
  socket.send('hello');
  pipe.write('hello');
  await once(socket, 'message');
  socket.terminate();
  await pipe.readerClosed;
  t.false(pipe.write('anybody?'));
});

test('a body that breaks off tells the client why', async (t) => {
  const pipe = new BodyPipe();
  await using runtime = await serveSite({ '/in': () => accepted(pipe) });
  const told = heard(open(runtime, '/in'));
  pipe.write('one');
  pipe.fail(new ProcessError('HTTP_READER_SLOW', `The reader is too slow${'é'.repeat(100)}`));
  const { code, messages, reason } = await told;
  t.is(code, 1008);
  t.deepEqual(messages, ['bytes one']);
  t.regex(reason, /^The reader is too slowé+$/);
});

test('a client that reads slower than is written for it is given up at the bound of the pipe', async (t) => {
  const pipe = new BodyPipe({ bytesMax: 1_000_000 });
  await using runtime = await serveSite({ '/in': () => accepted(pipe) });
  const socket = open(runtime, '/in');
  await once(socket, 'open');
  socket.pause();
  const piece = Buffer.alloc(100_000);
  let written = 0;
  while (pipe.write(piece)) {
    written++;
    t.true(written < 1000, 'what waits in the system has bounds');
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  t.true(pipe.bufferedBytes <= 1_000_000);
  socket.terminate();
});

test('a client that takes nothing for too long is given up', async (t) => {
  const pipe = new BodyPipe({ bytesMax: 64_000_000 });
  await using runtime = await serveSite({ '/in': () => accepted(pipe) }, { httpWriteTimeoutMs: 50 });
  const socket = open(runtime, '/in');
  await once(socket, 'open');
  socket.pause();
  for (let count = 0; count < 320; count++) pipe.write(Buffer.alloc(100_000));
  await pipe.readerClosed;
  t.false(pipe.write('anybody?'));
  socket.terminate();
});

test('a runtime that closes says so on every WebSocket, and waits for no answer', async (t) => {
  const asked = deferred<void>();
  const runtime = await serveSite({
    '/in': () => accepted(new BodyPipe()),
    '/never': () => {
      asked.resolve();
      return new Promise<HttpResponse>(() => undefined);
    },
  });
  const socket = open(runtime, '/in');
  const never = open(runtime, '/never');
  const end = heard(socket);
  const answer = refused(never);
  await Promise.all([once(socket, 'open'), asked.promise]);
  await runtime.close();
  const { code, reason } = await end;
  t.deepEqual([code, reason], [1001, 'shutting down']);
  t.is((await answer).status, 503);
});

test('whatever a client sends after its handshake ends its own connection at most', async (t) => {
  const pipes: BodyPipe[] = [];
  await using runtime = await serveSite({
    '/in': () => {
      const pipe = new BodyPipe();
      pipes.push(pipe);
      return accepted(pipe);
    },
  });
  const bystander = open(runtime, '/in');
  await once(bystander, 'open');
  const random = new SeededRandom(1);
  const byte = (): number => Math.floor(random.next() * 256);
  for (let count = 0; count < 100; count++) {
    const client = await RawClient.connect(runtime.address);
    client.write(
      'GET /in HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await client.until('\r\n\r\n');
    // A frame that could be one, with a mask as clients must have it, and nonsense.
    const length = byte() & 0x7f;
    client.write(Uint8Array.from([0x80 | (byte() & 0x0f), 0x80 | length, ...Array.from({ length: length + 8 }, byte)]));
    client.write(Uint8Array.from({ length: 200 }, byte));
    client.destroy();
    await pipes.at(-1)?.readerClosed;
  }
  pipes[0]?.write('still there');
  const [data] = (await once(bystander, 'message')) as [Buffer];
  t.is(data.toString(), 'still there');
  bystander.terminate();
});

test('a broken handshake is refused, and the body that nobody will read is told so', async (t) => {
  const pipe = new BodyPipe();
  await using runtime = await serveSite({ '/in': () => accepted(pipe) });
  const client = await RawClient.connect(runtime.address);
  client.write(
    'GET /in HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  t.regex(await client.ended(), /^HTTP\/1\.1 400 /);
  await pipe.readerClosed;
  t.pass();
});
