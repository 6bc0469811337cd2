import test from 'ava';
import { Runtime, WebSocketTransport } from '../../src/index.ts';
import { spawnThread } from '../../src/threads/index.ts';
import { threadActors } from '../support/threads.ts';
import type { PID } from '../../src/index.ts';
import type { Thread } from '../../src/threads/index.ts';
import type { Server } from '../support/thread-actors.ts';

async function serve(): Promise<{ runtime: Runtime; url: string; pid: PID<Server>; thread: Thread }> {
  const runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  const thread = await spawnThread(runtime);
  const pid = await thread.spawn(threadActors, 'Server', [], { id: 'server' });
  return { runtime, url: `http://${runtime.address}/${pid.id}`, pid, thread };
}

test.serial(
  'routes of actors in threads are served as those here: method, path, query, header fields, body',
  async (t) => {
    const { runtime, url } = await serve();
    await using _runtime = runtime;
    const answer = await fetch(`${url}/echo/deep%20er?a=1&b=%C3%BC`, {
      method: 'POST',
      body: 'x'.repeat(100_000),
      headers: { 'x-test': 'yes' },
    });
    t.is(answer.headers.get('content-type'), 'application/json');
    const heard = (await answer.json()) as Record<string, string>;
    t.like(heard, {
      method: 'POST',
      path: '/echo/deep er',
      query: 'a=1&b=%C3%BC',
      header: 'yes',
      body: 'x'.repeat(100_000),
    });
    t.regex(heard['client'] ?? '', /^127\.0\.0\.1:\d+$/);
    t.is((await fetch(`${url}/echo`, { method: 'DELETE' })).status, 405);
    t.is((await fetch(`${url}/nothing`)).status, 404);
    t.is((await fetch(`${url}/fail`)).status, 500);
    t.is(
      await (await fetch(`${url}/unread`, { method: 'POST', body: 'x'.repeat(1_000_000) })).text(),
      'I did not read it',
    );
  },
);

test.serial('a route that is installed later is served too, bytes are bytes', async (t) => {
  const { runtime, url, pid } = await serve();
  await using _runtime = runtime;
  t.is((await fetch(`${url}/late`)).status, 404);
  await runtime.dispatch(pid, 'later', ['/late']);
  const answer = await fetch(`${url}/late`);
  t.deepEqual([answer.status, answer.headers.get('x-route')], [201, '/late']);
  t.deepEqual(new Uint8Array(await answer.arrayBuffer()), Uint8Array.of(1, 2, 3));
});

test.serial('bodies are streamed through threads in both directions at once, as fast as they are read', async (t) => {
  const { runtime, url } = await serve();
  await using _runtime = runtime;
  const { readable, writable } = new TransformStream<Uint8Array>();
  const writer = writable.getWriter();
  const asked = fetch(`${url}/upper`, { method: 'POST', body: readable, duplex: 'half' });
  void writer.write(Buffer.from('first '));
  const answer = await asked;
  const reader = answer.body?.getReader();
  t.is(Buffer.from((await reader?.read())?.value ?? '').toString(), 'FIRST ');
  for (let index = 0; index < 20; index++) {
    await writer.write(Buffer.from(`part ${index}`));
    t.is(Buffer.from((await reader?.read())?.value ?? '').toString(), `PART ${index}`);
  }
  await writer.close();
  t.true((await reader?.read())?.done);
});

test.serial('a client that leaves stops a stream in a thread', async (t) => {
  const { runtime, url, pid } = await serve();
  await using _runtime = runtime;
  const abort = new AbortController();
  const answer = await fetch(`${url}/endless`, { signal: abort.signal });
  const reader = answer.body?.getReader();
  t.regex(Buffer.from((await reader?.read())?.value ?? '').toString(), /^0\n/);
  abort.abort();
  t.true(await runtime.dispatch(pid, 'aborted'));
});

test.serial('when a thread ends, requests that wait are answered with 503 and streams break off', async (t) => {
  const { runtime, url, pid, thread } = await serve();
  await using _runtime = runtime;
  const answer = await fetch(`${url}/endless`);
  const reader = answer.body?.getReader();
  await reader?.read();
  const { readable, writable } = new TransformStream<Uint8Array>();
  const writer = writable.getWriter();
  const waiting = fetch(`${url}/echo`, { method: 'POST', body: readable, duplex: 'half' });
  await writer.write(Buffer.from('not all'));
  await runtime.dispatch(pid, 'started', [1]);
  await thread.close();
  t.is((await waiting).status, 503);
  await t.throwsAsync(async () => {
    while ((await reader?.read())?.done !== true);
  });
  t.is((await fetch(`${url}/echo`)).status, 404);
});
