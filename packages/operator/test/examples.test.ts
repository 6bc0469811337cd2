import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { record, subscribed } from './support/fake-servers.ts';
import type { AddressInfo } from 'node:net';

const path = fileURLToPath(new URL('examples/watch.js', import.meta.url));
const teardown = fileURLToPath(new URL('examples/teardown.js', import.meta.url));

function update(state: string): string {
  const task_updated = { framework_id: { value: 'F' }, status: { task_id: { value: 't' }, state }, state };
  return record({ type: 'TASK_UPDATED', task_updated });
}

const agent = { agent_info: { hostname: 'node-1' }, active: true, version: '1.12.0' };

test('the program in the README shows the agents and watches until a task has finished', async (t) => {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      response.setHeader('content-type', 'application/json');
      const { type } = JSON.parse(body) as { type: string };
      if (type === 'GET_AGENTS') response.end(JSON.stringify({ type, get_agents: { agents: [agent] } }));
      else response.write(subscribed + update('TASK_RUNNING') + update('TASK_FINISHED'));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const env = { ...process.env, MESOS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const { stdout } = await promisify(execFile)(process.execPath, [path], { env });
  t.is(stdout, 'node-1 is there\n0 tasks\nt: TASK_RUNNING\nt: TASK_FINISHED\n');
  server.closeAllConnections();
  server.close();
});

test('the program in the README that ends a framework asks the next master when one is away, and tells what it may not do', async (t) => {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(request.headers.authorization, JSON.parse(body));
      response.writeHead(403).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const masters = [await freePort(), (server.address() as AddressInfo).port].map((port) => `http://127.0.0.1:${port}`);
  const env = { ...process.env, MESOS_SECRET: 'sesame' };
  const { stdout } = await promisify(execFile)(process.execPath, [teardown, 'F', ...masters], { env });
  t.is(stdout, 'Ann may not do that\n');
  const call = { type: 'TEARDOWN', teardown: { framework_id: { value: 'F' } } };
  t.deepEqual(asked, [`Basic ${Buffer.from('ann:sesame').toString('base64')}`, call]);
  server.closeAllConnections();
  server.close();
});
