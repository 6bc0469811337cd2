// As in a web page: without anything that only Node.js has.
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { MessageChannel } from 'node:worker_threads';
import test from 'ava';
import { build } from 'esbuild';
import { FakeServers, OpenBody, record, subscribed } from './support/fake-servers.ts';

const entry = fileURLToPath(new URL('../src/index.js', import.meta.url));

test('without Buffer, process and the like the client calls, reads bytes and listens', async (t) => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    globalName: 'operator',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  const servers = new FakeServers();
  servers.serve('http://a:5050', ({ init }) =>
    init.body.includes('READ_FILE')
      ? { body: '{"type":"READ_FILE","read_file":{"size":5,"data":"aGVsbG8="}}' }
      : {
          body: new OpenBody(
            ...subscribed,
            ...record({ type: 'AGENT_REMOVED', agent_removed: { agent_id: { value: 'ü' } } }),
          ),
        },
  );
  const { fetch } = servers;
  const channels: MessageChannel[] = [];
  class PageChannel extends MessageChannel {
    constructor() {
      super();
      channels.push(this);
    }
  }
  t.teardown(() => {
    for (const channel of channels) channel.port1.close();
  });
  const web = {
    AbortController,
    TextDecoder,
    TextEncoder,
    URL,
    Uint8Array,
    atob,
    btoa,
    crypto,
    fetch,
    performance,
  };
  const context = createContext({ ...web, MessageChannel: PageChannel, setTimeout, clearTimeout });
  const program = `(async () => {
    const client = new operator.OperatorClient({ url: 'http://a:5050', credentials: { principal: 'ann', secret: 'ö' } });
    const { data } = await client.readFile('/master/log');
    const heard = [new TextDecoder().decode(data)];
    for await (const event of client.events()) {
      heard.push(event.type);
      if (event.type === 'AGENT_REMOVED') return [...heard, event.agent_removed.agent_id.value];
    }
  })()`;
  const heard: unknown = await runInContext(`${outputFiles[0]?.text ?? ''}\n${program}`, context);
  t.deepEqual(Array.from(heard as Iterable<unknown>), ['hello', 'SUBSCRIBED', 'AGENT_REMOVED', 'ü']);
  t.is(servers.asked[0]?.init.headers['authorization'], `Basic ${Buffer.from('ann:ö').toString('base64')}`);
});
