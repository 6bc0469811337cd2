import { Runtime } from '@mesos-ts/libprocess';
import { Resources } from '@mesos-ts/protocol';
import test from 'ava';
import { TestExecutor, commandTask, runTaskMessage, testFramework } from '../src/testing/index.ts';
import type { ContainerConfig } from '../src/index.ts';
import { executorOf, startCluster } from './support/cluster.ts';
import { customExecutor } from './support/executor-info.ts';

const silent = (config: ContainerConfig): TestExecutor => new TestExecutor({ config, subscribes: false });

test('a command task runs in an executor of its own, named after it', async (t) => {
  const launched: ContainerConfig[] = [];
  await using cluster = await startCluster({
    createExecutor: (config) => {
      launched.push(config);
      return new TestExecutor({ config, states: () => ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED'] });
    },
  });
  await cluster.run('task', { command: { value: 'sleep 1000000', uris: [{ value: 'http://x/y' }] } });
  const [config] = launched;
  t.is(config?.executorInfo.executor_id.value, 'task');
  t.is(config?.executorInfo.name, "Command Executor (Task: task) (Command: sh -c 'sleep 1000000')");
  t.is(config?.executorInfo.source, 'task');
  t.is(config?.command.value, '/usr/libexec/mesos-executor');
  t.deepEqual(config?.command.uris, [{ value: 'http://x/y' }]);
  t.is(config?.environment['MESOS_EXECUTOR_ID'], 'task');
  t.deepEqual(cluster.master.states('task'), ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
  const [update] = cluster.master.updates;
  t.is(update?.status.agent_id?.value, 'agent-1');
  t.is(update?.status.source, 'SOURCE_EXECUTOR');
  t.is(update?.status.executor_id, undefined, 'left out, as the executor did');
  t.is(update?.status.container_status?.container_id?.value, cluster.agent.sandboxes.runs[0]?.containerId);
  t.deepEqual(update?.status.container_status?.network_infos, [
    { ip_addresses: [{ protocol: 'IPv4', ip_address: '10.0.0.2' }] },
  ]);
  // The master never knew of this executor, so it is not told of its end.
  t.is(cluster.master.received('mesos.internal.ExitedExecutorMessage').length, 0);
  t.is(cluster.metric('slave/tasks_finished'), 1);
  t.is(cluster.metric('slave/frameworks_active'), 0);
  const state = await cluster.state();
  t.is((state['completed_frameworks'] as { completed_executors: unknown[] }[])[0]?.completed_executors.length, 1);
});

test('an executor of a framework is launched once and runs several tasks; its container grows with them', async (t) => {
  await using cluster = await startCluster();
  const executor = customExecutor('shared');
  await cluster.run('one', { executor });
  await cluster.run('two', { executor });
  t.is(cluster.agent.sandboxes.runs.length, 1);
  t.deepEqual(cluster.master.states('one'), ['TASK_RUNNING']);
  t.deepEqual(cluster.master.states('two'), ['TASK_RUNNING']);
  const { containerId = '' } = cluster.agent.sandboxes.runs[0] ?? {};
  const held = cluster.agent.containerizer.resources(containerId) ?? [];
  t.is(held.find((resource) => resource.name === 'cpus')?.scalar?.value, 2);
});

test('tasks that come together for an executor that runs cost it one change of its container, not one each', async (t) => {
  await using cluster = await startCluster();
  const executor = customExecutor('shared');
  await cluster.run('first', { executor });
  const { containerizer } = cluster.agent;
  const before = containerizer.changes;
  for (let n = 0; n < 50; n++) {
    const message = runTaskMessage(commandTask(`task-${n}`, 'agent-1', { executor }));
    delete message.task.command;
    cluster.master.send('mesos.internal.RunTaskMessage', message);
  }
  await cluster.clock.settle();
  const changes = containerizer.changes - before;
  for (let n = 0; n < 50; n++) t.deepEqual(cluster.master.states(`task-${n}`), ['TASK_RUNNING']);
  t.true(changes <= 2, `${changes} changes`);
  const { containerId = '' } = cluster.agent.sandboxes.runs[0] ?? {};
  t.is(Resources.of(containerizer.resources(containerId) ?? []).cpus, 51);
});

test('a task that the master sends twice runs once, and nothing else is said of it', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('task');
  await cluster.run('task');
  await cluster.run('other', { executor: customExecutor() });
  await cluster.run('other', { executor: customExecutor() });
  t.deepEqual([cluster.master.states('task'), cluster.master.states('other')], [['TASK_RUNNING'], ['TASK_RUNNING']]);
  t.is(cluster.metric('slave/cpus_used'), 2.1);
});

test('an executor that ends takes its tasks with it, and the master is told of both', async (t) => {
  await using cluster = await startCluster();
  const executor = customExecutor();
  await cluster.run('one', { executor });
  await cluster.run('two', { executor });
  await (await executorOf(cluster, 'custom')).leave();
  const update = cluster.master.updates.at(-1)?.status;
  t.deepEqual(cluster.master.states('one'), ['TASK_RUNNING', 'TASK_FAILED']);
  t.deepEqual(cluster.master.states('two'), ['TASK_RUNNING', 'TASK_FAILED']);
  t.is(update?.source, 'SOURCE_AGENT');
  t.is(update?.reason, 'REASON_EXECUTOR_TERMINATED');
  t.is(update?.message, 'Executor terminated');
  t.is(update?.executor_id?.value, 'custom');
  const [exited] = cluster.master.received('mesos.internal.ExitedExecutorMessage');
  t.is(exited?.executor_id.value, 'custom');
  t.is(exited?.status, 0);
  // What is left is the next registration's and ping's business, not that of executors that are gone.
  await cluster.clock.advance(20_000);
  t.true(cluster.clock.timers < 5, `${cluster.clock.timers} timers`);
});

test('a task waits until its executor subscribes, and is killed without ever reaching it', async (t) => {
  await using cluster = await startCluster({ createExecutor: silent });
  await cluster.run('task');
  t.is(cluster.metric('slave/tasks_staging'), 1);
  cluster.master.send('mesos.internal.KillTaskMessage', {
    framework_id: { value: 'framework' },
    task_id: { value: 'task' },
  });
  await cluster.clock.settle();
  const status = cluster.master.updates[0]?.status;
  t.is(status?.state, 'TASK_KILLED');
  t.is(status?.reason, 'REASON_TASK_KILLED_DURING_LAUNCH');
  t.is(status?.message, 'Killed before delivery to the executor');
  t.is(status?.container_status, undefined);
  // Its executor never had a task and has none to wait for.
  t.is(cluster.agent.containerizer.executor('task'), undefined);
  t.is(cluster.metric('slave/frameworks_active'), 0);
});

test('an executor that does not register in time is destroyed and its task fails', async (t) => {
  await using cluster = await startCluster({ createExecutor: silent });
  await cluster.run('task');
  await cluster.clock.advance(59_000);
  t.deepEqual(cluster.master.states('task'), []);
  await cluster.clock.advance(1000);
  const status = cluster.master.updates[0]?.status;
  t.is(status?.state, 'TASK_FAILED');
  t.is(status?.reason, 'REASON_EXECUTOR_REGISTRATION_TIMEOUT');
  t.is(status?.message, 'Executor did not register within 1mins');
  t.deepEqual(await cluster.agent.containerizer.containers(), []);
});

test('a container that cannot be launched fails its task with the reason', async (t) => {
  await using cluster = await startCluster({
    createExecutor: () => {
      throw new Error('no such image');
    },
  });
  await cluster.run('task');
  const status = cluster.master.updates[0]?.status;
  t.is(status?.state, 'TASK_FAILED');
  t.is(status?.reason, 'REASON_CONTAINER_LAUNCH_FAILED');
  t.is(status?.message, 'Failed to launch container: no such image');
  t.deepEqual(await cluster.agent.containerizer.containers(), []);
  t.is(cluster.metric('slave/container_launch_errors'), 1);
});

test('a sandbox that cannot be made loses its task, which never ran', async (t) => {
  await using cluster = await startCluster();
  cluster.agent.sandboxes.refuse = () => {
    throw new Error("Failed to chown directory to 'nobody-here': No such user 'nobody-here'");
  };
  await cluster.run('task');
  await cluster.run('other', {}, testFramework('aware', { capabilities: [{ type: 'PARTITION_AWARE' }] }));
  const [lost, dropped] = cluster.master.updates.map((update) => update.status);
  t.is(lost?.state, 'TASK_LOST');
  t.is(lost?.reason, 'REASON_EXECUTOR_TERMINATED');
  t.is(lost?.executor_id?.value, 'task');
  t.is(dropped?.state, 'TASK_DROPPED');
});

test('killing a running task asks its executor; an unknown one is reported', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('task');
  const kill = (taskId: string): void => {
    cluster.master.send('mesos.internal.KillTaskMessage', {
      framework_id: { value: 'framework' },
      task_id: { value: taskId },
    });
  };
  kill('nobody');
  await cluster.clock.settle();
  t.is(cluster.master.updates.at(-1)?.status.message, 'Cannot find executor');
  t.deepEqual(cluster.master.states('nobody'), ['TASK_LOST']);
  kill('task');
  await cluster.clock.settle();
  t.deepEqual(cluster.master.states('task'), ['TASK_RUNNING', 'TASK_KILLED']);
});

test('an executor that is shut down has a grace period, and is then destroyed', async (t) => {
  await using cluster = await startCluster({
    createExecutor: (config) => new TestExecutor({ config, obeysShutdown: false }),
  });
  await cluster.run('task', { executor: customExecutor() });
  cluster.master.send('mesos.internal.ShutdownExecutorMessage', {
    framework_id: { value: 'framework' },
    executor_id: { value: 'custom' },
  });
  await cluster.clock.advance(4999);
  t.not(cluster.agent.containerizer.executor('custom'), undefined);
  await cluster.clock.advance(1);
  t.is(cluster.agent.containerizer.executor('custom'), undefined);
  t.deepEqual(cluster.master.states('task'), ['TASK_RUNNING', 'TASK_FAILED']);
  t.is(cluster.master.received('mesos.internal.ExitedExecutorMessage')[0]?.status, 9);
});

test('the executor of a task with a kill policy has that long, and a little more, to shut down', async (t) => {
  await using cluster = await startCluster({
    createExecutor: (config) => new TestExecutor({ config, obeysShutdown: false }),
  });
  await cluster.run('task', { kill_policy: { grace_period: { nanoseconds: 20e9 } } });
  cluster.master.send('mesos.internal.ShutdownExecutorMessage', {
    framework_id: { value: 'framework' },
    executor_id: { value: 'task' },
  });
  await cluster.clock.advance(21_999);
  t.not(cluster.agent.containerizer.executor('task'), undefined);
  await cluster.clock.advance(1);
  t.is(cluster.agent.containerizer.executor('task'), undefined);
});

test('a framework that is shut down leaves nothing behind and gets no more updates', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('one');
  await cluster.run('two', { executor: customExecutor() });
  const before = cluster.master.updates.length;
  cluster.master.send('mesos.internal.ShutdownFrameworkMessage', { framework_id: { value: 'framework' } });
  await cluster.clock.advance(5000);
  t.deepEqual(await cluster.agent.containerizer.containers(), []);
  t.is(cluster.master.updates.length, before);
  t.is(cluster.metric('slave/frameworks_active'), 0);
  await cluster.clock.advance(600_000);
  t.is(cluster.master.updates.length, before);
});

