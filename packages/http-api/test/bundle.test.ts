import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('../src/index.js', import.meta.url));

// Measured at 48 kB, most of it the schema of all messages; whoever makes a page load much more shall notice.
const gzippedMax = 58_000;

test('a page can load it: nothing of Node.js, not too much, and calls and streams work without Buffer', async (t) => {
  const { metafile, outputFiles, warnings } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'api',
    platform: 'browser',
    target: 'es2022',
    external: ['node:*', ...builtinModules],
    metafile: true,
    write: false,
  });
  t.deepEqual(warnings, []);
  const node = Object.entries(metafile.inputs).flatMap(([path, { imports }]) =>
    imports.filter((item) => item.external === true).map((item) => `${path} imports ${item.path}`),
  );
  t.deepEqual(node, []);
  const bytes = outputFiles[0]?.contents ?? new Uint8Array();
  const gzipped = gzipSync(bytes).length;
  t.log(`${bytes.length} bytes, ${gzipped} gzipped`);
  t.true(gzipped < gzippedMax, `${gzipped} bytes`);

  const data = Buffer.from([0, 255, 1, 2, 3]);
  const text = JSON.stringify({
    type: 'MESSAGE',
    message: { agent_id: { value: 'a' }, executor_id: { value: 'e' }, data: data.toString('base64') },
  });
  const asked: RequestInit[] = [];
  const result = await (runInNewContext(
    `${Buffer.from(bytes).toString()}
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
