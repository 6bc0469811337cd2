import { MemoryNetwork, Process, Runtime } from '@mesos-ts/libprocess';
import test from 'ava';
import { approversBy, flagsHandler, healthHandler, viewHandler, type Authorizer } from '../src/index.ts';

class Daemon extends Process {
  readonly #authorizer: Authorizer | undefined;

  constructor(authorizer: Authorizer | undefined) {
    super('daemon');
    this.#authorizer = authorizer;
  }

  protected override initialize(): void {
    this.route('/health', healthHandler);
    this.route(
      '/flags',
      flagsHandler(() => ({ port: '1' }), this.#authorizer),
    );
    this.route(
      '/view',
      viewHandler(({ query }) => Promise.resolve({ q: query.get('q') })),
    );
  }
}

async function started(authorizer?: Authorizer): Promise<Runtime> {
  const runtime = await new Runtime({ transport: new MemoryNetwork().transport(), delegate: 'daemon' }).start();
  runtime.spawn(new Daemon(authorizer));
  return runtime;
}

test('/health has neither a body nor a type of one', async (t) => {
  await using runtime = await started();
  const { body, headers, status } = await runtime.inject({ url: '/health' });
  t.is(status, 200);
  t.is(body.length, 0);
  t.false('content-type' in headers);
});

test('/flags tells the flags, whatever the method', async (t) => {
  await using runtime = await started();
  t.is((await runtime.inject({ url: '/flags', method: 'PUT' })).body.toString(), '{"flags":{"port":"1"}}');
});

test('/flags takes GET only where somebody decides who may see them, and is 403 to those who may not', async (t) => {
  await using runtime = await started({ approvers: () => approversBy((action) => action !== 'VIEW_FLAGS') });
  t.is((await runtime.inject({ url: '/flags', method: 'POST' })).status, 405);
  const { body, status } = await runtime.inject({ url: '/flags' });
  t.is(status, 403);
  t.is(body.toString(), '403 Forbidden.');
});

test('a view is JSON, or a script for those who ask, whatever the method', async (t) => {
  await using runtime = await started();
  t.is((await runtime.inject({ url: '/view?q=x', method: 'POST' })).body.toString(), '{"q":"x"}');
  const script = await runtime.inject({ url: '/daemon/view?q=x&jsonp=call' });
  t.is(script.headers['content-type'], 'text/javascript');
  t.is(script.body.toString(), 'call({"q":"x"})');
});
