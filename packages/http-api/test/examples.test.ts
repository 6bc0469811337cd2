import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { TestServer, record } from './support/server.ts';

test('the program in the README asks a master and follows its events', async (t) => {
  await using server = await TestServer.start();
  server.answer = (response, { body }) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const { type } = JSON.parse(body.toString()) as { type: string };
    if (type === 'GET_HEALTH') response.end('{"type":"GET_HEALTH","get_health":{"healthy":true}}');
    else response.write(record({ type: 'SUBSCRIBED', subscribed: {} }) + record({ type: 'HEARTBEAT' }));
  };
  const path = fileURLToPath(new URL('examples/agents.js', import.meta.url));
  const env = { ...process.env, MESOS_MASTER_URL: server.url };
  const { stdout } = await promisify(execFile)(process.execPath, [path], { env });
  t.is(stdout, 'healthy: true\nSUBSCRIBED\nHEARTBEAT\n');
});
