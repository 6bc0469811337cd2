import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { Process, ProcessError, Runtime, deferred, readBody, textResponse } from '../../src/index.ts';
import { HttpClient, HttpPool } from '../../src/http/client/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Authority } from '../support/certificates.ts';
import { serveSite } from '../support/http-site.ts';
import { codeOf } from '../support/promises.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { HttpHandler } from '../../src/index.ts';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpClientOptions, HttpClientRequest, HttpClientResponse } from '../../src/http/client/index.ts';

/** Asks for what a test wants asked. */
class Asker extends Process {
  readonly log: string[] = [];
  readonly client: HttpClient;
  constructor(options: HttpClientOptions = {}) {
    super('asker');
    this.client = new HttpClient(this, options);
  }
  ask(request: HttpClientRequest): Promise<HttpClientResponse> {
    return this.client.request(request);
  }
  async text(request: HttpClientRequest): Promise<string> {
    const response = await this.client.request(request);
    return `${response.status} ${await response.text()}`;
  }
  inTurn(request: HttpClientRequest): Promise<number> {
    return this.client.request(request, (response) => {
      this.log.push(`answer ${response.status}`);
      return response.status;
    });
  }
  note(text: string): void {
    this.log.push(text);
  }
}

function spawnAsker(runtime: Runtime, options?: HttpClientOptions): Asker {
  const asker = new Asker(options);
  runtime.spawn(asker);
  return asker;
}

/** A server that misbehaves as a test wants. */
async function plainServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<[string, Server]> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return [`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server];
}

const echo: HttpHandler = async ({ body, headers, method, url }) =>
  textResponse(200, `${method} ${url} ${String(headers['x-test'])} ${(await readBody(body, 1e9)).toString()}`);

async function* streamed(): AsyncGenerator<string> {
  yield await Promise.resolve('body');
}

test('an actor asks with method, header and body, and reads the answer as text, JSON or bytes; any status is an answer', async (t) => {
  await using runtime = await serveSite({ '/echo': echo, '/json': () => ({ status: 418, body: '{"a":1}' }) });
  const { client } = spawnAsker(runtime);
  const base = `http://${runtime.address}`;
  const headers = { 'x-test': 'yes' };
  const answer = await client.request({ url: `${base}/echo?a=1`, method: 'PUT', headers, body: 'hello' });
  t.is(answer.status, 200);
  t.is(answer.url, `${base}/echo?a=1`);
  t.is(answer.headers['content-type'], 'text/plain; charset=utf-8');
  t.is(await answer.text(), 'PUT /echo?a=1 yes hello');
  const json = await client.request({ url: new URL(`${base}/json`) });
  t.deepEqual([json.status, await json.json()], [418, { a: 1 }]);
  const bytes = await client.request({ url: `${base}/json` });
  t.is(await codeOf(bytes.bytes(3)), 'HTTP_BODY_TOO_LARGE');
  const unread = await client.request({ url: `${base}/json` });
  await unread.discard();
});

test('an answer with a function is an event of its own, in the actor’s turn and behind what came before', async (t) => {
  await using runtime = await serveSite({ '/state': () => textResponse(200, 'ok') });
  const asker = spawnAsker(runtime);
  const asked = asker.inTurn({ url: `http://${runtime.address}/state` });
  runtime.tell(asker.self, 'note', 'before');
  t.is(await asked, 200);
  t.deepEqual(asker.log, ['before', 'answer 200']);
  t.is(
    await codeOf(
      asker.client.request({ url: `http://${runtime.address}/state` }, () =>
        Promise.reject(new ProcessError('INVARIANT', 'x')),
      ),
    ),
    'INVARIANT',
  );
});

