import test from 'ava';
import fc from 'fast-check';
import {
  BodyPipe,
  Process,
  Runtime,
  WebSocketTransport,
  deferred,
  jsonResponse,
  readBody,
  textResponse,
} from '../../src/index.ts';
import { statuses } from '../support/http-wire.ts';
import { Log } from '../support/log.ts';
import { RawClient, exchange, getRequest, status } from '../support/raw-http.ts';
import type { HttpResponse, Logger, WebSocketTransportOptions } from '../../src/index.ts';

/** Answers that cannot be written. */
const unwritable: Readonly<Record<string, unknown>> = {
  '/badheader': { status: 200, headers: { location: 'a\r\nb: c' }, body: 'secret' },
  '/badname': { status: 200, headers: { 'a b': 'c' }, body: 'secret'.repeat(1_000) },
  '/badstatus': { status: 99, body: 'secret' },
  '/nostatus': { body: 'secret' },
  '/interim': { status: 101, body: 'secret' },
  '/badbody': { status: 200, body: 17 },
  '/noanswer': undefined,
};

/** Serves a little of everything. */
class Site extends Process {
  readonly pipe = new BodyPipe();
  /** What was asked of the iterator behind `/iterator`. */
  readonly calls: string[] = [];
  readonly streamEnded = deferred<void>();
  readonly aborted = deferred<void>();
  constructor() {
    super('site');
  }
  protected override initialize(): void {
    this.route('/state', (request) => jsonResponse({ ok: true }, { jsonp: request.query.get('jsonp') }), {
      methods: ['GET'],
    });
    this.route('/echo', async (request) => {
      const body = await readBody(request.body, 1_000);
      return textResponse(200, `${request.method} ${request.path} ${body.toString()}`);
    });
    this.route('/stream', (request) => {
      request.signal.addEventListener('abort', () => {
        this.aborted.resolve();
      });
      return { status: 200, body: this.#ticks(request.signal) };
    });
    this.route('/fail', () => {
      throw new Error('secret detail');
    });
    for (const [path, answer] of Object.entries(unwritable)) this.route(path, () => answer as HttpResponse);
    this.route('/badstream', () => ({ status: 99, body: this.pipe }));
    this.route('/iterator', () => {
      const answer = (call: string): Promise<IteratorResult<string>> => {
        this.calls.push(call);
        return Promise.resolve({ done: true, value: undefined });
      };
      const iterator = { next: () => answer('next'), return: () => answer('return') };
      return { status: 200, body: { [Symbol.asyncIterator]: () => iterator } };
    });
    this.route('/forever', () => new Promise<HttpResponse>(() => undefined));
  }
  async *#ticks(signal: AbortSignal): AsyncGenerator<string> {
    try {
      yield 'tick\n';
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
      yield 'tock\n';
    } finally {
      this.streamEnded.resolve();
    }
  }
}

async function serve(
  options: WebSocketTransportOptions = {},
  logger?: Logger,
): Promise<{ runtime: Runtime; site: Site; address: string }> {
  const transport = new WebSocketTransport(options);
  const runtime = await new Runtime({ transport, delegate: 'site', ...(logger && { logger }) }).start();
  const site = new Site();
  runtime.spawn(site);
  return { runtime, site, address: runtime.address };
}

/** The request of a client that wants the connection closed afterwards. */
function closing(line: string, headers = '', body = ''): string {
  return `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n${body}`;
}

const webSocket = (headers: string): string =>
  `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n${headers}\r\n`;

/** The header but for the time. */
function headerOf(answer: string): string {
  return answer.slice(0, answer.indexOf('\r\n\r\n')).replace(/\r\ndate: [^\r]*/i, '');
}

function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

test('requests reach routes by the actor name and, for the delegate, without it', async (t) => {
  const { runtime, address } = await serve();
  for (const [target, expected] of [
    ['/site/state', '200'],
    ['/state', '200'],
    ['/state/', '200'],
    ['/s%69te/state', '200'],
    ['http://proxied.example/state?x=1', '200'],
    ['/site/st%61te', '404'],
    ['/st%61te', '404'],
    ['/nothing', '404'],
    ['/other/state', '404'],
    ['/state%', '400'],
    ['/%ff/state', '400'],
    ['*', '400'],
  ] as const) {
    t.is(status(await exchange(address, closing(`GET ${target}`))), expected, target);
  }
  t.is(bodyOf(await exchange(address, closing('GET /echo/a%20b/c'))), 'GET /echo/a b/c ');
  await runtime.close();
});

