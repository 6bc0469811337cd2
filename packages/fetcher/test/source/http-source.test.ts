import { EventEmitter, once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';

import test from 'ava';
import type { ExecutionContext } from 'ava';

import { ManualClock } from '../support/clock.ts';
import { TestDirectories, fails } from '../support/sandbox.ts';
import { serve, serveRaw, serveUntrusted } from '../support/server.ts';

test('a file is fetched over HTTP under its name, query included', async (t) => {
  const { directories } = await setUp(t);
  const url = await serve(t, (request, response) => void response.end(`you asked for ${request.url}`));
  await directories.fetch([{ value: `${url}/a.txt?v=1` }, { value: ` ${url}/b` }]);
  t.deepEqual(await directories.files(), { 'a.txt?v=1': 'you asked for /a.txt?v=1', b: 'you asked for /b' });
});

test('an empty body is an empty file', async (t) => {
  const { directories } = await setUp(t);
  const url = await serve(t, (_request, response) => void response.end());
  await directories.fetch([{ value: `${url}/a` }]);
  t.deepEqual(await directories.files(), { a: '' });
});

for (const status of [404, 500, 204, 206, 304]) {
  test(`status ${status} fails the fetch and leaves nothing`, async (t) => {
    const { directories } = await setUp(t);
    const url = await serve(t, (_request, response) => void response.writeHead(status).end());
    const message = new RegExp(`^Failed to fetch '${url}/a': HTTP status ${status} `);
    await fails(t, directories.fetch([{ value: `${url}/a` }]), 'FETCH_HTTP_STATUS', message);
    t.deepEqual(await directories.files(), {});
  });
}

test('redirects are followed, relative ones too, and the file keeps the name of the first URI', async (t) => {
  const { directories } = await setUp(t);
  const url = await serve(t, (request, response) => {
    if (request.url === '/a') response.writeHead(302, { location: 'b/c' }).end('moved');
    else if (request.url === '/b/c') response.writeHead(307, { location: `${url}/d` }).end();
    else response.end(`at ${request.url}`);
  });
  await directories.fetch([{ value: `${url}/a` }]);
  t.deepEqual(await directories.files(), { a: 'at /d' });
});

test('redirects in a circle end', async (t) => {
  const { directories } = await setUp(t);
  let requests = 0;
  const url = await serve(t, (_request, response) => {
    requests += 1;
    response.writeHead(301, { location: '/a' }).end();
  });
  await fails(t, directories.fetch([{ value: `${url}/a` }]), 'FETCH_REDIRECTS', /More than 10 redirects/);
  t.is(requests, 11);
});

for (const location of ['file:///etc/passwd', 'ftp://h/a', 'http://[', 'javascript:alert(1)']) {
  test(`a redirect to ${location} is not followed`, async (t) => {
    const { directories } = await setUp(t);
    const url = await serve(t, (_request, response) => void response.writeHead(302, { location }).end());
    await fails(t, directories.fetch([{ value: `${url}/a` }]), 'FETCH_REDIRECTS', /not of http or https/);
  });
}

test('an HTTPS server without a trusted certificate is not fetched from, not even after a redirect', async (t) => {
  const { directories } = await setUp(t);
  const untrusted = await serveUntrusted(t);
  const redirecting = await serve(t, (_request, response) => {
    response.writeHead(302, { location: `${untrusted}/a` }).end();
  });
  for (const url of [untrusted, redirecting]) {
    await fails(t, directories.fetch([{ value: `${url}/a` }]), 'FETCH_HTTP_FAILED', /certificate/);
  }
  t.deepEqual(await directories.files(), {});
});

test('a body shorter than its Content-Length fails and leaves nothing', async (t) => {
  const { directories } = await setUp(t);
  const url = await serveRaw(t, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
  await fails(t, directories.fetch([{ value: `${url}/a` }]), 'FETCH_TRUNCATED', /closed before/);
  t.deepEqual(await directories.files(), {});
});

test('a chunked body that is cut off fails and leaves nothing', async (t) => {
  const { directories } = await setUp(t);
  const url = await serveRaw(t, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nwo');
  await fails(t, directories.fetch([{ value: `${url}/a` }]), 'FETCH_TRUNCATED', /closed before/);
  t.deepEqual(await directories.files(), {});
});

test('a body without a length ends with its connection', async (t) => {
  const { directories } = await setUp(t);
  const url = await serveRaw(t, 'HTTP/1.0 200 OK\r\n\r\nhello');
  await directories.fetch([{ value: `${url}/a` }]);
  t.deepEqual(await directories.files(), { a: 'hello' });
});

test('an answer that is not HTTP, or none, fails', async (t) => {
  const { directories } = await setUp(t);
  for (const answer of ['SSH-2.0-OpenSSH\r\n', '']) {
    const url = await serveRaw(t, answer);
    await fails(t, directories.fetch([{ value: `${url}/a` }]), 'FETCH_HTTP_FAILED', /': \S/);
  }
});

test('a port where nobody listens fails with the reason', async (t) => {
  const { directories } = await setUp(t);
  await fails(t, directories.fetch([{ value: 'http://127.0.0.1:1/a' }]), 'FETCH_HTTP_FAILED', /ECONNREFUSED/);
});

test('a file that is announced to be too large is not downloaded', async (t) => {
  const { directories } = await setUp(t);
  let answer: ServerResponse | undefined;
  const url = await serve(t, (_request, response) => {
    answer = response.writeHead(200, { 'content-length': 1e12 });
    response.write('x');
  });
  const fetch = directories.fetch([{ value: `${url}/a` }], { downloadBytesMax: 1000 });
  await fails(t, fetch, 'FETCH_TOO_LARGE', /more than 1000 bytes/);
  if (answer?.destroyed === false) await once(answer, 'close');
  t.true(answer?.destroyed, 'the connection is closed');
});

test('a server that never answers is given up after the stall timeout', async (t) => {
  const { clock, directories } = await setUp(t);
  const events = new EventEmitter();
  const asked = once(events, 'asked');
  const url = await serve(t, () => void events.emit('asked'));
  const fetch = directories.fetch([{ value: `${url}/a` }], { clock });
  await asked;
  clock.advance(59_999);
  t.is(clock.timers, 1);
  clock.advance(1);
  await fails(t, fetch, 'FETCH_STALLED', /nothing has arrived for 60000 ms/);
  t.deepEqual(await directories.files(), {});
  t.is(clock.timers, 0);
});

test('a download that goes on, however slowly, is not given up; one that stops is', async (t) => {
  const { clock, directories } = await setUp(t);
  const events = new EventEmitter();
  const asked = once(events, 'asked');
  let answer: ServerResponse | undefined;
  const url = await serve(t, (_request, response) => {
    answer = response;
    response.writeHead(200);
    response.flushHeaders();
    events.emit('asked');
  });
  const fetch = directories.fetch([{ value: `${url}/a` }], { clock, stallTimeoutMs: 1000 });
  await asked;
  let settled = false;
  const watched = fetch.finally(() => {
    settled = true;
  });
  watched.catch(() => {});
  for (let written = 1; written <= 5; written += 1) {
    const arrived = clock.nextReading();
    answer?.write('x');
    await arrived;
    clock.advance(999);
    t.false(settled);
  }
  clock.advance(1);
  await fails(t, watched, 'FETCH_STALLED', /nothing has arrived for 1000 ms/);
  t.deepEqual(await directories.files(), {});
});

test('an abort in the middle of a download ends it and leaves nothing', async (t) => {
  const { clock, directories } = await setUp(t);
  await writeFile(join(directories.published, 'other'), 'other');
  const controller = new AbortController();
  let answer: ServerResponse | undefined;
  const url = await serve(t, (_request, response) => {
    answer = response;
    response.writeHead(200, { 'content-length': 100 }).write('hello');
  });
  const uris = [{ value: `${url}/a` }, { value: join(directories.published, 'other') }];
  const fetch = directories.fetch(uris, { clock, signal: controller.signal });
  // The download's start reads the clock, and so does the first piece of the body.
  await clock.nextReading();
  await clock.nextReading();
  controller.abort();
  await fails(t, fetch, 'FETCH_ABORTED', /aborted/);
  t.deepEqual(await directories.files(), {});
  t.is(clock.timers, 0);
  if (answer?.destroyed === false) await once(answer, 'close');
  t.true(answer?.destroyed, 'the connection is closed');
});

test('a large file goes through in bounded memory', async (t) => {
  const { directories } = await setUp(t);
  const bytes = 256 * 2 ** 20;
  const chunk = Buffer.alloc(2 ** 20, 'x');
  let onTheWayMax = 0;
  const url = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-length': bytes });
    let sent = 0;
    const send = (): void => {
      while (sent < bytes) {
        sent += chunk.length;
        const hasRoom = response.write(chunk);
        // What was sent and is not in a file is in memory: the server's, the kernel's or the fetcher's.
        onTheWayMax = Math.max(onTheWayMax, sent - bytesBelow(directories.root));
        if (!hasRoom) return;
      }
      response.end();
    };
    response.on('drain', send);
    send();
  });
  await directories.fetch([{ value: `${url}/a` }]);
  t.is(bytesBelow(directories.sandbox), bytes);
  t.true(onTheWayMax < 32 * 2 ** 20, `${onTheWayMax} bytes`);
});

function bytesBelow(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { name, parentPath }) => sum + statSync(join(parentPath, name)).size, 0);
}

async function setUp(t: ExecutionContext) {
  return { clock: new ManualClock(), directories: await TestDirectories.create(t) };
}
