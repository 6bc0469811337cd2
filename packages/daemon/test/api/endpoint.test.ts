import { gzipSync } from 'node:zlib';
import { MemoryNetwork, Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { decode, encode } from '@mesos-ts/protocol';
import test from 'ava';
import { HttpExchange } from '../../src/testing/index.ts';
import { accepted, apiEndpoint, ok, refuse, respond, type Answer, type ApiEndpointOptions } from '../../src/index.ts';

type Options = ApiEndpointOptions<'mesos.v1.master.Call'>;

/** Answers the flags it was asked for, and whatever else a test says. */
class Daemon extends Process {
  endsFirst = false;
  readonly #more: Partial<Options>;

  constructor(more: Partial<Options> = {}) {
    super('daemon');
    this.#more = more;
  }

  protected override initialize(): void {
    const { handler, options, path } = apiEndpoint({
      path: '/api/v1',
      help: 'Calls.',
      call: 'mesos.v1.master.Call',
      callName: 'master::Call',
      validate: ({ type }) => (type === undefined ? "Expecting 'type' to be present" : undefined),
      turn: (work) => {
        if (this.endsFirst) this.terminate();
        return this.defer(work)();
      },
      handle: ({ type }): Answer => {
        if (type === 'GET_FLAGS') {
          const get_flags = { flags: [{ name: 'ä', value: 'x'.repeat(2_000) }] };
          return respond('mesos.v1.master.Response', { type, get_flags });
        }
        if (type === 'GET_HEALTH') return accepted();
        return type === 'GET_VERSION' ? ok() : refuse(501, `${type} is not supported yet`);
      },
      ...this.#more,
    });
    this.route(path, handler, options);
  }
}

async function started(actor = new Daemon()): Promise<Runtime> {
  const runtime = await new Runtime({ transport: new MemoryNetwork().transport(), delegate: 'daemon' }).start();
  runtime.spawn(actor);
  return runtime;
}

async function post(
  runtime: Runtime,
  body: string | Uint8Array | object,
  headers: Record<string, string> = {},
): Promise<[number, string, string | undefined]> {
  const isObject = typeof body === 'object' && !(body instanceof Uint8Array);
  const answer = await runtime.inject({
    method: 'POST',
    url: '/api/v1',
    headers: { 'content-type': 'application/json', ...headers },
    body: isObject ? JSON.stringify(body) : body,
  });
  return [answer.status, answer.body.toString(), answer.headers['content-type']];
}

const plain = 'text/plain; charset=utf-8';

test('a call is refused in the order and the words of Mesos', async (t) => {
  await using runtime = await started();
  const deaf = { accept: 'text/html' };
  t.deepEqual(await post(runtime, 'x', { 'content-type': 'application/json; charset=utf-8' }), [
    415,
    "Expecting 'Content-Type' of application/json or application/x-protobuf",
    plain,
  ]);
  t.deepEqual(await post(runtime, '{', deaf), [
    400,
    'Failed to parse body into JSON: syntax error at line 1 near: ',
    plain,
  ]);
  t.deepEqual(await post(runtime, '"x"', deaf), [
    400,
    'Failed to convert JSON into Call protobuf: Expecting a JSON object',
    plain,
  ]);
  t.deepEqual(await post(runtime, { type: 'TEARDOWN', teardown: {} }, deaf), [
    400,
    'Failed to convert JSON into Call protobuf: Missing required fields: teardown.framework_id',
    plain,
  ]);
  t.deepEqual(await post(runtime, Uint8Array.of(0xff), { ...deaf, 'content-type': 'application/x-protobuf' }), [
    400,
    'Failed to parse body into Call protobuf',
    plain,
  ]);
  t.deepEqual(await post(runtime, { type: 'NO_SUCH' }, deaf), [
    400,
    "Failed to validate master::Call: Expecting 'type' to be present",
    plain,
  ]);
  t.deepEqual(await post(runtime, { type: 'GET_HEALTH' }, deaf), [
    406,
    "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'",
    plain,
  ]);
  t.deepEqual(await post(runtime, { type: 'DRAIN_AGENT' }), [501, 'DRAIN_AGENT is not supported yet', plain]);
  const get = await runtime.inject({ url: '/daemon/api/v1/' });
  t.is(get.status, 405);
  t.is(get.headers['allow'], 'POST');
  t.is(get.body.toString(), "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'.");
  const untyped = await runtime.inject({ method: 'POST', url: '/api/v1', body: '{}' });
  t.deepEqual([untyped.status, untyped.body.toString()], [400, "Expecting 'Content-Type' to be present"]);
});

test('a call that is answered without a message may come from a client that takes none', async (t) => {
  await using runtime = await started(new Daemon({ answersWithMessage: ({ type }) => type === 'GET_FLAGS' }));
  t.deepEqual(await post(runtime, { type: 'GET_HEALTH' }, { accept: 'text/html' }), [202, '', undefined]);
  t.deepEqual(await post(runtime, { type: 'GET_VERSION' }, { accept: 'text/html' }), [200, '', undefined]);
  t.is((await post(runtime, { type: 'GET_FLAGS' }, { accept: 'text/html' }))[0], 406);
});

test('calls and answers are JSON or protobuf, each as it likes', async (t) => {
  await using runtime = await started();
  const expected = { type: 'GET_FLAGS', get_flags: { flags: [{ name: 'ä', value: 'x'.repeat(2_000) }] } };
  for (const contentType of ['application/json', 'application/x-protobuf'] as const) {
    for (const accept of ['application/json', 'application/x-protobuf'] as const) {
      const call = { type: 'GET_FLAGS' } as const;
      const { body, headers, status } = await runtime.inject({
        method: 'POST',
        url: '/api/v1',
        headers: { 'content-type': contentType, accept },
        body: contentType === 'application/json' ? JSON.stringify(call) : encode('mesos.v1.master.Call', call),
      });
      t.is(status, 200);
      t.is(headers['content-type'], accept);
      const answer: unknown =
        accept === 'application/json' ? JSON.parse(body.toString()) : decode('mesos.v1.master.Response', body);
      t.deepEqual(answer, expected);
    }
  }
});

test('calls come in chunks and compressed, with fields twice; long answers leave compressed', async (t) => {
  await using runtime = await new Runtime({ transport: new WebSocketTransport(), delegate: 'daemon' }).start();
  runtime.spawn(new Daemon());
  const url = `http://${runtime.address}/api/v1/operator?_ts=1`;
  const zipped = await HttpExchange.open(url, {
    headers: {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'transfer-encoding': 'chunked',
      accept: ['application/x-protobuf', 'application/x-protobuf'],
      'accept-encoding': 'gzip',
      connection: 'close',
    },
    body: gzipSync('{"type":"GET_FLAGS"}'),
  });
  t.is(zipped.status, 200);
  t.is(zipped.headers['content-type'], 'application/x-protobuf');
  t.is(zipped.headers['content-encoding'], 'gzip');
  await zipped.ended();
  const broken = await HttpExchange.open(url, {
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: 'this is not gzip',
  });
  t.is(broken.status, 400);
});

test('a call whose daemon ends before it is looked at is answered 503', async (t) => {
  const daemon = new Daemon();
  daemon.endsFirst = true;
  await using runtime = await started(daemon);
  t.is((await post(runtime, { type: 'GET_HEALTH' }))[0], 503);
});