test('a request for an actor that is not initialised yet waits for its routes', async (t) => {
  const runtime = new Runtime({ delegate: 'late' });
  const gate = deferred<void>();
  class Late extends Process {
    protected override async initialize(): Promise<void> {
      await gate.promise;
      this.route('/state', () => textResponse(200, 'here'));
    }
  }
  runtime.spawn(new Late('late'));
  const answers = ['/late/state', '/state', '/late/other'].map((url) => runtime.inject({ url }));
  gate.resolve();
  t.deepEqual(
    (await Promise.all(answers)).map((answer) => answer.status),
    [200, 200, 404],
  );
  await runtime.close();
});

test('a method that a route does not take is answered with 405, HEAD with the header of GET', async (t) => {
  const { runtime, site, address } = await serve();
  const refused = await exchange(address, closing('PUT /state'));
  t.is(status(refused), '405');
  t.regex(refused, /\r\nallow: GET\r\n/i);
  const head = await exchange(address, closing('HEAD /state'));
  t.is(status(head), '200');
  t.regex(head, /content-length: 11\r\n/i);
  t.is(bodyOf(head), '');
  const stream = await exchange(address, closing('HEAD /stream'));
  t.deepEqual([status(stream), bodyOf(stream)], ['200', '']);
  t.is(status(await exchange(address, closing('HEAD /iterator'))), '200');
  t.deepEqual(site.calls, ['return']);
  await runtime.close();
});

test('names of headers are written with capitals, for scripts that look for them without ignoring case', async (t) => {
  const { runtime, address } = await serve();
  const refused = await exchange(address, closing('PUT /state'));
  t.regex(refused, /\r\nAllow: GET\r\nContent-Length: \d+\r\n/);
  t.regex(refused, /\r\nContent-Type: text\/plain; charset=utf-8\r\n/);
  t.notRegex(refused.slice(0, refused.indexOf('\r\n\r\n')), /\r\n[a-z]/);
  await runtime.close();
});

test('an exception is answered with 500, logged and not told to the client, and the actor lives on', async (t) => {
  const log = new Log();
  const { runtime, address } = await serve({}, log);
  const answer = await exchange(address, closing('GET /fail'));
  t.deepEqual([status(answer), bodyOf(answer)], ['500', '500 Internal Server Error.']);
  await log.until(/^HTTP GET \/fail failed: Error: secret detail/);
  t.is(status(await exchange(address, closing('GET /state'))), '200');
  await runtime.close();
});

test('an answer that cannot be written is answered as an exception is, logged, and its stream is told that nobody reads it', async (t) => {
  const log = new Log();
  const { runtime, site, address } = await serve({}, log);
  const client = await RawClient.connect(address);
  const failed = headerOf(await exchange(address, closing('GET /fail')));
  const paths = [...Object.keys(unwritable), '/badstream'];
  for (const path of paths) {
    const answer = await exchange(address, closing(`GET ${path}`));
    t.deepEqual([headerOf(answer), bodyOf(answer)], [failed, '500 Internal Server Error.'], path);
    await log.until(new RegExp(`^The answer to HTTP GET ${path} cannot be written: `));
    client.write(getRequest(path));
  }
  t.deepEqual(
    statuses(await client.until('Server Error.', paths.length)),
    paths.map(() => 500),
  );
  await site.pipe.readerClosed;
  t.is(runtime.metrics.counter('libprocess/http_broken_off').value, 2 * paths.length);
  // Whether the body that was not asked for follows is not known, so nothing more is read from there.
  const unasked = `POST /badheader HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`;
  t.regex(await exchange(address, unasked), /^HTTP\/1\.1 500 [^]*\r\nconnection: close\r\n/i);
  client.destroy();
  await runtime.close();
});

