import test from 'ava';
import { BasicAuthenticator } from '@mesos-ts/libprocess';
import { TestExecutor } from '../../src/testing/index.ts';
import { customExecutor } from '../support/executor-info.ts';
import { HttpExecutor } from '../support/http-executor.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import type { TaskState, TaskStatus } from '@mesos-ts/protocol';

const uuid = new Uint8Array(16).fill(0x40);

/** A cluster whose executors are silent processes that somebody else speaks for. */
function start(): Promise<Cluster> {
  return startCluster({ createExecutor: (config) => new TestExecutor({ config, subscribes: false }) });
}

function status(taskId: string, state: TaskState, more: Partial<TaskStatus> = {}): { status: TaskStatus } {
  return { status: { task_id: { value: taskId }, state, source: 'SOURCE_EXECUTOR', uuid, ...more } };
}

for (const type of ['application/json', 'application/x-protobuf'] as const) {
  test(`an executor that speaks ${type} is sent tasks, reports, is acknowledged, killed and shut down`, async (t) => {
    await using cluster = await start();
    await cluster.run('t1', { executor: customExecutor() });
    const executor = new HttpExecutor({ runtime: cluster.agent.runtime, type });
    t.is(await executor.subscribe(), 200);
    await cluster.clock.settle();
    t.deepEqual(executor.types, ['SUBSCRIBED', 'LAUNCH']);
    t.like(executor.events[0]?.subscribed, {
      executor_info: { executor_id: { value: 'custom' } },
      framework_info: { name: 'framework' },
      agent_info: { id: { value: 'agent-1' } },
    });
    t.deepEqual(await executor.call({ type: 'UPDATE', update: status('t1', 'TASK_RUNNING') }), [202, '']);
    await cluster.clock.settle();
    t.like(executor.events[2], { type: 'ACKNOWLEDGED', acknowledged: { task_id: { value: 't1' }, uuid } });
    t.is(cluster.master.states('t1').at(-1), 'TASK_RUNNING');
    t.is((await executor.call({ type: 'MESSAGE', message: { data: uuid } }))[0], 202);
    const ids = { framework_id: { value: 'framework' }, executor_id: { value: 'custom' } };
    cluster.master.send('mesos.internal.KillTaskMessage', { ...ids, task_id: { value: 't1' } });
    cluster.master.send('mesos.internal.ShutdownExecutorMessage', ids);
    await cluster.clock.settle();
    t.deepEqual(executor.types.slice(3), ['KILL', 'SHUTDOWN']);
  });
}

test('calls of executors over HTTP are refused in the order and the words of Mesos', async (t) => {
  await using cluster = await start();
  await cluster.run('t1', { executor: customExecutor() });
  const { runtime } = cluster.agent;
  const executor = new HttpExecutor({ runtime });
  const running = { type: 'UPDATE', update: status('t1', 'TASK_RUNNING') } as const;
  t.deepEqual(await executor.call({}), [400, "Failed to validate Executor::Call: Expecting 'type' to be present"]);
  t.deepEqual(await executor.call({ type: 'SUBSCRIBE' }), [
    400,
    "Failed to validate Executor::Call: Expecting 'subscribe' to be present",
  ]);
  t.deepEqual(await new HttpExecutor({ runtime, frameworkId: 'x' }).call(running), [400, 'Framework cannot be found']);
  t.deepEqual(await new HttpExecutor({ runtime, executorId: 'x' }).call(running), [400, 'Executor cannot be found']);
  t.deepEqual(await executor.call(running), [403, 'Executor is not subscribed']);
  t.deepEqual(await new HttpExecutor({ runtime, frameworkId: 'x' }).call({ type: 'HEARTBEAT' }), [202, '']);
  t.is(await executor.subscribe(), 200);
  t.is((await executor.call({ type: 'UNKNOWN' }))[0], 501);
  const { status: get } = await runtime.inject({ url: '/api/v1/executor' });
  t.is(get, 405);
});

test('an executor that is spoken for before its container is launched keeps its task', async (t) => {
  await using cluster = await start();
  const executor = new HttpExecutor({ runtime: cluster.agent.runtime });
  cluster.agent.sandboxes.refuse = async () => {
    t.is(await executor.subscribe(), 200);
  };
  await cluster.run('t1', { executor: customExecutor() });
  t.is((await cluster.agent.containerizer.containers()).length, 1);
  t.deepEqual(executor.types, ['SUBSCRIBED', 'LAUNCH']);
  t.deepEqual(cluster.master.states('t1'), []);
});

