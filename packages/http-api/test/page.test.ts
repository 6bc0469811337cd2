// As in a web page: without anything that only Node.js has.
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('../src/index.js', import.meta.url));

test('without Buffer and the like, calls are made and streams are read', async (t) => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    globalName: 'api',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  const data = Buffer.from([0, 255, 1, 2, 3]);
  const text = JSON.stringify({
    type: 'MESSAGE',
    message: { agent_id: { value: 'a' }, executor_id: { value: 'e' }, data: data.toString('base64') },
  });
  const asked: RequestInit[] = [];
  const result = await (runInNewContext(
    `${outputFiles[0]?.text ?? ''}
    (async () => {
      const client = new api.ApiClient({
        url: 'http://host:5050', path: '/api/v1/scheduler', call: 'mesos.v1.scheduler.Call',
        credential: { principal: 'me', secret: 'grüß' },
      });
      const events = [];
      for await (const event of await client.open({ type: 'SUBSCRIBE' }, 'mesos.v1.scheduler.Event')) events.push(event);
      return { events, buffer: typeof Buffer };
    })()`,
    {
      AbortController,
      TextDecoder,
      TextEncoder,
      URL,
      atob,
      btoa,
      clearTimeout,
      performance,
      // A page has a MessageChannel for it, which would keep this test alive.
      setImmediate,
      setTimeout,
      fetch: (_url: string, request: RequestInit) => {
        asked.push(request);
        const headers = { 'content-type': 'application/json' };
        return Promise.resolve(new Response(`${Buffer.byteLength(text)}\n${text}`, { headers }));
      },
    },
  ) as Promise<{ events: { message: { data: Uint8Array } }[]; buffer: string }>);
  t.is(result.buffer, 'undefined');
  t.deepEqual(
    result.events.map(({ message }) => [...message.data]),
    [[...data]],
  );
  const headers = asked[0]?.headers as Record<string, string> | undefined;
  t.is(headers?.['authorization'], `Basic ${Buffer.from('me:grüß').toString('base64')}`);
});