test('jsonp calls a function, and is answered with 400 when it would be more than a name', async (t) => {
  const { runtime } = await serve();
  const get = async (jsonp: string): Promise<[number, string]> => {
    const { status: code, body } = await runtime.inject({ url: `/state?jsonp=${encodeURIComponent(jsonp)}` });
    return [code, body.toString()];
  };
  for (const name of ['', 'f', '$', '_a1', 'jQuery123_456', 'angular.callbacks._0']) {
    t.deepEqual(await get(name), [200, `${name}({"ok":true})`]);
  }
  for (const name of ['1a', 'a b', 'alert(1);f', 'a..b', 'a.', 'a[0]', '<script>', 'f\n', 'x'.repeat(300)]) {
    const [code, body] = await get(name);
    t.is(code, 400, name);
    t.is(body.includes(name) && name.length > 1, false);
  }
  await runtime.close();
});

test('a body over its limit is answered with 413, on a connection that stays usable', async (t) => {
  const { runtime, address } = await serve();
  const client = await RawClient.connect(address);
  const body = 'x'.repeat(200_000);
  client.write(`POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  t.is(status(await client.until('larger than')), '413');
  client.received = '';
  client.write(`POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi`);
  t.is(bodyOf(await client.until('hi')), 'POST /echo hi');
  client.destroy();
  await runtime.close();
});

test('a malformed request is answered with 400, a header that is too long with 431, both counted', async (t) => {
  const { runtime, address } = await serve({ httpHeaderBytesMax: 2_000 });
  let count = 0;
  for (const [bytes, expected] of [
    ['NONSENSE\r\n\r\n', '400'],
    ['GET /state HTTP/9.9\r\n\r\n', '400'],
    ['G\0T /state HTTP/1.1\r\n\r\n', '400'],
    ['GET /state HTTP/1.1\r\nno colon\r\n\r\n', '400'],
    ['POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', '400'],
    ['POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx', '400'],
    ['POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', '400'],
    [`GET /state HTTP/1.1\r\nHost: x\r\nLong: ${'x'.repeat(3_000)}\r\n\r\n`, '431'],
    [`GET /${'x'.repeat(3_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, '431'],
  ] as const) {
    const answer = await exchange(address, bytes);
    t.is(status(answer), expected, bytes.slice(0, 60));
    t.regex(answer, /\r\nConnection: close\r\n/);
    t.is(runtime.metrics.counter('libprocess/http_refused').value, ++count);
  }
  await runtime.close();
});

test('a client that takes too long over its header is answered with 408', async (t) => {
  const { runtime, address } = await serve({ httpHeadersTimeoutMs: 100 });
  const answer = await exchange(address, 'GET /state HTTP/1.1\r\nHost: x\r\n');
  t.is(status(answer), '408');
  t.is(runtime.metrics.counter('libprocess/http_refused').value, 1);
  await runtime.close();
});

test('a request that breaks off disturbs nobody', async (t) => {
  const { runtime, address } = await serve();
  const whole = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345';
  for (let length = 1; length <= whole.length; length += 7) {
    const client = await RawClient.connect(address);
    client.write(whole.slice(0, length));
    client.socket.end();
    await client.ended();
  }
  t.is(status(await exchange(address, closing('GET /state'))), '200');
  await runtime.close();
});

test('requests on one connection are answered in order, pipelined or one after the other', async (t) => {
  const { runtime, address } = await serve();
  const client = await RawClient.connect(address);
  client.write(getRequest('/echo/1') + getRequest('/echo/2') + getRequest('/echo/3'));
  await client.until('GET /echo/', 3);
  client.write(getRequest('/echo/4'));
  const answer = await client.until('GET /echo/', 4);
  t.deepEqual(
    [...answer.matchAll(/GET \/echo\/(\d)/g)].map((match) => match[1]),
    ['1', '2', '3', '4'],
  );
  t.is(runtime.metrics.counter('libprocess/http_requests').value, 4);
  client.write('NONSENSE\r\n\r\n');
  t.regex(await client.ended(), /HTTP\/1\.1 400 Bad Request/);
  await runtime.close();
});

test('nonsense behind a request that is being answered ends the connection without a word', async (t) => {
  const { runtime, address } = await serve();
  const client = await RawClient.connect(address);
  client.write('GET /forever HTTP/1.1\r\nHost: x\r\n\r\nNONSENSE\r\n\r\n');
  t.is(await client.ended(), '');
  t.is(runtime.metrics.counter('libprocess/http_refused').value, 1);
  await runtime.close();
});

