import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { requestCommand } from '../src/http-inside.ts';

async function run([program = '', ...args]: readonly string[]) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, exitCode: Number(exitCode) };
}

test('a request is made with its method, headers and body, and redirects are not followed', async (t) => {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      response.writeHead(307, { location: '/elsewhere' });
      response.end(`${request.method} ${request.url} ${String(request.headers['x-test'])} ${body}`);
    });
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const request = { port, path: '/x?y', method: 'POST', headers: { 'x-test': '1' }, body: 'é' };
  const result = await run(requestCommand('127.0.0.1', request, { untilOk: false, timeoutMs: 0 }));
  t.deepEqual(JSON.parse(result.stdout), { status: 307, body: 'POST /x?y 1 é' });
  t.is(result.exitCode, 0);
});

test('an answer that is longer than a pipe holds arrives whole', async (t) => {
  const body = 'x'.repeat(1_000_000);
  const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const result = await run(requestCommand('127.0.0.1', { port, path: '/' }, { untilOk: false, timeoutMs: 0 }));
  t.deepEqual(JSON.parse(result.stdout), { status: 200, body });
});

test('a request that waits for a good answer is made again until there is one', async (t) => {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.statusCode = requests < 3 ? 503 : 200;
    response.end(String(requests));
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const result = await run(requestCommand('127.0.0.1', { port, path: '/' }, { untilOk: true, timeoutMs: 30_000 }));
  t.like(JSON.parse(result.stdout), { status: 200 });
  t.true(requests >= 3);
});

test('a request that nobody answers fails with the reason', async (t) => {
  const result = await run(requestCommand('127.0.0.1', { port: 1, path: '/' }, { untilOk: true, timeoutMs: 0 }));
  t.is(result.exitCode, 1);
  t.regex(result.stderr, /ECONNREFUSED|bad port/);
});