test('a framework that has nothing here and is shut down gets no more updates either', async (t) => {
  await using cluster = await startCluster({ master: { acknowledges: false } });
  cluster.master.send('mesos.internal.ReconcileTasksMessage', {
    framework_id: { value: 'gone' },
    statuses: [{ task_id: { value: 'task' }, state: 'TASK_RUNNING' }],
  });
  await cluster.clock.settle();
  t.deepEqual(cluster.master.states('task'), ['TASK_LOST']);
  cluster.master.send('mesos.internal.ShutdownFrameworkMessage', { framework_id: { value: 'gone' } });
  await cluster.clock.advance(600_000);
  t.deepEqual(cluster.master.states('task'), ['TASK_LOST']);
});

test('an executor of a framework that is shut down need not wait for what it says last', async (t) => {
  await using cluster = await startCluster({
    createExecutor: (config) => new TestExecutor({ config, obeysShutdown: false }),
  });
  await cluster.run('task', { executor: customExecutor() });
  cluster.master.send('mesos.internal.ShutdownFrameworkMessage', { framework_id: { value: 'framework' } });
  const executor = await executorOf(cluster, 'custom');
  await executor.update('task', 'TASK_KILLED');
  t.deepEqual((await executor.events()).slice(-2), ['SHUTDOWN', 'ACKNOWLEDGED']);
  t.deepEqual(cluster.master.states('task'), ['TASK_RUNNING'], 'the framework is not told');
  t.is(cluster.metric('slave/invalid_status_updates'), 1);
});

