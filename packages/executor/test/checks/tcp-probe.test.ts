import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { tcpProbe } from '../../src/checks/tcp-probe.ts';

const never = new AbortController().signal;
const result = (succeeded: boolean) => ({ status: { type: 'TCP', tcp: { succeeded } } });

test('the result is whether somebody listens; the connection ends at once', async (t) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connected = once(server, 'connection');
  t.deepEqual(await tcpProbe('127.0.0.1', port)(never), result(true));
  const [socket] = (await connected) as [NodeJS.ReadableStream];
  await once(socket.resume(), 'end');
  server.close();
  await once(server, 'close');
  t.deepEqual(await tcpProbe('127.0.0.1', port)(never), result(false));
});

test('a port that does not exist is no connection', async (t) => {
  t.deepEqual(await tcpProbe('127.0.0.1', 65_616)(never), result(false));
});
