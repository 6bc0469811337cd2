import { MemoryNetwork, Process, Runtime } from '@mesos-ts/libprocess';
import test from 'ava';
import { commonEndpoints, jsonEndpoint } from '../src/index.ts';

class Daemon extends Process {
  protected override initialize(): void {
    const view = jsonEndpoint('/view', 'Shows the query.', ({ query }) => Promise.resolve({ q: query.get('q') }));
    for (const { path, handler, help } of [...commonEndpoints('daemon', () => ({ port: '1' })), view])
      this.route(path, handler, { help });
  }
}

async function started(): Promise<Runtime> {
  const runtime = await new Runtime({ transport: new MemoryNetwork().transport(), delegate: 'daemon' }).start();
  runtime.spawn(new Daemon('daemon'));
  return runtime;
}

test('/health has neither a body nor a type of one', async (t) => {
  await using runtime = await started();
  const { body, headers, status } = await runtime.inject({ url: '/health' });
  t.is(status, 200);
  t.is(body.length, 0);
  t.false('content-type' in headers);
});

test('/flags tells the flags', async (t) => {
  await using runtime = await started();
  t.is((await runtime.inject({ url: '/flags' })).body.toString(), '{"flags":{"port":"1"}}');
});

test('a view is JSON, or a script for those who ask, whatever the method', async (t) => {
  await using runtime = await started();
  t.is((await runtime.inject({ url: '/view?q=x', method: 'POST' })).body.toString(), '{"q":"x"}');
  const script = await runtime.inject({ url: '/daemon/view?q=x&jsonp=call' });
  t.is(script.headers['content-type'], 'text/javascript');
  t.is(script.body.toString(), 'call({"q":"x"})');
});
