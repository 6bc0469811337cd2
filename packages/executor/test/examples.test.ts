import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import test from 'ava';
import { FakeAgent, task, variables } from './support/fake-agent.ts';

const path = fileURLToPath(new URL('examples/summer.js', import.meta.url));

test('the program in the README answers with the sum, and ends', async (t) => {
  await using runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  const agent = new FakeAgent();
  const pid = runtime.spawn(agent);
  agent.onCall = ({ type }) => {
    const numbers = task('t', { data: Buffer.from('1 20 300') });
    if (type === 'SUBSCRIBE') agent.emit({ type: 'LAUNCH', launch: { task: numbers } });
  };
  await promisify(execFile)(process.execPath, [path], { env: { ...process.env, ...variables(pid.toString()) } });
  t.deepEqual(agent.updates(), ['TASK_RUNNING', 'TASK_FINISHED']);
  t.is(Buffer.from(agent.calls.at(-1)?.update?.status.data ?? []).toString(), '321');
});