test('bodies are streamed both ways, as fast as the other side reads', async (t) => {
  const gate = deferred<void>();
  const counts = { sent: 0 };
  await using runtime = await serveSite({
    '/double': ({ body }) => ({
      status: 200,
      body: (async function* doubled() {
        await gate.promise;
        for await (const chunk of body) {
          yield chunk;
          yield chunk;
        }
      })(),
    }),
  });
  const piece = Buffer.alloc(64 * 1024, 'x');
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < 500; index++) {
      counts.sent++;
      yield await Promise.resolve(piece);
    }
  }
  const { client } = spawnAsker(runtime);
  const answer = await client.request({ url: `http://${runtime.address}/double`, method: 'POST', body: pieces() });
  let before = -1;
  while (before !== counts.sent) {
    before = counts.sent;
    for (let index = 0; index < 20; index++) await runtime.inject({ url: '/' });
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  t.true(before < 400, `${before} pieces were taken`);
  gate.resolve();
  let length = 0;
  for await (const chunk of answer.body) length += chunk.length;
  t.is(length, 2 * 500 * piece.length);
});

test('what is under way when its actor ends is broken off, and nothing is delivered any more', async (t) => {
  const gone = deferred<void>();
  await using runtime = await serveSite({
    '/hang': ({ signal }) => {
      signal.addEventListener('abort', () => {
        gone.resolve();
      });
      return new Promise(() => undefined);
    },
    '/stream': ({ signal }) => ({
      status: 200,
      body: (async function* ticks() {
        yield 'tick';
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
      })(),
    }),
  });
  const asker = spawnAsker(runtime);
  const { client, self } = asker;
  const base = `http://${runtime.address}`;
  const hanging = codeOf(client.request({ url: `${base}/hang` }));
  const delivered = codeOf(asker.inTurn({ url: `${base}/hang` }));
  const stream = await client.request({ url: `${base}/stream` });
  const reader = stream.body[Symbol.asyncIterator]();
  await reader.next();
  const reading = codeOf(reader.next() as Promise<unknown>);
  runtime.terminate(self);
  t.deepEqual(
    await Promise.all([hanging, delivered, reading]),
    Array.from({ length: 3 }, () => 'PROCESS_TERMINATED'),
  );
  await gone.promise;
  t.is(await codeOf(client.request({ url: `${base}/hang` })), 'PROCESS_TERMINATED');
  t.deepEqual(asker.log, []);
  t.is(await codeOf(new Asker().ask({ url: base })), 'PROCESS_NOT_SPAWNED');
});

test('a request is given up by its signal, with the signal’s reason, before, while and after its header comes', async (t) => {
  const [base, server] = await plainServer((request, response) => {
    if (request.url === '/stream') response.write('first');
  });
  await using runtime = new Runtime();
  const { client } = spawnAsker(runtime);
  const reason = new Error('changed my mind');
  await t.throwsAsync(client.request({ url: base, signal: AbortSignal.abort(reason) }), { is: reason });
  const [one, two] = [new AbortController(), new AbortController()];
  const arrived = once(server, 'request');
  const hanging = client.request({ url: `${base}/hang`, signal: one.signal });
  await arrived;
  one.abort(reason);
  await t.throwsAsync(hanging, { is: reason });
  const stream = await client.request({ url: `${base}/stream`, signal: two.signal });
  const reading = stream.text();
  two.abort(reason);
  await t.throwsAsync(reading, { is: reason });
  server.closeAllConnections();
  server.close();
});

test('a whole request has its time on the runtime’s clock, the header and the pieces of the body theirs on the network', async (t) => {
  const [base, server] = await plainServer((request, response) => {
    if (request.url === '/stream') response.write('first');
  });
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  const { client } = spawnAsker(runtime);
  const arrived = once(server, 'request');
  const hanging = codeOf(client.request({ url: base, timeoutMs: 5_000 }));
  await arrived;
  await clock.advance(5_000);
  t.is(await hanging, 'TIMED_OUT');
  const stream = await client.request({ url: `${base}/stream`, timeoutMs: 5_000 });
  const reading = codeOf(stream.text());
  await clock.advance(5_000);
  t.is(await reading, 'TIMED_OUT');
  const hasty = new HttpClient(runtimeAsker(runtime), { headersTimeoutMs: 50, bodyTimeoutMs: 50 });
  t.is(await codeOf(hasty.request({ url: base })), 'TIMED_OUT');
  t.is(await codeOf((await hasty.request({ url: `${base}/stream` })).text()), 'TIMED_OUT');
  await hasty.close();
  server.closeAllConnections();
  server.close();
});

