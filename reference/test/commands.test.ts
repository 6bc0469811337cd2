// Runs the commands that the pages show, and compares what they send with what the examples were run with.
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { command } from '../src/example-text.ts';
import { frame } from '../src/frame.ts';
import { readExamples } from '../src/scenario.ts';
import { Cluster } from '../src/cluster.ts';
import { pagesFolder } from '../src/paths.ts';
import type { AddressInfo } from 'node:net';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
// Where there is no curl this is skipped, and the report says so.
const withCurl = hasCurl ? test : test.skip;

withCurl('the commands that the pages show are the requests that were run', async (t) => {
  const received: { request: IncomingMessage; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ request, body: Buffer.concat(chunks).toString() });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    for (const { name, request: shown } of [...readExamples().values()].flat()) {
      if (shown === undefined) continue;
      const line = command(shown, { isStream: false }).replaceAll(/127\.0\.0\.1:50[56]\d(?=\/)/g, host);
      await promisify(execFile)('sh', ['-c', line]);
      const { body, request } = received.pop() ?? {};
      t.is(request?.method, shown.method, name);
      t.is(request?.url, new URL(shown.url).href.slice(new URL(shown.url).origin.length), name);
      for (const [header, value] of Object.entries(shown.headers)) {
        t.is(request?.headers[header.toLowerCase()], value, name);
      }
      if (shown.json !== undefined) t.deepEqual(JSON.parse(body ?? ''), shown.json, name);
      else t.is(body, shown.text ?? (shown.recordio ?? []).map((each) => frame(JSON.stringify(each))).join(''), name);
    }
  } finally {
    server.close();
  }
});

withCurl('the command of the page about protobuf is answered with the bytes that it shows', async (t) => {
  const page = readFileSync(join(pagesFolder, 'README.md'), 'utf8');
  const [, script = '', bytes = ''] = /```sh\n(printf[^]*?)```[^]*?```text\n([^]*?)```/.exec(page) ?? [];
  await using cluster = await Cluster.start({ name: 'protobuf', steps: [] });
  const line = script.replace('http://127.0.0.1:5050', cluster.url('master'));
  const { stdout } = await promisify(execFile)('sh', ['-c', line]);
  t.is(stdout.trim(), bytes.trim());
});
