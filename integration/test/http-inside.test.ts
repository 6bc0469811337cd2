import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { deferred } from '@mesos-ts/libprocess';
import test, { type ExecutionContext } from 'ava';
import { InsideRequests, requestCommand } from '../src/http-inside.ts';

const oneAttempt = { untilOk: false, timeoutMs: 0 };

/** Requests to this machine, and the programs that make them. */
function local(t: ExecutionContext) {
  const programs: ReturnType<typeof start>[] = [];
  const requests = new InsideRequests(async () => {
    const program = start();
    programs.push(program);
    t.teardown(() => program.kill());
    return { input: program.stdin, output: program.stdout };
  });
  return { requests, programs };
}

function start() {
  const [program = '', ...args] = requestCommand('127.0.0.1');
  return spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function serve(t: ExecutionContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('a request is made with its method, headers and body, and redirects are not followed', async (t) => {
  const port = await serve(t, (request, response) => {
    void text(request).then((body) => {
      response.writeHead(307, { location: '/elsewhere' });
      response.end(`${request.method} ${request.url} ${String(request.headers['x-test'])} ${body}`);
    });
  });
  const request = { port, path: '/x?y', method: 'POST', headers: { 'x-test': '1' }, body: 'é\n' };
  t.deepEqual(await local(t).requests.request(request, oneAttempt), { status: 307, body: 'POST /x?y 1 é\n' });
});

test('an answer that is longer than a pipe holds arrives whole, and many at a time each to who asked', async (t) => {
  const port = await serve(t, (request, response) => response.end(`${request.url} ${'x'.repeat(1_000_000)}`));
  const { requests, programs } = local(t);
  const paths = ['/a', '/b', '/c'];
  const answers = await Promise.all(paths.map((path) => requests.request({ port, path }, oneAttempt)));
  t.deepEqual(
    answers.map(({ body }) => body.slice(0, 2)),
    paths,
  );
  t.true(answers.every(({ body }) => body.length === 1_000_003));
  t.is(programs.length, 1, 'one program makes them all');
});

test('a request that waits for a good answer is made again until there is one', async (t) => {
  let asked = 0;
  const port = await serve(t, (_, response) => {
    asked += 1;
    response.statusCode = asked < 3 ? 503 : 200;
    response.end(String(asked));
  });
  const { requests } = local(t);
  const answer = await requests.request({ port, path: '/' }, { untilOk: true, timeoutMs: 60_000 });
  t.deepEqual(answer, { status: 200, body: '3' });
});

test('a request that nobody answers, or nobody well, fails with the reason', async (t) => {
  const port = await serve(t, (_, response) => response.writeHead(503).end());
  const { requests } = local(t);
  await t.throwsAsync(requests.request({ port: 1, path: '/' }, { untilOk: true, timeoutMs: 0 }), {
    message: /ECONNREFUSED/,
  });
  await t.throwsAsync(requests.request({ port, path: '/' }, { untilOk: true, timeoutMs: 0 }), {
    message: 'status 503',
  });
});

test('a request fails when the program ends that makes it, and the next one has another program', async (t) => {
  const asked = deferred<void>();
  const port = await serve(t, (request, response) => {
    if (request.url === '/never') asked.resolve();
    else response.end('here');
  });
  const { requests, programs } = local(t);
  const never = requests.request({ port, path: '/never' }, oneAttempt);
  await asked.promise;
  programs[0]?.kill('SIGKILL');
  await t.throwsAsync(never, { message: 'the program that asks has ended' });
  t.is((await requests.request({ port, path: '/' }, oneAttempt)).body, 'here');
  t.is(programs.length, 2);
});

test('a program that cannot be started is a failure of the request, and is started by the next', async (t) => {
  let starts = 0;
  const requests = new InsideRequests(async () => {
    starts += 1;
    throw new Error(`there is no container, ${starts}`);
  });
  await t.throwsAsync(requests.request({ port: 1, path: '/' }, oneAttempt), { message: 'there is no container, 1' });
  await t.throwsAsync(requests.request({ port: 1, path: '/' }, oneAttempt), { message: 'there is no container, 2' });
});
