import { Readable } from 'node:stream';
import { SeededRandom } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import { decode, encode, encodeRecord } from '@mesos-ts/protocol';
import test from 'ava';
import fc from 'fast-check';
import { ApiClient, ApiError, webFetch } from '../src/index.ts';
import type { ApiClientOptions } from '../src/index.ts';
import { TestServer, record } from './support/server.ts';

const callName = 'mesos.v1.scheduler.Call';
const eventName = 'mesos.v1.scheduler.Event';

function clientOf(
  url: string | readonly string[],
  options: Partial<ApiClientOptions<typeof callName>> = {},
): ApiClient<typeof callName> {
  return new ApiClient({ url, path: '/api/v1/scheduler', call: callName, ...options });
}

const json = { 'content-type': 'application/json' };

test('a call goes to the path of its API as JSON, or as protobuf', async (t) => {
  await using server = await TestServer.start();
  await clientOf(`${server.url}/`).send({ type: 'TEARDOWN', framework_id: { value: 'f' } });
  await clientOf(server.url, { type: 'application/x-protobuf' }).send({ type: 'REVIVE' });
  const [first, second] = server.received;
  t.is(first?.url, '/api/v1/scheduler');
  t.like(first?.headers, { 'content-type': 'application/json', accept: 'application/json' });
  t.deepEqual(JSON.parse(first?.body.toString() ?? ''), { type: 'TEARDOWN', framework_id: { value: 'f' } });
  t.is(second?.headers['content-type'], 'application/x-protobuf');
  t.deepEqual(decode(callName, second?.body ?? Buffer.of()), { type: 'REVIVE' });
});

