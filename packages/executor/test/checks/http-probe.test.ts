// Real servers on the loopback interface.
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import test from 'ava';
import { httpProbe } from '../../src/checks/http-probe.ts';
import { cert, key } from '../support/certificate.ts';

const never = new AbortController().signal;

class Site {
  readonly requests: IncomingMessage[] = [];
  readonly #server: Server;

  constructor(listener: RequestListener, tls?: { readonly cert: string; readonly key: string }) {
    const told: RequestListener = (request, response) => {
      this.requests.push(request);
      listener(request, response);
    };
    this.#server = tls === undefined ? createServer(told) : createTlsServer(tls, told);
  }

  async listen(host = '127.0.0.1'): Promise<number> {
    this.#server.listen(0, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  [Symbol.dispose](): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

const status = (status_code: number) => ({ status: { type: 'HTTP', http: { status_code } } });

test('the result is the status of the answer to a GET', async (t) => {
  using site = new Site((request, response) => {
    response.writeHead(request.url === '/a%20b?c=1' ? 418 : 404).end('text');
  });
  const port = await site.listen();
  t.deepEqual(await httpProbe(`http://127.0.0.1:${port}/a b?c=1#d`)(never), status(418));
  const [request] = site.requests;
  t.is(request?.method, 'GET');
  t.like(request?.headers, { host: `127.0.0.1:${port}`, accept: '*/*', 'user-agent': 'mesos-executor' });
});

test('redirects are followed, relative ones too, to the last answer', async (t) => {
  using site = new Site((request, response) => {
    const next: Record<string, string> = { '/': '/two', '/two': 'three?x', '/three?x': `http://127.0.0.1:${port}/end` };
    const location = next[request.url ?? ''];
    if (location === undefined) response.writeHead(202).end();
    else response.writeHead(request.url === '/' ? 301 : 307, { location }).end('moved');
  });
  const port = await site.listen();
  t.deepEqual(await httpProbe(`http://127.0.0.1:${port}`)(never), status(202));
  t.deepEqual(
    site.requests.map(({ url }) => url),
    ['/', '/two', '/three?x', '/end'],
  );
});

test('a redirect to nowhere is a result itself; one without end, and one to another protocol, are failures', async (t) => {
  using site = new Site((request, response) => {
    if (request.url === '/plain') response.writeHead(304).end();
    else response.writeHead(302, { location: request.url === '/ftp' ? 'ftp://127.0.0.1/' : '/again' }).end();
  });
  const port = await site.listen();
  t.deepEqual(await httpProbe(`http://127.0.0.1:${port}/plain`)(never), status(304));
  t.deepEqual(await httpProbe(`http://127.0.0.1:${port}/again`)(never), { failure: 'Maximum (50) redirects followed' });
  const { failure } = (await httpProbe(`http://127.0.0.1:${port}/ftp`)(never)) as { failure: string };
  t.regex(failure, /Protocol "ftp:" not supported/);
});

test('https needs no certificate that anybody vouches for', async (t) => {
  using site = new Site(
    (_request, response) => {
      response.writeHead(200).end();
    },
    { cert, key },
  );
  const port = await site.listen();
  t.deepEqual(await httpProbe(`https://127.0.0.1:${port}/`)(never), status(200));
});

test('a server that answers in passable HTTP only, as a shell script does, is understood', async (t) => {
  const server = createTcpServer((socket) => {
    socket.once('data', () => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.deepEqual(await httpProbe(`http://127.0.0.1:${port}/`)(never), status(200));
  server.close();
});

test('no server, no HTTP, half an answer and no such port are failures', async (t) => {
  const answers = ['', 'hello\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'];
  for (const answer of answers) {
    const server = createTcpServer((socket) => {
      socket.once('data', () => {
        socket.end(answer);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    t.true('failure' in (await httpProbe(`http://127.0.0.1:${port}/`)(never)), JSON.stringify(answer));
    server.close();
    await once(server, 'close');
    if (answer === '') t.true('failure' in (await httpProbe(`http://127.0.0.1:${port}/`)(never)));
  }
  t.true('failure' in (await httpProbe('http://127.0.0.1:99999/')(never)));
});

test('an aborted probe lets go of the connection', async (t) => {
  using site = new Site(() => undefined);
  const port = await site.listen();
  const abort = new AbortController();
  const outcome = httpProbe(`http://127.0.0.1:${port}/`)(abort.signal);
  while (site.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const closed = once(site.requests[0]?.socket ?? t.fail(), 'close');
  abort.abort();
  await closed;
  t.true('failure' in (await outcome));
});