test('at most so many ended executors of a framework are remembered, and their files shown', async (t) => {
  await using cluster = await startCluster({
    flags: { max_completed_executors_per_framework: 2 },
    createExecutor: (config) => new TestExecutor({ config, states: () => ['TASK_FINISHED'] }),
  });
  await cluster.run('keeper', { executor: customExecutor('keeper') });
  for (const taskId of ['a', 'b', 'c']) await cluster.run(taskId);
  const [framework] = (await cluster.state())['frameworks'] as { completed_executors: { id: string }[] }[];
  t.deepEqual(
    framework?.completed_executors.map((executor) => executor.id),
    ['b', 'c'],
  );
  const debug = await cluster.agent.runtime.inject({ url: '/files/debug' });
  t.false(debug.body.toString().includes('executors/a/'));
  t.true(debug.body.toString().includes('executors/c/runs/latest'));
});

test('an executor that nobody knows is told to end', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('task', { executor: customExecutor() });
  const { runtime } = cluster.agent;
  const stray = new TestExecutor({
    config: {
      executorInfo: customExecutor('stray'),
      frameworkId: 'framework',
      command: {},
      resources: [],
      directory: '/',
      user: undefined,
      environment: { MESOS_SLAVE_PID: cluster.agent.handle.pid.toString() },
      task: undefined,
    },
  });
  const pid = runtime.spawn(stray);
  await cluster.clock.settle();
  t.true(await runtime.wait(pid, 0));
});

