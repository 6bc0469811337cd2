import { SeededRandom } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { OperatorClient } from '../src/index.ts';
import { FakeServers, OpenBody, record, subscribed } from './support/fake-servers.ts';
import type { OperatorEvent } from '../src/index.ts';

const origin = 'http://a:5050';
const heartbeat = record({ type: 'HEARTBEAT' });
const removed = record({ type: 'AGENT_REMOVED', agent_removed: { agent_id: { value: 'S1' } } });

/** A client that listens, and what it has heard. */
function listening(): {
  readonly servers: FakeServers;
  readonly clock: TestClock;
  readonly heard: string[];
  readonly ended: Promise<void>;
  readonly abort: AbortController;
} {
  const servers = new FakeServers();
  const clock = new TestClock();
  const abort = new AbortController();
  const { fetch } = servers;
  const client = new OperatorClient({ url: origin, fetch, clock, random: new SeededRandom(1) });
  const heard: string[] = [];
  const listen = async (): Promise<void> => {
    for await (const event of client.events({ signal: abort.signal })) heard.push(nameOf(event));
  };
  return { servers, clock, heard, abort, ended: Promise.resolve().then(listen) };
}

function nameOf(event: OperatorEvent): string {
  return event.type === 'DISCONNECTED' ? `${event.type} ${event.disconnected.error.code}` : event.type;
}

test('events are told as they come, however they are cut into pieces; heartbeats and what is unknown are not', async (t) => {
  const { abort, clock, ended, heard, servers } = listening();
  const unknown = record({ type: 'OF_TOMORROW', of_tomorrow: {} });
  const text = subscribed + heartbeat + unknown + removed;
  const body = new OpenBody(...text);
  servers.serve(origin, () => ({ body }));
  await clock.settle();
  t.deepEqual(heard, ['SUBSCRIBED', 'AGENT_REMOVED']);
  t.deepEqual(JSON.parse(servers.asked[0]?.init.body ?? ''), { type: 'SUBSCRIBE' });
  abort.abort();
  await ended;
  t.is(servers.asked.length, 1);
});

test('a stream that ends is told, and after a wait there is a new one with all that there is then', async (t) => {
  const { abort, clock, ended, heard, servers } = listening();
  const first = new OpenBody(subscribed);
  servers.serve(origin, () => ({ body: first }));
  await clock.settle();
  servers.serve(origin, () => ({ body: new OpenBody(subscribed, removed) }));
  first.end();
  await clock.settle();
  t.deepEqual(heard, ['SUBSCRIBED', 'DISCONNECTED OPERATOR_STREAM_ENDED']);
  t.is(servers.asked.length, 1);
  await clock.advance(500);
  t.deepEqual(heard.slice(2), ['SUBSCRIBED', 'AGENT_REMOVED']);
  abort.abort();
  await ended;
});

test('two intervals without a heartbeat are the end of a stream; a late one is not', async (t) => {
  const { abort, clock, ended, heard, servers } = listening();
  const body = new OpenBody(subscribed);
  servers.serve(origin, () => ({ body }));
  await clock.advance(29_999);
  body.push(heartbeat);
  await clock.advance(29_999);
  t.deepEqual(heard, ['SUBSCRIBED']);
  await clock.advance(2);
  t.deepEqual(heard, ['SUBSCRIBED', 'DISCONNECTED OPERATOR_HEARTBEAT_LOST']);
  t.true(servers.asked[0]?.init.signal.aborted);
  abort.abort();
  await ended;
});

test('a master that is gone is tried again with waits that grow to half a minute, and are short again after it was there', async (t) => {
  const { abort, clock, ended, heard, servers } = listening();
  await clock.advance(120_000);
  const attempts = servers.asked.length;
  t.true(attempts >= 7 && attempts <= 14, `${attempts} attempts in two minutes`);
  t.deepEqual(new Set(heard), new Set(['DISCONNECTED OPERATOR_UNREACHABLE']));
  const body = new OpenBody(subscribed);
  servers.serve(origin, () => ({ body }));
  await clock.advance(30_000);
  t.is(heard.at(-1), 'SUBSCRIBED');
  body.end();
  servers.serve(origin, () => ({ body: new OpenBody(subscribed) }));
  await clock.advance(500);
  t.deepEqual(heard.slice(-2), ['DISCONNECTED OPERATOR_STREAM_ENDED', 'SUBSCRIBED']);
  abort.abort();
  await ended;
});

test('while no master leads the stream is tried again', async (t) => {
  const { abort, clock, ended, heard, servers } = listening();
  servers.serve(origin, () => ({ status: 503 }));
  await clock.settle();
  t.deepEqual(heard, ['DISCONNECTED OPERATOR_UNAVAILABLE']);
  abort.abort();
  await ended;
});

test('what is no event ends the stream, and another is tried', async (t) => {
  for (const piece of ['x\n', '2\n[]', record({ type: 'TASK_ADDED' }), record({ type: 'TASK_ADDED', task_added: 1 })]) {
    const { abort, clock, ended, heard, servers } = listening();
    servers.serve(origin, () => ({ body: new OpenBody(subscribed, piece) }));
    await clock.settle();
    t.deepEqual(heard, ['SUBSCRIBED', 'DISCONNECTED OPERATOR_ANSWER_INVALID'], piece);
    t.true(servers.asked[0]?.init.signal.aborted);
    abort.abort();
    await ended;
  }
});

test('what waiting cannot mend is thrown', async (t) => {
  const { ended, servers } = listening();
  servers.serve(origin, () => ({ status: 403, body: '403 Forbidden.' }));
  await t.throwsAsync(ended, { code: 'OPERATOR_FORBIDDEN' });
});

test('whoever leaves the loop lets the stream go', async (t) => {
  const servers = new FakeServers();
  servers.serve(origin, () => ({ body: new OpenBody(subscribed) }));
  const client = new OperatorClient({ url: origin, fetch: servers.fetch, clock: new TestClock() });
  for await (const event of client.events()) {
    t.is(event.type, 'SUBSCRIBED');
    break;
  }
  t.true(servers.asked[0]?.init.signal.aborted);
});

test('a reader that takes its time is not taken for a silent master', async (t) => {
  const servers = new FakeServers();
  const clock = new TestClock();
  servers.serve(origin, () => ({ body: new OpenBody(subscribed, heartbeat, removed) }));
  const client = new OperatorClient({ url: origin, fetch: servers.fetch, clock });
  const events = client.events();
  t.is((await events.next()).value?.type, 'SUBSCRIBED');
  await clock.advance(600_000);
  t.is((await events.next()).value?.type, 'AGENT_REMOVED');
  await events.return();
});

test('a signal that was aborted before has no event', async (t) => {
  const servers = new FakeServers();
  const client = new OperatorClient({ url: origin, fetch: servers.fetch });
  t.deepEqual(await client.events({ signal: AbortSignal.abort() }).next(), { done: true, value: undefined });
  t.deepEqual(servers.asked, []);
});