test('a server that is not there, breaks off or speaks no HTTP is HTTP_REQUEST_FAILED with its cause', async (t) => {
  const [base, server] = await plainServer((request, response) => {
    if (request.url === '/half') response.writeHead(200, { 'content-length': 100 }).write('half');
    setImmediate(() => request.socket.destroy());
  });
  await using runtime = new Runtime();
  const { client } = spawnAsker(runtime);
  const error = await t.throwsAsync<ProcessError>(client.request({ url: 'http://127.0.0.1:1/' }));
  t.is(error.code, 'HTTP_REQUEST_FAILED');
  t.regex(error.message, /ECONNREFUSED/);
  t.true(error.cause instanceof Error);
  t.is(await codeOf(client.request({ url: base })), 'HTTP_REQUEST_FAILED');
  t.is(await codeOf((await client.request({ url: `${base}/half` })).text()), 'HTTP_REQUEST_FAILED');
  for (const url of ['no url', 'ftp://127.0.0.1/', 'http://127.0.0.1:99999/']) {
    t.is(await codeOf(client.request({ url })), 'HTTP_REQUEST_FAILED', url);
  }
  server.close();
});

test('connections are used again, no more than allowed at a time, and can be shared between actors', async (t) => {
  const sockets = new Set<unknown>();
  const [base, server] = await plainServer((request, response) => {
    sockets.add(request.socket);
    response.end('ok');
  });
  await using runtime = new Runtime();
  const asker = spawnAsker(runtime, { connectionsMax: 2 });
  const url = base;
  t.deepEqual(
    await Promise.all(Array.from({ length: 20 }, () => asker.text({ url }))),
    Array.from({ length: 20 }, () => '200 ok'),
  );
  t.true(sockets.size <= 2);
  sockets.clear();
  const pool = new HttpPool({ connectionsMax: 1 });
  const clients = [1, 2, 3].map(() => new HttpClient(runtimeAsker(runtime), { pool }));
  await Promise.all(clients.map(async (client) => (await client.request({ url })).text()));
  t.is(sockets.size, 1);
  await pool.close();
  t.is(await codeOf(clients[0]?.request({ url }) ?? Promise.resolve()), 'HTTP_REQUEST_FAILED');
  server.close();
});

test('more requests than allowed are refused, and an answer without a body holds nothing', async (t) => {
  const [base, server] = await plainServer((request, response) => {
    if (request.url === '/empty') response.writeHead(204).end();
  });
  await using runtime = new Runtime();
  const { client } = spawnAsker(runtime, { requestsMax: 2 });
  for (let index = 0; index < 5; index++) t.is((await client.request({ url: `${base}/empty` })).status, 204);
  const arrived = new Promise<void>((resolve) => {
    let count = 0;
    server.on('request', () => {
      count++;
      if (count === 2) resolve();
    });
  });
  const hanging = [1, 2].map(() => codeOf(client.request({ url: base })));
  await arrived;
  t.is(await codeOf(client.request({ url: base })), 'HTTP_REQUEST_FAILED');
  await client.close();
  t.deepEqual(await Promise.all(hanging), ['HTTP_REQUEST_FAILED', 'HTTP_REQUEST_FAILED']);
  server.close();
});

test('gzip is asked for and read decompressed, bombs are refused, and it can be left as it is', async (t) => {
  const [base, server] = await plainServer((request, response) => {
    const body = request.url === '/bomb' ? Buffer.alloc(50_000_000) : Buffer.from('hello '.repeat(1_000));
    const isAsked = request.headers['accept-encoding'] === 'gzip';
    if (isAsked) response.setHeader('content-encoding', 'gzip');
    response.end(isAsked ? gzipSync(body) : 'plain');
  });
  await using runtime = new Runtime();
  const { client } = spawnAsker(runtime);
  const answer = await client.request({ url: base });
  t.is(answer.headers['content-encoding'], undefined);
  t.is((await answer.text()).length, 6_000);
  t.is(await codeOf((await client.request({ url: `${base}/bomb` })).bytes()), 'HTTP_BODY_TOO_LARGE');
  t.is(await codeOf((await client.request({ url: base })).text(100)), 'HTTP_BODY_TOO_LARGE');
  const plain = new HttpClient(runtimeAsker(runtime), { decompress: false });
  t.is(await (await plain.request({ url: base })).text(), 'plain');
  await plain.close();
  server.closeAllConnections();
  server.close();
});

