import { SeededRandom } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { OperatorClient, OperatorError } from '../src/index.ts';
import { FakeServers } from './support/fake-servers.ts';
import type { OperatorClientOptions } from '../src/index.ts';
import type { Scripted } from './support/fake-servers.ts';

const a = 'http://a:5050';
const b = 'http://b:5050';
const healthy: Scripted = { body: '{"type":"GET_HEALTH","get_health":{"healthy":true}}' };

function setting(options: Partial<OperatorClientOptions> = {}): {
  readonly servers: FakeServers;
  readonly clock: TestClock;
  readonly client: OperatorClient;
} {
  const servers = new FakeServers();
  const clock = new TestClock();
  const { fetch } = servers;
  const client = new OperatorClient({
    ...(options.urls === undefined ? { url: a } : {}),
    fetch,
    clock,
    random: new SeededRandom(1),
    ...options,
  });
  return { servers, clock, client };
}

function redirectTo(location: string): Scripted {
  return { status: 307, headers: { location } };
}

test('a call is posted as JSON, and its answer is read by the schema', async (t) => {
  const { client, servers } = setting();
  servers.serve(a, () => ({
    body: '{"type":"READ_FILE","read_file":{"size":5,"data":"aGVsbG8="},"news":1}',
  }));
  const { data, size } = await client.readFile('/master/log', { offset: 3, length: 5 });
  t.is(size, 5);
  t.is(Buffer.from(data).toString(), 'hello');
  const [asked] = servers.asked;
  t.is(asked?.url, 'http://a:5050/api/v1');
  t.deepEqual(asked?.init.headers, { 'content-type': 'application/json', accept: 'application/json' });
  t.deepEqual(JSON.parse(asked?.init.body ?? ''), {
    type: 'READ_FILE',
    read_file: { path: '/master/log', offset: 3, length: 5 },
  });
});

test('a call that is only done has an empty answer', async (t) => {
  const { client, servers } = setting();
  servers.serve(a, () => ({ status: 202 }));
  t.deepEqual(await client.call({ type: 'TEARDOWN', teardown: { framework_id: { value: 'f' } } }), {});
});

test('weights that Mesos leaves out are no weights', async (t) => {
  const { client, servers } = setting();
  servers.serve(a, () => ({ body: '{"type":"GET_WEIGHTS"}' }));
  t.deepEqual(await client.getWeights(), {});
});

test('redirects lead to the leader, which is asked first the next time', async (t) => {
  const { client, servers } = setting();
  servers.serve(a, () => redirectTo('//b:5050/master/api/v1'));
  servers.serve(b, () => healthy);
  t.true(await client.getHealth());
  t.true(await client.getHealth());
  t.deepEqual(
    servers.asked.map(({ url }) => url),
    ['http://a:5050/api/v1', 'http://b:5050/master/api/v1', 'http://b:5050/master/api/v1'],
  );
});

test('when the leader is gone, the masters that were given are asked again', async (t) => {
  const { client, servers } = setting();
  servers.serve(a, () => redirectTo('//b:5050/master/api/v1'));
  servers.serve(b, () => healthy);
  await client.getHealth();
  servers.remove(b);
  servers.serve(a, () => healthy);
  t.true(await client.getHealth());
  t.deepEqual(servers.origins, [a, b, b, a]);
});

test('nine redirects are followed, and no more', async (t) => {
  const { client, servers } = setting();
  let left = 9;
  servers.serve(a, () => (left-- > 0 ? redirectTo('//a:5050/api/v1') : healthy));
  t.true(await client.getHealth());
  left = 10;
  await t.throwsAsync(client.getHealth(), { instanceOf: OperatorError, code: 'OPERATOR_REDIRECT_INVALID' });
});

test('a redirect to nowhere, or from HTTPS to HTTP, is an error', async (t) => {
  const { client, servers } = setting({ urls: ['https://a:5050'] });
  for (const location of ['http://[', 'http://a:5050/api/v1', 'ftp://a/']) {
    servers.serve('https://a:5050', () => redirectTo(location));
    await t.throwsAsync(client.getHealth(), { code: 'OPERATOR_REDIRECT_INVALID' }, location);
  }
  t.is(servers.asked.length, 3);
});

