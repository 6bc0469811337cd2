import { SeededRandom } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import { fromJson } from '@mesos-ts/protocol';
import test from 'ava';
import { handleEvent } from '../src/handlers.ts';
import { OperatorClient } from '../src/index.ts';
import { FakeServers, OpenBody, record, subscribed } from './support/fake-servers.ts';
import type { OperatorEvent, OperatorHandlers } from '../src/index.ts';

const origin = 'http://a:5050';
const agent_id = { value: 'S1' };
const removed = record({ type: 'AGENT_REMOVED', agent_removed: { agent_id } });

function client(servers: FakeServers, clock: TestClock): OperatorClient {
  return new OperatorClient({ url: origin, fetch: servers.fetch, clock, random: new SeededRandom(1) });
}

test('events are brought to their handlers, each when the one before is done, over the end of a stream', async (t) => {
  const servers = new FakeServers();
  const clock = new TestClock();
  const abort = new AbortController();
  const bodies = [new OpenBody(subscribed, removed), new OpenBody(subscribed)];
  servers.serve(origin, () => ({ body: bodies.shift() ?? new OpenBody() }));
  const seen: string[] = [];
  let work: (() => void) | undefined;
  const [first] = bodies;
  const ended = client(servers, clock).run(
    {
      subscribed: () =>
        new Promise((resolve) => {
          seen.push('subscribed');
          work = resolve;
        }),
      agentRemoved: ({ agent_id: { value } }) => {
        seen.push(`removed ${value}`);
      },
      disconnected: ({ error }) => {
        seen.push(error.code);
      },
    },
    { signal: abort.signal },
  );
  await clock.settle();
  t.deepEqual(seen, ['subscribed']);
  work?.();
  first?.end();
  await clock.settle();
  t.deepEqual(seen.slice(1), ['removed S1', 'OPERATOR_STREAM_ENDED']);
  await clock.advance(1_000);
  t.is(seen.at(-1), 'subscribed');
  work?.();
  abort.abort();
  await ended;
});

test('what a handler throws ends the run, and the stream with it', async (t) => {
  const servers = new FakeServers();
  const clock = new TestClock();
  servers.serve(origin, () => ({ body: new OpenBody(subscribed) }));
  const run = client(servers, clock).run({
    subscribed: () => {
      throw new Error('too much');
    },
  });
  await t.throwsAsync(run, { message: 'too much' });
  t.is(servers.asked.length, 1);
  t.true(servers.asked[0]?.init.signal.aborted);
});

test('every event has its handler, and may have none', async (t) => {
  const id = { value: 'F' };
  const framework_info = { user: 'u', name: 'n', id };
  const framework = { framework_info, active: true, connected: true, recovered: false };
  const task_id = { value: 'T' };
  const events = [
    { type: 'SUBSCRIBED', subscribed: {} },
    {
      type: 'TASK_ADDED',
      task_added: { task: { name: 't', task_id, framework_id: id, agent_id, state: 'TASK_STAGING', resources: [] } },
    },
    {
      type: 'TASK_UPDATED',
      task_updated: { framework_id: id, status: { task_id, state: 'TASK_RUNNING' }, state: 'TASK_RUNNING' },
    },
    { type: 'AGENT_ADDED', agent_added: { agent: { agent_info: { hostname: 'h' }, active: true, version: '1' } } },
    { type: 'AGENT_REMOVED', agent_removed: { agent_id } },
    { type: 'FRAMEWORK_ADDED', framework_added: { framework } },
    { type: 'FRAMEWORK_UPDATED', framework_updated: { framework } },
    { type: 'FRAMEWORK_REMOVED', framework_removed: { framework_info } },
  ].map((event) => fromJson('mesos.v1.master.Event', event) as OperatorEvent);
  const heard: string[] = [];
  const hear = (name: string) => (): void => {
    heard.push(name);
  };
  const names = [
    'subscribed',
    'taskAdded',
    'taskUpdated',
    'agentAdded',
    'agentRemoved',
    'frameworkAdded',
    'frameworkUpdated',
    'frameworkRemoved',
  ] as const;
  const handlers: OperatorHandlers = Object.fromEntries(names.map((name) => [name, hear(name)]));
  for (const event of events) await handleEvent(handlers, event);
  t.deepEqual(heard, [...names]);
  for (const event of events) await handleEvent({}, event);
  t.is(heard.length, names.length);
});