test('updates that executors may not send are refused, and counted', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('task', { executor: customExecutor() });
  const executor = await executorOf(cluster, 'custom');
  await executor.update('task', 'TASK_STAGING');
  await executor.update('task', 'TASK_RUNNING', new Uint8Array(3));
  t.is(cluster.metric('slave/invalid_status_updates'), 2);
  t.is((await executor.events()).filter((type) => type === 'ERROR').length, 2);
  t.deepEqual(cluster.master.states('task'), ['TASK_RUNNING']);
});

test('the master hears that a task starts and then that it runs, even when its executor says both at once', async (t) => {
  await using cluster = await startCluster({
    master: { acknowledges: false },
    createExecutor: (config) => new TestExecutor({ config, states: () => ['TASK_STARTING', 'TASK_RUNNING'] }),
  });
  await cluster.run('task');
  const told = (): unknown[] => cluster.master.updates.map(({ latest_state, status }) => [status.state, latest_state]);
  t.deepEqual(told(), [['TASK_STARTING', 'TASK_STARTING']]);
  // Once it is known that the task runs, that is told with the first update for as long as that is not acknowledged.
  await cluster.clock.advance(10_000);
  t.deepEqual(told().slice(1), [['TASK_STARTING', 'TASK_RUNNING']]);
});

test('an executor hears that the agent has its update before the framework acknowledges; repeats are taken once', async (t) => {
  await using cluster = await startCluster({ master: { acknowledges: false } });
  await cluster.run('task', { executor: customExecutor() });
  const executor = await executorOf(cluster, 'custom');
  const uuid = await executor.update('task', 'TASK_FINISHED');
  await executor.update('task', 'TASK_FINISHED', uuid);
  t.is((await executor.events()).filter((type) => type === 'ACKNOWLEDGED').length, 3);
  t.deepEqual(cluster.master.states('task'), ['TASK_RUNNING'], 'the second update waits for the first');
  t.is(cluster.master.updates[0]?.latest_state, 'TASK_RUNNING');
  const [first] = cluster.master.updates;
  if (first !== undefined) cluster.master.acknowledge(first);
  await cluster.clock.settle();
  t.deepEqual(cluster.master.states('task'), ['TASK_RUNNING', 'TASK_FINISHED']);
});

test('a framework whose scheduler has subscribed again gets at once what it has not acknowledged', async (t) => {
  await using cluster = await startCluster({ master: { acknowledges: false } });
  await cluster.run('task', { executor: customExecutor() });
  t.deepEqual(cluster.master.states('task'), ['TASK_RUNNING']);
  const framework_id = { value: 'framework' };
  cluster.master.send('mesos.internal.UpdateFrameworkMessage', { framework_id, framework_info: testFramework() });
  await cluster.clock.settle();
  t.deepEqual(cluster.master.states('task'), ['TASK_RUNNING', 'TASK_RUNNING']);
});

test('messages go both ways between executor and scheduler', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('task', { executor: customExecutor() });
  const to = {
    agent_id: { value: 'agent-1' },
    framework_id: { value: 'framework' },
    data: Uint8Array.of(1, 2),
  };
  cluster.master.send('mesos.internal.FrameworkToExecutorMessage', { ...to, executor_id: { value: 'custom' } });
  cluster.master.send('mesos.internal.FrameworkToExecutorMessage', { ...to, executor_id: { value: 'nobody' } });
  const executor = await executorOf(cluster, 'custom');
  await executor.message(Uint8Array.of(3));
  t.true((await executor.events()).includes('MESSAGE'));
  t.is(cluster.metric('slave/invalid_framework_messages'), 1);
  t.deepEqual(
    cluster.master.received('mesos.internal.ExecutorToFrameworkMessage').map((message) => [...message.data]),
    [[3]],
  );
});

