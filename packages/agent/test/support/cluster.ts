import { MemoryNetwork, Runtime, SeededRandom } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import type { FrameworkInfo, TaskInfo } from '@mesos-ts/protocol';
import { TestMaster, commandTask, runTaskMessage, startTestAgent, testFramework } from '../../src/testing/index.ts';
import type { CreateExecutor, TestAgent, TestExecutor, TestMasterOptions } from '../../src/testing/index.ts';
import type { AgentFlags } from '../../src/index.ts';

/** A master and an agent in memory, under a clock that stands still. */
export interface Cluster extends AsyncDisposable {
  readonly clock: TestClock;
  readonly network: MemoryNetwork;
  readonly master: TestMaster;
  readonly masterRuntime: Runtime;
  readonly agent: TestAgent;
  /** Runs a command task, or one of another executor, and settles. */
  run(taskId: string, task?: Partial<TaskInfo>, framework?: FrameworkInfo): Promise<void>;
  /** The agent's `/state`. */
  state(): Promise<Record<string, unknown>>;
  /** A metric of the agent. */
  metric(name: string): number | undefined;
}

export interface ClusterOptions {
  readonly master?: TestMasterOptions;
  readonly flags?: Partial<AgentFlags>;
  readonly createExecutor?: CreateExecutor;
  /** Whether to wait until the agent has registered. @default true */
  readonly registers?: boolean;
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  const masterRuntime = await new Runtime({ clock, transport: network.transport(), delegate: 'master' }).start();
  const master = new TestMaster(masterRuntime, options.master);
  const agent = await startTestAgent({
    network,
    clock,
    random: new SeededRandom(1),
    master: masterRuntime.address,
    ...(options.flags === undefined ? {} : { flags: options.flags }),
    ...(options.createExecutor === undefined ? {} : { createExecutor: options.createExecutor }),
  });
  if (options.registers ?? true) await clock.advance(1000);
  return {
    clock,
    network,
    master,
    masterRuntime,
    agent,
    run: async (taskId, task = {}, framework = testFramework()) => {
      const message = runTaskMessage(commandTask(taskId, 'agent-1', task), framework);
      // A task has a command or an executor.
      if (task.executor !== undefined) delete message.task.command;
      master.send('mesos.internal.RunTaskMessage', message);
      await clock.settle();
    },
    state: async () => {
      const { body } = await agent.runtime.inject({ url: '/state' });
      return JSON.parse(body.toString()) as Record<string, unknown>;
    },
    metric: (name) => agent.runtime.metrics.snapshot()[name],
    [Symbol.asyncDispose]: async () => {
      await agent.runtime.close();
      await masterRuntime.close();
    },
  };
}

/** Dispatches to the actor of an executor, and settles. */
export async function executorOf(
  cluster: Cluster,
  executorId: string,
): Promise<{
  update: (...args: Parameters<TestExecutor['update']>) => Promise<Uint8Array>;
  events: () => Promise<string[]>;
  subscribe: () => Promise<void>;
  leave: () => Promise<void>;
  message: (data: Uint8Array) => Promise<void>;
}> {
  await cluster.clock.settle();
  const pid = cluster.agent.containerizer.executor(executorId);
  if (pid === undefined) throw new Error(`There is no executor '${executorId}'`);
  const { runtime } = cluster.agent;
  return {
    update: async (...args) => {
      const uuid = await runtime.dispatch(pid, 'update', args);
      await cluster.clock.settle();
      return uuid;
    },
    events: async () => (await runtime.dispatch(pid, 'events')).map((event) => event.type ?? ''),
    subscribe: async () => {
      await runtime.dispatch(pid, 'subscribe');
      await cluster.clock.settle();
    },
    leave: async () => {
      await runtime.dispatch(pid, 'leave');
      await cluster.clock.settle();
    },
    message: async (data) => {
      await runtime.dispatch(pid, 'message', [data]);
      await cluster.clock.settle();
    },
  };
}
