import test from 'ava';
import { nextBackoffMs, pingTimeoutMs } from '../src/master-connection.ts';
import { TestMaster, testFramework } from '../src/testing/index.ts';
import { customExecutor } from './support/executor-info.ts';
import { startCluster } from './support/cluster.ts';

test('pauses between attempts to register double up to a minute', (t) => {
  t.is(nextBackoffMs(1000), 2000);
  t.is(nextBackoffMs(40_000), 60_000);
  t.is(nextBackoffMs(60_000), 60_000);
});

test('the master says how long its silence is borne; without that it is 75 seconds', (t) => {
  t.is(pingTimeoutMs({ total_ping_timeout_seconds: 10 }), 10_000);
  t.is(pingTimeoutMs(undefined), 75_000);
  t.is(pingTimeoutMs({ total_ping_timeout_seconds: 0 }), 75_000);
});

test('an agent registers with what it has and serves from its delegate', async (t) => {
  await using cluster = await startCluster({ flags: { attributes: 'rack:r1;slots:[1-4]' } });
  const [message] = cluster.master.received('mesos.internal.RegisterAgentMessage');
  t.like(message, { agent: { checkpoint: true } }, 'as every agent of Mesos says');
  t.is(message?.agent.hostname, 'agent.example');
  t.is(message?.agent.port, 5050);
  t.deepEqual(
    message?.agent.resources?.map((resource) => resource.name),
    ['cpus', 'mem', 'disk', 'ports'],
  );
  t.is(message?.agent.attributes?.length, 2);
  t.is(await cluster.agent.handle.registered, 'agent-1');
  t.deepEqual(cluster.agent.sandboxes.agents, ['agent-1']);
  t.is(cluster.metric('slave/registered'), 1);
  t.is((await cluster.agent.runtime.inject({ url: '/health' })).status, 200);
});

test('an agent that gets no answer registers again and again, at most a minute apart', async (t) => {
  await using cluster = await startCluster({ master: { registers: false } });
  await cluster.clock.advance(10 * 60_000);
  const early = cluster.master.received('mesos.internal.RegisterAgentMessage').length;
  t.true(early > 10, `${early} attempts`);
  await cluster.clock.advance(60_000);
  t.true(cluster.master.received('mesos.internal.RegisterAgentMessage').length > early);
});

test('however short the first pause is, the master is given time to write its registry before it is asked again', async (t) => {
  await using cluster = await startCluster({ flags: { registration_backoff_factor: 10 } });
  cluster.master.end();
  await cluster.clock.settle();
  const next = new TestMaster(cluster.masterRuntime, { registers: false });
  const attempts = (): number => next.received('mesos.internal.ReregisterAgentMessage').length;
  while (attempts() === 0) await cluster.clock.advance(1);
  await cluster.clock.advance(190);
  t.is(attempts(), 1);
  await cluster.clock.advance(60_000);
  t.true(attempts() > 1);
});

test('an agent without a ping for the time that the master tells registers again under its id, with its tasks', async (t) => {
  await using cluster = await startCluster({ master: { totalPingTimeoutSeconds: 10 } });
  await cluster.run('task');
  await cluster.run('other', { executor: customExecutor() });
  await cluster.clock.advance(9000);
  t.is(cluster.master.received('mesos.internal.ReregisterAgentMessage').length, 0);
  await cluster.clock.advance(3000);
  const [message] = cluster.master.received('mesos.internal.ReregisterAgentMessage');
  t.is(message?.agent.id?.value, 'agent-1');
  t.deepEqual(
    message?.tasks?.map((task) => [task.task_id.value, task.state]),
    [
      ['task', 'TASK_RUNNING'],
      ['other', 'TASK_RUNNING'],
    ],
  );
  // The master knows nothing of the executor that the agent made up.
  t.deepEqual(
    message?.executor_infos?.map((info) => info.executor_id.value),
    ['custom'],
  );
  t.deepEqual(
    message?.frameworks?.map((framework) => framework.id?.value),
    ['framework'],
  );
});