test('an answer is read in the form that the server has chosen', async (t) => {
  await using server = await TestServer.start();
  const client = new ApiClient({ url: server.url, path: '/api/v1', call: 'mesos.v1.master.Call' });
  const health = { type: 'GET_HEALTH', get_health: { healthy: true } } as const;
  server.answer = (response) => response.writeHead(200, json).end(JSON.stringify(health));
  t.deepEqual(await client.ask({ type: 'GET_HEALTH' }, 'mesos.v1.master.Response'), health);
  server.answer = (response) =>
    response
      .writeHead(200, { 'content-type': 'application/x-protobuf' })
      .end(encode('mesos.v1.master.Response', health));
  t.deepEqual(await client.ask({ type: 'GET_HEALTH' }, 'mesos.v1.master.Response'), health);
  server.answer = (response) => response.writeHead(202).end();
  t.is(await client.ask({ type: 'GET_HEALTH' }, 'mesos.v1.master.Response'), undefined);
  server.answer = (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Proxy</h1>');
  await t.throwsAsync(client.ask({ type: 'GET_HEALTH' }, 'mesos.v1.master.Response'), { code: 'API_ANSWER_INVALID' });
  server.answer = (response) => response.writeHead(200, json).end('{"type":');
  await t.throwsAsync(client.ask({ type: 'GET_HEALTH' }, 'mesos.v1.master.Response'), { code: 'API_ANSWER_INVALID' });
});

test('a refusal has the status and the words of the server; only what may go well later is retriable', async (t) => {
  await using server = await TestServer.start();
  const client = clientOf(server.url);
  const answers = [
    [400, 'Framework cannot be found', 'API_REFUSED', false],
    [403, '', 'API_REFUSED', false],
    [501, '501 Not Implemented.', 'API_REFUSED', false],
    [503, 'No leader elected', 'API_UNAVAILABLE', true],
  ] as const;
  for (const [status, text, code, isRetriable] of answers) {
    server.answer = (response) => response.writeHead(status).end(text);
    const error = await t.throwsAsync<ApiError>(client.send({ type: 'REVIVE' }), { instanceOf: ApiError });
    t.like(error, { code, status, isRetriable });
    if (text !== '') t.is(error?.message, text);
  }
});

test('redirects are followed with the same call and credentials, also where they name no scheme', async (t) => {
  await using leader = await TestServer.start();
  await using standby = await TestServer.start();
  standby.answer = (response) => {
    response.writeHead(307, { location: `//${leader.host}/master/api/v1/scheduler` }).end();
  };
  const client = clientOf(standby.url, { credential: { principal: 'me', secret: 'hidden' } });
  await client.send({ type: 'REVIVE' });
  // Whoever asked for somebody else at one of these ports before may come too.
  const call = leader.received.find(({ url }) => url === '/master/api/v1/scheduler');
  t.is(call?.body.toString(), '{"type":"REVIVE"}');
  t.is(call?.headers.authorization, `Basic ${Buffer.from('me:hidden').toString('base64')}`);
});

test('masters that send each other their clients are left after nine redirects', async (t) => {
  await using server = await TestServer.start();
  server.answer = (response) => response.writeHead(307, { location: server.url }).end();
  await t.throwsAsync(clientOf(server.url).send({ type: 'REVIVE' }), { code: 'API_REDIRECTED' });
  t.is(server.received.length, 10);
});

test('what was asked for over https is never sent on over http', async (t) => {
  const asked: string[] = [];
  const client = clientOf('https://standby:5050', {
    token: 'a.b.c',
    fetch: (url) => {
      asked.push(url);
      return Promise.resolve({ status: 307, url, header: () => 'http://leader:5050/', body: nothing() });
    },
  });
  await t.throwsAsync(client.send({ type: 'REVIVE' }), { code: 'API_REDIRECTED' });
  t.deepEqual(asked, ['https://standby:5050/api/v1/scheduler']);
});

test('a browser, which does not tell where a redirect leads, follows it itself', async (t) => {
  const modes: (string | undefined)[] = [];
  const fetcher = ((_url: string, options: RequestInit) => {
    modes.push(options.redirect);
    if (options.redirect === 'manual') return Promise.resolve({ type: 'opaqueredirect' });
    return Promise.resolve(new Response(null, { status: 202 }));
  }) as unknown as typeof fetch;
  await clientOf('http://standby:5050', { fetch: webFetch(fetcher) }).send({ type: 'REVIVE' });
  t.deepEqual(modes, ['manual', undefined]);
});

test('credentials may be in the address, a token goes before them, and neither is in an error', async (t) => {
  await using server = await TestServer.start();
  const url = `http://me:hid%3Aden@${server.host}`;
  await clientOf(url).send({ type: 'REVIVE' });
  await clientOf(url, { token: 'a.b.c' }).send({ type: 'REVIVE' });
  t.deepEqual(
    server.received.map(({ headers }) => headers.authorization),
    [`Basic ${Buffer.from('me:hid:den').toString('base64')}`, 'Bearer a.b.c'],
  );
  server.answer = (response) => response.destroy();
  const error = await t.throwsAsync<ApiError>(clientOf(url).send({ type: 'REVIVE' }), { code: 'API_UNREACHABLE' });
  t.notRegex(String(error?.stack), /hid/);
  const malformed = t.throws(() => clientOf('ftp://me:hidden@host'), { code: 'API_ADDRESS_INVALID' });
  t.notRegex(String(malformed?.stack), /hidden@/);
  t.throws(() => clientOf([]), { code: 'API_ADDRESS_INVALID' });
});

test('of several masters the next one is asked when one cannot be reached or cannot serve', async (t) => {
  await using first = await TestServer.start();
  await using second = await TestServer.start();
  const client = clientOf([first.url, second.url]);
  first.answer = (response) => response.writeHead(503).end();
  await t.throwsAsync(client.send({ type: 'REVIVE' }), { code: 'API_UNAVAILABLE' });
  await client.send({ type: 'REVIVE' });
  await client.send({ type: 'REVIVE' });
  t.is(second.received.length, 2);
  second.answer = (response) => response.destroy();
  await t.throwsAsync(client.send({ type: 'REVIVE' }), { code: 'API_UNREACHABLE' });
  t.is(new URL(client.url).host, first.host);
});

test('a server that does not answer is given up in time, and a caller may give up before', async (t) => {
  const clock = new TestClock();
  const hanging: AbortSignal[] = [];
  const client = clientOf('http://silent:5050', {
    clock,
    timeoutMs: 1_000,
    fetch: (_url, { signal }) => {
      hanging.push(signal);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('broken off'));
        });
      });
    },
  });
  const late = t.throwsAsync(client.send({ type: 'REVIVE' }), { code: 'API_TIMED_OUT' });
  await clock.advance(1_000);
  await late;
  const controller = new AbortController();
  const left = t.throwsAsync(client.send({ type: 'REVIVE' }, { signal: controller.signal }), { message: 'no need' });
  controller.abort(new Error('no need'));
  await left;
  t.true(hanging.every(({ aborted }) => aborted));
  t.is(clock.timers, 0);
});