test('where a browser hides redirects it is left to follow them, and the leader is given what it did not pass on', async (t) => {
  const { client, servers } = setting({ token: 'secret' });
  servers.serve(a, ({ init }) =>
    init.redirect === 'manual'
      ? { status: 0, type: 'opaqueredirect' }
      : { status: 401, url: 'http://b:5050/master/api/v1' },
  );
  servers.serve(b, ({ init }) => (init.headers['authorization'] === 'Bearer secret' ? healthy : { status: 401 }));
  t.true(await client.getHealth());
  t.deepEqual(
    servers.asked.map(({ init, url }) => `${init.redirect} ${url}`),
    ['manual http://a:5050/api/v1', 'follow http://a:5050/api/v1', 'manual http://b:5050/master/api/v1'],
  );
});

test('while no master leads it is asked again, with growing waits, and then it is an error', async (t) => {
  const { client, clock, servers } = setting({ retries: 3 });
  const times: number[] = [];
  servers.serve(a, () => {
    times.push(clock.now());
    return { status: 503, body: 'No leader elected' };
  });
  const failed = client.getHealth().catch((error: unknown) => error);
  await clock.advance(60_000);
  const error = await failed;
  t.true(error instanceof OperatorError);
  t.like(error, { code: 'OPERATOR_UNAVAILABLE', status: 503, answer: 'No leader elected' });
  t.is((error as Error).message, 'The server answered 503: No leader elected');
  const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  t.is(waits.length, 3);
  for (const [index, wait] of waits.entries()) t.true(wait >= 250 * 2 ** index && wait <= 500 * 2 ** index + 1);
});

test('a master that recovers meanwhile answers', async (t) => {
  const { client, clock, servers } = setting();
  let left = 2;
  servers.serve(a, () => (left-- > 0 ? { status: 503 } : healthy));
  const answered = client.getHealth();
  await clock.advance(10_000);
  t.true(await answered);
});

test('a master that cannot be reached is passed over for the next', async (t) => {
  const { client, servers } = setting({ urls: [a, b] });
  servers.serve(b, () => ({ status: 202 }));
  await client.call({ type: 'TEARDOWN', teardown: { framework_id: { value: 'f' } } });
  await client.call({ type: 'TEARDOWN', teardown: { framework_id: { value: 'f' } } });
  t.deepEqual(servers.origins, [a, b, b]);
});

test('without any master the error says why', async (t) => {
  const { client } = setting();
  const error = await t.throwsAsync(client.getHealth(), { code: 'OPERATOR_UNREACHABLE' });
  t.is(error?.message, 'Cannot reach http://a:5050: connection refused');
});

test('a change that may have arrived is not made again elsewhere, while a question is', async (t) => {
  const { client, servers } = setting({ urls: [a, b] });
  servers.serve(a, () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });
  });
  servers.serve(b, () => healthy);
  const teardown = client.call({ type: 'TEARDOWN', teardown: { framework_id: { value: 'f' } } });
  await t.throwsAsync(teardown, { code: 'OPERATOR_UNREACHABLE', message: /read ECONNRESET/ });
  t.deepEqual(servers.origins, [a]);
  t.true(await client.getHealth());
});

test('each status is an error with a code of its own and what the server said', async (t) => {
  const { client, servers } = setting({ retries: 0 });
  for (const [status, code] of [
    [400, 'OPERATOR_REFUSED'],
    [401, 'OPERATOR_UNAUTHENTICATED'],
    [403, 'OPERATOR_FORBIDDEN'],
    [404, 'OPERATOR_NOT_FOUND'],
    [409, 'OPERATOR_REFUSED'],
    [500, 'OPERATOR_FAILED'],
    [501, 'OPERATOR_UNSUPPORTED'],
    [503, 'OPERATOR_UNAVAILABLE'],
  ] as const) {
    servers.serve(a, () => ({ status, body: ' because\n' }));
    const error = await t.throwsAsync<OperatorError>(client.getHealth(), { instanceOf: OperatorError, code });
    t.like(error, { status, answer: 'because', name: 'OperatorError' });
  }
});