test('a task for an agent of another id is ignored; a bad id, a group and the default executor are refused', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('foreign', { agent_id: { value: 'agent-7' } });
  t.deepEqual(cluster.master.states('foreign'), []);
  await cluster.run('../escape');
  t.deepEqual(cluster.master.states('../escape'), ['TASK_LOST']);
  t.is(cluster.master.updates.at(-1)?.status.reason, 'REASON_TASK_INVALID');
  await cluster.run('default', { executor: { executor_id: { value: 'default' }, type: 'DEFAULT' } });
  t.deepEqual(cluster.master.states('default'), ['TASK_LOST']);
  const task = { name: 'g', task_id: { value: 'g' }, agent_id: { value: 'agent-1' } };
  cluster.master.send('mesos.internal.RunTaskGroupMessage', {
    framework: testFramework(),
    executor: customExecutor('default'),
    task_group: { tasks: [task] },
    launch_executor: true,
  });
  await cluster.clock.settle();
  t.deepEqual(cluster.master.states('g'), ['TASK_ERROR']);
  t.is(cluster.master.updates.at(-1)?.status.reason, 'REASON_TASK_GROUP_INVALID');
  t.is(cluster.master.received('mesos.internal.ExitedExecutorMessage').length, 1);
  t.deepEqual(cluster.agent.sandboxes.runs, []);
});

test('an agent that is shut down ends its executors, then itself; with its unregistration if asked to', async (t) => {
  await using cluster = await startCluster({
    createExecutor: (config) => new TestExecutor({ config, obeysShutdown: false }),
  });
  await cluster.run('task');
  const shutdown = cluster.agent.handle.shutdown({ unregister: true });
  await cluster.clock.advance(4000);
  t.true(cluster.agent.runtime.has('slave(1)'));
  await cluster.clock.advance(1000);
  await shutdown;
  t.is(await cluster.agent.handle.ended, 'shut down');
  t.deepEqual(await cluster.agent.containerizer.containers(), []);
  t.is(cluster.master.received('mesos.internal.UnregisterAgentMessage').length, 1);
});

test('an agent that is closed leaves its executors alone', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('task');
  await cluster.agent.handle.close();
  t.is(await cluster.agent.handle.ended, 'closed');
  t.is((await cluster.agent.containerizer.containers()).length, 1);
  t.false(cluster.agent.runtime.has('files') || cluster.agent.runtime.has('task-status-update-manager'));
});

test('a task that was sent while its executor was not connected is dropped when the executor comes back', async (t) => {
  const configs: ContainerConfig[] = [];
  await using cluster = await startCluster({
    createExecutor: (config) => {
      configs.push(config);
      return silent(config);
    },
  });
  const connect = async (config: ContainerConfig): Promise<Runtime> => {
    const runtime = await new Runtime({ clock: cluster.clock, transport: cluster.network.transport() }).start();
    runtime.spawn(new TestExecutor({ config, states: () => [] }));
    await cluster.clock.settle();
    return runtime;
  };
  await cluster.run('task', { executor: customExecutor() });
  const [config] = configs;
  if (config === undefined) throw new Error('Nothing was launched');
  const first = await connect(config);
  t.is(cluster.metric('slave/tasks_staging'), 1);
  t.deepEqual(cluster.master.states('task'), []);
  await first.close();
  await cluster.clock.settle();
  // It subscribes anew and does not know the task.
  await using _second = await connect(config);
  t.deepEqual(cluster.master.states('task'), ['TASK_LOST']);
});

test('an executor that subscribes twice over one connection loses no task that was sent to it', async (t) => {
  await using cluster = await startCluster({
    createExecutor: (config) => new TestExecutor({ config, states: () => [] }),
  });
  await cluster.run('task', { executor: customExecutor() });
  const executor = await executorOf(cluster, 'custom');
  await executor.subscribe();
  t.deepEqual(cluster.master.states('task'), []);
  t.deepEqual(await executor.events(), ['SUBSCRIBED', 'LAUNCH', 'SUBSCRIBED']);
  await executor.update('task', 'TASK_RUNNING');
  t.deepEqual(cluster.master.states('task'), ['TASK_RUNNING']);
});
