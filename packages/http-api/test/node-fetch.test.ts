import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import test from 'ava';
import { ApiClient } from '../src/index.ts';
import { nodeFetch } from '../src/node/index.ts';
import { cert, key } from './support/identity.ts';
import { TestServer, record } from './support/server.ts';

const callName = 'mesos.v1.scheduler.Call';
const eventName = 'mesos.v1.scheduler.Event';
const json = { 'content-type': 'application/json' };

function clientOf(url: string, fetch = nodeFetch()): ApiClient<typeof callName> {
  return new ApiClient({ url, path: '/api/v1/scheduler', call: callName, fetch });
}

test('over TLS a server must prove who it is, and may want the same of the client', async (t) => {
  const server = createServer(
    { cert, key, ca: cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      response.writeHead((request.socket as TLSSocket).authorized ? 202 : 401).end();
      request.resume();
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await t.notThrowsAsync(clientOf(url, nodeFetch({ tls: { ca: cert, cert, key } })).send({ type: 'REVIVE' }));
  await t.throwsAsync(clientOf(url, nodeFetch({ tls: { ca: cert } })).send({ type: 'REVIVE' }), {
    code: 'API_REFUSED',
  });
  await t.throwsAsync(clientOf(url).send({ type: 'REVIVE' }), { code: 'API_UNREACHABLE' });
});

test('with node:http, too, streams are read, left and broken, and connections kept', async (t) => {
  await using server = await TestServer.start();
  const client = clientOf(server.url);
  const ports: (number | undefined)[] = [];
  server.answer = (response) => {
    ports.push(response.socket?.remotePort);
    response.writeHead(202).end();
  };
  await client.send({ type: 'REVIVE' });
  await client.send({ type: 'REVIVE' });
  t.is(ports[0], ports[1]);
  server.answer = (response) => response.writeHead(200, json).write(record({ type: 'HEARTBEAT' }));
  const stream = (await client.open({ type: 'SUBSCRIBE' }, eventName))[Symbol.asyncIterator]();
  t.is((await stream.next()).value?.type, 'HEARTBEAT');
  server.breakAll();
  await t.throwsAsync(stream.next(), { code: 'API_UNREACHABLE' });
  const closed = new Promise<void>((resolve) => {
    server.answer = (response) => {
      response.once('close', resolve);
      response.writeHead(200, json).write(record({ type: 'HEARTBEAT' }));
    };
  });
  for await (const event of await client.open({ type: 'SUBSCRIBE' }, eventName)) {
    t.is(event.type, 'HEARTBEAT');
    break;
  }
  await t.notThrowsAsync(closed);
  server.answer = (response) => response.destroy();
  await t.throwsAsync(client.send({ type: 'REVIVE' }), { code: 'API_UNREACHABLE' });
});