test('redirects are answers unless they are to be followed; then with what each asks for, and secrets stay at home', async (t) => {
  const [other, otherServer] = await plainServer((request, response) => {
    response.end(`other ${request.method} ${request.headers.authorization} ${String(request.headers['x-test'])}`);
  });
  const [base, server] = await plainServer((request, response) => {
    const [, status = '', target = ''] = /^\/(\d+)\/(.*)$/.exec(request.url ?? '') ?? [];
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (status === '')
        response.end(`${request.method} ${request.headers.authorization} ${Buffer.concat(chunks).toString()}`);
      else
        response.writeHead(Number(status), { location: target === 'other' ? `${other}/` : `/${target}` }).end('moved');
    });
  });
  await using runtime = new Runtime();
  const still = spawnAsker(runtime);
  t.is(await still.text({ url: `${base}/307/x` }), '307 moved');
  const following = new HttpClient(runtimeAsker(runtime), { redirectsMax: 2 });
  const ask = async (path: string, request: Partial<HttpClientRequest> = {}): Promise<string> => {
    const answer = await following.request({ url: base + path, ...request });
    return `${answer.status} ${await answer.text()}`;
  };
  const post = { method: 'POST', body: 'body', headers: { Authorization: 'me', 'X-Test': 'yes' } } as const;
  t.is(await ask('/301/x', post), '200 GET me ');
  t.is(await ask('/303/x', { ...post, method: 'PUT' }), '200 GET me ');
  t.is(await ask('/302/x', { ...post, method: 'PUT' }), '200 PUT me body');
  t.is(await ask('/307/x', post), '200 POST me body');
  t.is(await ask('/308/308/x', post), '200 POST me body');
  t.is(await ask('/307/other', post), '200 other POST undefined yes');
  t.is(await ask('/307/307/307/x'), '307 moved');
  t.is(await codeOf(ask('/307/x', { ...post, body: streamed() })), 'HTTP_REQUEST_FAILED');
  t.is(await ask('/303/x', { ...post, body: streamed() }), '200 GET me ');
  await following.close();
  for (const each of [server, otherServer]) {
    each.closeAllConnections();
    each.close();
  }
});

test('a server on a path of the file system is reached', async (t) => {
  const folder = await temporaryFolder(t);
  const socketPath = join(folder, 'socket');
  const server = createServer((request, response) => response.end(`by path ${request.url}`)).listen(socketPath);
  await once(server, 'listening');
  await using runtime = new Runtime();
  const asker = spawnAsker(runtime, { socketPath });
  t.is(await asker.text({ url: 'http://localhost/state' }), '200 by path /state');
  server.closeAllConnections();
  server.close();
});

test('https is spoken with the CAs and the certificate that the client is given, and not with whom it cannot verify', async (t) => {
  const ca = await Authority.create();
  const server = { ...(await ca.issue({ names: ['127.0.0.1'] })), ca: ca.cert };
  await using runtime = await serveSite(
    { '/state': () => textResponse(200, 'safe') },
    { tls: { ...server, requireClientCert: true } },
  );
  const url = `https://${runtime.address}/state`;
  const { cert, key } = await ca.issue({ names: ['127.0.0.1'] });
  const known = new HttpClient(runtimeAsker(runtime), { tls: { ca: ca.cert, cert, key } });
  t.is(await (await known.request({ url })).text(), 'safe');
  const without = new HttpClient(runtimeAsker(runtime), { tls: { ca: ca.cert } });
  t.is(await codeOf(without.request({ url })), 'HTTP_REQUEST_FAILED');
  const elsewhere = new HttpClient(runtimeAsker(runtime), { tls: { cert, key } });
  t.is(await codeOf(elsewhere.request({ url })), 'HTTP_REQUEST_FAILED');
  await Promise.all([known, without, elsewhere].map((client) => client.close()));
});

function runtimeAsker(runtime: Runtime): Process {
  class Other extends Process {}
  const other = new Other();
  runtime.spawn(other);
  return other;
}