test('pings are answered and keep the registration', async (t) => {
  await using cluster = await startCluster({ master: { totalPingTimeoutSeconds: 10 } });
  for (let ping = 0; ping < 5; ping++) {
    cluster.master.send('mesos.internal.PingAgentMessage', { connected: true });
    await cluster.clock.advance(8000);
  }
  t.is(cluster.master.received('mesos.internal.PongAgentMessage').length, 5);
  t.is(cluster.master.received('mesos.internal.ReregisterAgentMessage').length, 0);
});

test('a ping that says that the agent is disconnected makes it register again', async (t) => {
  await using cluster = await startCluster();
  cluster.master.send('mesos.internal.PingAgentMessage', { connected: false });
  await cluster.clock.advance(1000);
  t.is(cluster.master.received('mesos.internal.ReregisterAgentMessage').length, 1);
});

test('an agent that loses its master registers with the next one, keeps its tasks and sends what was not acknowledged', async (t) => {
  await using cluster = await startCluster({ master: { acknowledges: false } });
  await cluster.run('task');
  t.deepEqual(cluster.master.states('task'), ['TASK_RUNNING']);
  cluster.master.end();
  await cluster.clock.settle();
  t.is(cluster.metric('slave/registered'), 0);
  const next = new TestMaster(cluster.masterRuntime);
  await cluster.clock.advance(5000);
  t.is(cluster.metric('slave/registered'), 1);
  t.is(next.received('mesos.internal.ReregisterAgentMessage')[0]?.tasks?.length, 1);
  t.deepEqual(next.states('task'), ['TASK_RUNNING']);
});

test('while there is no master, attempts keep growing apart', async (t) => {
  await using cluster = await startCluster();
  await cluster.masterRuntime.close();
  let attempts = 0;
  cluster.agent.runtime.filter((to, event) => {
    if (to.id === 'slave(1)' && event.type === 'exited') attempts++;
    return false;
  });
  await cluster.clock.advance(20 * 60_000);
  t.true(attempts > 10 && attempts < 120, `${attempts} attempts`);
});

test('an agent that is given another id than its own shuts down', async (t) => {
  await using cluster = await startCluster();
  cluster.master.send('mesos.internal.AgentRegisteredMessage', { agent_id: { value: 'agent-2' } });
  await cluster.clock.settle();
  t.is(await cluster.agent.handle.ended, 'shut down');
});

test('what is not from the master is ignored, and malformed messages are counted', async (t) => {
  await using cluster = await startCluster();
  cluster.masterRuntime.send(cluster.agent.handle.pid, 'mesos.internal.ShutdownMessage', {});
  cluster.masterRuntime.send(cluster.agent.handle.pid, 'mesos.internal.RunTaskMessage', { task: 7 });
  cluster.masterRuntime.send(cluster.agent.handle.pid, 'no.such.Message', {});
  await cluster.clock.settle();
  t.true(cluster.agent.runtime.has('slave(1)'));
  t.is(cluster.metric('libprocess/messages_invalid'), 1);
  t.is(cluster.metric('libprocess/messages_unhandled'), 1);
  await cluster.run('task', {}, testFramework());
  t.deepEqual(cluster.master.states('task'), ['TASK_RUNNING']);
});

const status = (taskId: string) => ({ task_id: { value: taskId }, state: 'TASK_RUNNING' as const });

test('a master that reconciles is told about the tasks that are not here', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('here');
  cluster.master.send('mesos.internal.ReconcileTasksMessage', {
    framework_id: { value: 'framework' },
    statuses: [status('here'), status('gone')],
  });
  cluster.master.send('mesos.internal.AgentReregisteredMessage', {
    agent_id: { value: 'agent-1' },
    reconciliations: [
      {
        framework_id: { value: 'aware' },
        framework: testFramework('aware', { capabilities: [{ type: 'PARTITION_AWARE' }] }),
        statuses: [status('lost')],
      },
    ],
  });
  await cluster.clock.settle();
  t.deepEqual(cluster.master.states('here'), ['TASK_RUNNING']);
  t.deepEqual(cluster.master.states('gone'), ['TASK_LOST']);
  t.deepEqual(cluster.master.states('lost'), ['TASK_DROPPED']);
  t.is(cluster.master.updates.at(-1)?.status.reason, 'REASON_RECONCILIATION');
});
