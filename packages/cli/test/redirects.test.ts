import { once } from 'node:events';
import { createServer } from 'node:http';
import test from 'ava';
import { mesos } from '../src/index.ts';
import { FakeIo } from './support/fake-io.ts';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

async function serve(t: ExecutionContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the leader that a standby sends a command to is told who asks', async (t) => {
  const told: (string | undefined)[] = [];
  const leader = await serve(t, (request, response) => {
    told.push(request.headers.authorization);
    response.setHeader('content-type', 'application/json');
    response.end('{"type":"GET_ROLES","get_roles":{},"get_agents":{}}');
  });
  const standby = await serve(t, (request, response) => {
    response.writeHead(307, { location: `//${leader}/master${request.url ?? ''}` }).end();
  });
  const env = { MESOS_MASTER: standby, MESOS_PRINCIPAL: 'ann', MESOS_SECRET: 'sesame' };
  for (const command of ['agents', 'roles']) t.is(await mesos([command], env, new FakeIo()), 0);
  const basic = `Basic ${Buffer.from('ann:sesame').toString('base64')}`;
  t.deepEqual(told, [basic, basic]);
});

test('a master that sends commands on to nowhere, or in circles, is an error', async (t) => {
  const standby = await serve(t, (request, response) => {
    response.writeHead(307, { location: request.url ?? '' }).end();
  });
  for (const command of ['agents', 'roles']) {
    const io = new FakeIo();
    t.is(await mesos([command, `--master=${standby}`], {}, io), 1);
    t.regex(io.err, /307|redirect/);
  }
});