test('a later subscription ends the stream of the one before, and is sent what comes', async (t) => {
  await using cluster = await start();
  await cluster.run('t1', { executor: customExecutor() });
  const first = new HttpExecutor({ runtime: cluster.agent.runtime });
  await first.subscribe();
  await cluster.clock.settle();
  const second = new HttpExecutor({ runtime: cluster.agent.runtime });
  const task = first.events.find(({ launch }) => launch !== undefined)?.launch?.task;
  await second.subscribe({ unacknowledged_tasks: task === undefined ? [] : [task] });
  await cluster.clock.settle();
  t.true(first.hasEnded);
  t.deepEqual(second.types, ['SUBSCRIBED']);
  await cluster.run('t2', { executor: customExecutor() });
  t.deepEqual(second.types, ['SUBSCRIBED', 'LAUNCH']);
  t.deepEqual(first.types, ['SUBSCRIBED', 'LAUNCH']);
});

test('a task that an executor does not know when it subscribes again is lost, in the words of Mesos', async (t) => {
  await using cluster = await start();
  await cluster.run('t1', { executor: customExecutor() });
  const { runtime } = cluster.agent;
  await new HttpExecutor({ runtime }).subscribe();
  await cluster.clock.settle();
  await new HttpExecutor({ runtime }).subscribe();
  await cluster.clock.settle();
  t.like(cluster.master.updates.at(-1)?.status, {
    state: 'TASK_LOST',
    source: 'SOURCE_AGENT',
    reason: 'REASON_AGENT_RESTARTED',
    message: 'Task launched during agent restart',
    executor_id: { value: 'custom' },
  });
});

test('an executor whose stream breaks keeps its tasks and may come back', async (t) => {
  await using cluster = await start();
  await cluster.run('t1', { executor: customExecutor() });
  const executor = new HttpExecutor({ runtime: cluster.agent.runtime });
  await executor.subscribe();
  await cluster.clock.settle();
  await executor.call({ type: 'UPDATE', update: status('t1', 'TASK_RUNNING') });
  await cluster.clock.settle();
  await executor.leave();
  await cluster.clock.settle();
  t.is(cluster.master.states('t1').at(-1), 'TASK_RUNNING');
  const again = new HttpExecutor({ runtime: cluster.agent.runtime });
  t.is(await again.subscribe(), 200);
  await cluster.clock.settle();
  t.deepEqual(again.types, ['SUBSCRIBED']);
});

test('executors hear HEARTBEAT every half an hour for as long as their stream lasts', async (t) => {
  await using cluster = await start();
  await cluster.run('t1', { executor: customExecutor() });
  const executor = new HttpExecutor({ runtime: cluster.agent.runtime });
  await executor.subscribe();
  await cluster.clock.advance(95 * 60_000);
  t.is(executor.heartbeats, 3);
  await executor.leave();
  await cluster.clock.advance(95 * 60_000);
  t.is(executor.heartbeats, 3);
});

test('an executor with a token may only speak for itself', async (t) => {
  await using cluster = await start();
  const { runtime } = cluster.agent;
  await cluster.run('t1', { executor: customExecutor() });
  const [containerId = ''] = await cluster.agent.containerizer.containers();
  const claims = { fid: 'framework', eid: 'custom', cid: containerId };
  const as = (others: Record<string, string>): void => {
    runtime.http.setAuthenticator('mesos-agent-executor', {
      scheme: 'Bearer',
      authenticate: () => ({ kind: 'authenticated', principal: { claims: { ...claims, ...others } } }),
    });
  };
  for (const [name, text] of [
    ['fid', "does not contain an 'fid' claim with the framework ID framework, which is set in the call"],
    ['eid', "does not contain an 'eid' claim with the executor ID custom, which is set in the call"],
    ['cid', "does not contain a 'cid' claim with the correct active ContainerID"],
  ] as const) {
    as({ [name]: 'other' });
    const [code, answer] = await new HttpExecutor({ runtime }).call({ type: 'SUBSCRIBE', subscribe: {} });
    t.is(code, 403);
    t.true(answer.endsWith(text), answer);
  }
  as({});
  t.is(await new HttpExecutor({ runtime }).subscribe(), 200);
  runtime.http.setAuthenticator('mesos-agent-executor', new BasicAuthenticator('mesos-agent-executor', {}));
  t.is((await new HttpExecutor({ runtime }).call({ type: 'HEARTBEAT' }))[0], 401);
});