for (const type of ['application/json', 'application/x-protobuf'] as const) {
  test(`a stream of ${type} gives its events however they are cut, and ends with it`, async (t) => {
    await using server = await TestServer.start();
    const events = [
      { type: 'HEARTBEAT' },
      { type: 'ERROR', error: { message: 'grüß' } },
      { type: 'RESCIND', rescind: { offer_id: { value: 'o' } } },
    ] as const;
    const bytes = Buffer.concat(
      events.map((event) =>
        type === 'application/json' ? Buffer.from(record(event)) : encodeRecord(encode(eventName, event)),
      ),
    );
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': type, 'mesos-stream-id': 's-1' });
      for (const byte of bytes) response.write(Buffer.of(byte));
      response.end();
    };
    const stream = await clientOf(server.url, { type }).open({ type: 'SUBSCRIBE' }, eventName);
    t.is(stream.header('mesos-stream-id'), 's-1');
    t.deepEqual(await all(stream), [...events]);
  });
}

test('a stream fails when its connection breaks, and when it is none of records', async (t) => {
  await using server = await TestServer.start();
  const client = clientOf(server.url);
  server.answer = (response) => response.writeHead(200, json).write(record({ type: 'HEARTBEAT' }));
  const broken = (await client.open({ type: 'SUBSCRIBE' }, eventName))[Symbol.asyncIterator]();
  t.is((await broken.next()).value?.type, 'HEARTBEAT');
  server.breakAll();
  await t.throwsAsync(broken.next(), { code: 'API_UNREACHABLE' });
  server.answer = (response) => response.writeHead(200, json).end('<html>');
  const odd = (await client.open({ type: 'SUBSCRIBE' }, eventName))[Symbol.asyncIterator]();
  await t.throwsAsync(odd.next(), { code: 'API_ANSWER_INVALID' });
});

test('an event that cannot be read fails the stream, or is told and left out', async (t) => {
  await using server = await TestServer.start();
  const client = clientOf(server.url);
  server.answer = (response) => {
    response.writeHead(200, json).end(record({ type: 'RESCIND', rescind: {} }) + record({ type: 'HEARTBEAT' }));
  };
  const strict = await client.open({ type: 'SUBSCRIBE' }, eventName);
  await t.throwsAsync(all(strict), { code: 'API_ANSWER_INVALID' });
  const told: string[] = [];
  const onInvalid = ({ message }: ApiError): void => void told.push(message);
  const lenient = await client.open({ type: 'SUBSCRIBE' }, eventName, { onInvalid });
  t.deepEqual(await all(lenient), [{ type: 'HEARTBEAT' }]);
  t.is(told.length, 1);
});

test('whatever bytes a stream is made of, it gives events, ends, or fails with an error of this package', async (t) => {
  const [first = 0] = fc.sample(fc.nat(), 1);
  const random = new SeededRandom(first);
  const seed = Buffer.concat([
    Buffer.from(record({ type: 'HEARTBEAT' })),
    Buffer.from(record({ type: 'ERROR', error: { message: 'text' } })),
  ]);
  let failed = 0;
  for (let round = 0; round < 2_000; round++) {
    const bytes = Uint8Array.from(seed);
    for (let change = 0; change <= round % 4; change++) {
      bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
    }
    const type = round % 2 === 0 ? 'application/json' : 'application/x-protobuf';
    const header = (name: string): string | undefined => (name === 'content-type' ? type : undefined);
    const client = clientOf('http://odd:5050', {
      clock: new TestClock(),
      fetch: (url) => Promise.resolve({ status: 200, url, header, body: Readable.from([bytes]) }),
    });
    try {
      await all(await client.open({ type: 'SUBSCRIBE' }, eventName));
    } catch (error) {
      failed++;
      if (!(error instanceof ApiError)) t.fail(String(error));
    }
  }
  t.true(failed > 500, `${failed}`);
});

test('a stream that its reader leaves is broken off', async (t) => {
  await using server = await TestServer.start();
  const gone = new Promise<void>((resolve) => {
    server.answer = (response) => {
      response.once('close', resolve);
      response.writeHead(200, json).write(record({ type: 'HEARTBEAT' }));
    };
  });
  for await (const event of await clientOf(server.url).open({ type: 'SUBSCRIBE' }, eventName)) {
    t.is(event.type, 'HEARTBEAT');
    break;
  }
  await t.notThrowsAsync(gone);
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