test('an upgrade to anything but WebSocket is ignored and the request answered, with its body', async (t) => {
  const { runtime, address } = await serve();
  const upgrade = 'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n';
  const get = await exchange(address, `GET /state HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`);
  t.deepEqual([status(get), bodyOf(get)], ['200', '{"ok":true}']);
  const post = await exchange(address, `POST /echo HTTP/1.1\r\nHost: x\r\n${upgrade}Content-Length: 4\r\n\r\nbody`);
  t.deepEqual([status(post), bodyOf(post)], ['200', 'POST /echo body']);
  await runtime.close();
});

test('a WebSocket of another subprotocol is refused with 400, one from a browser page with 403, a broken one with 400', async (t) => {
  const { runtime, address } = await serve();
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  const ours = 'Sec-WebSocket-Protocol: libprocess.1\r\n';
  t.is(status(await exchange(address, webSocket(key))), '400');
  t.is(status(await exchange(address, webSocket(`${key}Sec-WebSocket-Protocol: other\r\n`))), '400');
  t.is(status(await exchange(address, webSocket(`${key}${ours}Origin: http://evil.example\r\n`))), '403');
  t.is(runtime.metrics.counter('libprocess/http_refused').value, 3);
  t.is(status(await exchange(address, webSocket(ours))), '400');
  const client = await RawClient.connect(address);
  client.write(webSocket(key + ours));
  t.is(status(await client.until('\r\n\r\n')), '101');
  client.destroy();
  await runtime.close();
});

test('a client that leaves a stream aborts the request and stops the iterator', async (t) => {
  const { runtime, site, address } = await serve();
  const client = await RawClient.connect(address);
  client.write('GET /stream HTTP/1.1\r\nHost: x\r\n\r\n');
  t.regex(await client.until('tick\n'), /transfer-encoding: chunked/i);
  client.destroy();
  await site.aborted.promise;
  await site.streamEnded.promise;
  t.is(status(await exchange(address, closing('GET /state'))), '200');
  await runtime.close();
});

test('a request whose actor ends before it answers gets 503', async (t) => {
  const { runtime, site, address } = await serve();
  const client = await RawClient.connect(address);
  client.write(closing('GET /forever'));
  // The answer to a later request shows that the first has begun.
  await exchange(address, closing('GET /state'));
  runtime.terminate(site.self);
  t.is(status(await client.ended()), '503');
  t.is(status(await exchange(address, closing('GET /site/state'))), '404');
  await runtime.close();
});

test('closing the runtime ends idle and streaming connections', async (t) => {
  const { runtime, address } = await serve();
  const [idle, streaming] = [await RawClient.connect(address), await RawClient.connect(address)];
  streaming.write('GET /stream HTTP/1.1\r\nHost: x\r\n\r\n');
  await streaming.until('tick\n');
  await runtime.close();
  await Promise.all([idle.ended(), streaming.ended()]);
  await t.throwsAsync(RawClient.connect(address), { code: 'ECONNREFUSED' });
});

test('random bytes on the port never end the server, nor leave a connection behind', async (t) => {
  const { runtime, address } = await serve();
  const fragment = fc.oneof(
    fc.constantFrom(
      'GET ',
      'POST ',
      '/state',
      ' HTTP/1.1',
      '\r\n',
      '\r\n\r\n',
      'Host: x\r\n',
      'Content-Length: 5\r\n',
      '0\r\n\r\n',
    ),
    fc.constantFrom(
      'Transfer-Encoding: chunked\r\n',
      'Upgrade: websocket\r\nConnection: upgrade\r\n',
      'Expect: 100-continue\r\n',
      '%',
      '?',
    ),
    fc.string({ maxLength: 20, unit: 'binary' }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fragment, { maxLength: 12 }), async (fragments) => {
      const client = await RawClient.connect(address);
      client.write(Buffer.from(fragments.join(''), 'latin1'));
      client.socket.end();
      await client.ended();
    }),
    { numRuns: 400 },
  );
  t.is(status(await exchange(address, closing('GET /state'))), '200');
  await runtime.close();
});
