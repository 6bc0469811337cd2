import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

import type { ExecutionContext } from 'ava';

import { certificate, key } from './certificate.ts';

/** Starts an HTTP server on loopback for one test and returns its URL, without a slash at its end. */
export async function serve(t: ExecutionContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return listen(server);
}

/** Starts an HTTPS server whose certificate nobody has reason to trust. */
export async function serveUntrusted(t: ExecutionContext): Promise<string> {
  const server = createHttpsServer({ cert: certificate, key }, (_request, response) => void response.end('secret'));
  t.teardown(() => server.close());
  return (await listen(server)).replace('http:', 'https:');
}

/** Starts a server that answers every connection with exactly these bytes and closes it. */
export async function serveRaw(t: ExecutionContext, answer: string): Promise<string> {
  const server = createTcpServer((socket: Socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer));
  });
  t.teardown(() => server.close());
  return listen(server);
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // An open server's address is one of the network.
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}