test('what is no answer of Mesos is an error', async (t) => {
  const { client, servers } = setting();
  for (const body of ['<html>', '[]', '{"type":"GET_HEALTH"}', '{"get_health":{}}', '']) {
    servers.serve(a, () => ({ body }));
    await t.throwsAsync(client.getHealth(), { code: 'OPERATOR_ANSWER_INVALID' }, body);
  }
});

test('an answer that takes too long, in its head or its body, is an error', async (t) => {
  const { client, clock, servers } = setting({ timeoutMs: 1_000 });
  const never = new Promise<never>(() => undefined);
  for (const answer of [never, { body: { [Symbol.asyncIterator]: () => ({ next: () => never }) } }]) {
    servers.serve(a, () => answer);
    const failed = t.throwsAsync(client.getHealth(), { code: 'OPERATOR_TIMEOUT' });
    await clock.advance(1_000);
    await failed;
  }
});

test('a signal ends a call, and a wait between two attempts', async (t) => {
  const { client, clock, servers } = setting();
  servers.serve(a, () => new Promise<never>(() => undefined));
  const under = new AbortController();
  const asked = t.throwsAsync(client.getHealth({ signal: under.signal }), { message: 'enough' });
  under.abort(new Error('enough'));
  await asked;
  servers.serve(a, () => ({ status: 503 }));
  const waiting = new AbortController();
  const waited = t.throwsAsync(client.getHealth({ signal: waiting.signal }), { message: 'enough' });
  await clock.settle();
  waiting.abort(new Error('enough'));
  await waited;
  await t.throwsAsync(client.getHealth({ signal: waiting.signal }), { message: 'enough' });
});

test('credentials and tokens prove who calls, and are in no error', async (t) => {
  const secret = 'söäme';
  const basic = setting({ credentials: { principal: 'ann', secret } });
  basic.servers.serve(a, () => ({ status: 401 }));
  const error = await t.throwsAsync(basic.client.getHealth());
  t.is(
    basic.servers.asked[0]?.init.headers['authorization'],
    `Basic ${Buffer.from(`ann:${secret}`).toString('base64')}`,
  );
  t.false(JSON.stringify([error?.message, error?.stack]).includes(secret));
  const bearer = setting({ token: 'abc' });
  bearer.servers.serve(a, () => healthy);
  await bearer.client.getHealth();
  t.is(bearer.servers.asked[0]?.init.headers['authorization'], 'Bearer abc');
});

test('options that cannot be meant are refused, without telling secrets', (t) => {
  const refused: readonly OperatorClientOptions[] = [
    {},
    { urls: [] },
    { url: 'a:5050' },
    { url: 'zk://a/mesos' },
    { url: 'http://ann:sesame@a:5050' },
    { url: 'ftp://ann:sesame@a' },
    { url: a, token: 'x', credentials: { principal: 'ann', secret: 'sesame' } },
    { url: a, credentials: { principal: 'a:b', secret: 'sesame' } },
    { url: a, timeoutMs: 0 },
    { url: a, retries: -1 },
  ];
  for (const options of refused) {
    const error = t.throws(() => new OperatorClient(options), { code: 'OPERATOR_OPTIONS_INVALID' });
    t.false(error?.message.includes('sesame'));
  }
});

test('calls that are streams are refused before anything is sent', async (t) => {
  const { client, servers } = setting();
  await t.throwsAsync(client.call({ type: 'SUBSCRIBE' }), { code: 'OPERATOR_OPTIONS_INVALID' });
  const attach = client.agent(b).call({ type: 'ATTACH_CONTAINER_OUTPUT' });
  await t.throwsAsync(attach, { code: 'OPERATOR_OPTIONS_INVALID' });
  t.deepEqual(servers.asked, []);
});

test('an agent is called with the same credentials, below the path of its URL', async (t) => {
  const { client, servers } = setting({ token: 'abc' });
  servers.serve('http://c:5051', () => ({ body: '{"type":"GET_LOGGING_LEVEL","get_logging_level":{"level":2}}' }));
  t.is(await client.agent('http://c:5051/proxied/').getLoggingLevel(), 2);
  t.is(servers.asked[0]?.url, 'http://c:5051/proxied/api/v1');
  t.is(servers.asked[0]?.init.headers['authorization'], 'Bearer abc');
});
