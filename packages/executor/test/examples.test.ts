import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import test from 'ava';
import { FakeAgent, task, variables } from './support/fake-agent.ts';

const program = (name: string): string => fileURLToPath(new URL(`examples/${name}`, import.meta.url));

test('the program in the README answers with the sum, and ends', async (t) => {
  await using runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  const agent = new FakeAgent();
  const pid = runtime.spawn(agent);
  agent.onCall = ({ type }) => {
    const numbers = task('t', { data: Buffer.from('1 20 300') });
    if (type === 'SUBSCRIBE') agent.emit({ type: 'LAUNCH', launch: { task: numbers } });
  };
  await promisify(execFile)(process.execPath, [program('summer.js')], {
    env: { ...process.env, ...variables(pid.toString()) },
  });
  t.deepEqual(agent.updates(), ['TASK_RUNNING', 'TASK_FINISHED']);
  t.is(Buffer.from(agent.calls.at(-1)?.update?.status.data ?? []).toString(), '321');
});

test('the executor in the README that checks its task itself ends it when it has been unhealthy for too long', async (t) => {
  await using runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  const agent = new FakeAgent();
  const pid = runtime.spawn(agent);
  const often = { delay_seconds: 0, interval_seconds: 0.1, grace_period_seconds: 0, consecutive_failures: 2 };
  agent.onCall = ({ type }) => {
    const sick = task('t', { health_check: { type: 'COMMAND', command: { value: 'exit 1' }, ...often } });
    if (type === 'SUBSCRIBE') agent.emit({ type: 'LAUNCH', launch: { task: sick } });
  };
  const env = { ...process.env, ...variables(pid.toString()) };
  await promisify(execFile)(process.execPath, [program('checked.js')], { env });
  const statuses = agent.calls.flatMap(({ update }) => (update === undefined ? [] : [update.status]));
  t.deepEqual(
    statuses.map(({ healthy, state }) => [state, healthy]),
    [
      ['TASK_RUNNING', undefined],
      ['TASK_RUNNING', false],
      ['TASK_RUNNING', false],
      ['TASK_FAILED', false],
    ],
  );
});
