import { PID, Runtime } from '@mesos-ts/libprocess';
import type { Clock, MemoryNetwork, Random } from '@mesos-ts/libprocess';
import { Resources, parseResources } from '@mesos-ts/protocol';
import type { FrameworkInfo, RunTaskMessage, TaskInfo } from '@mesos-ts/protocol';

import { agentProcessId, masterProcessId } from '../constants.ts';
import type { AgentFlags } from '../flags.ts';
import type { MasterDetector } from '../master-address.ts';
import { startAgent } from '../start-agent.ts';
import type { AgentHandle } from '../start-agent.ts';
import { MemorySandboxes } from './memory-sandboxes.ts';
import { TestContainerizer } from './test-containerizer.ts';
import type { CreateExecutor } from './test-containerizer.ts';

/** Options of `startTestAgent`. */
export interface StartTestAgentOptions {
  readonly network: MemoryNetwork;
  readonly clock: Clock;
  readonly random?: Random;
  /** `master@ip:port`, or `ip:port`. */
  readonly master: string;
  /** Flags besides the master and the work directory. @default 4 cpus, 4096 MB, ports [31000-32000] */
  readonly flags?: Partial<AgentFlags>;
  /** @default `master`, for ever */
  readonly detector?: MasterDetector;
  /** Makes the actors of containers. */
  readonly createExecutor?: CreateExecutor;
}

/** An agent without processes, files or sockets. */
export interface TestAgent {
  readonly handle: AgentHandle;
  readonly runtime: Runtime;
  readonly containerizer: TestContainerizer;
  readonly sandboxes: MemorySandboxes;
}

/** Starts an agent on a network in memory; its executors are actors. Close its runtime at the end. */
export async function startTestAgent(options: StartTestAgentOptions): Promise<TestAgent> {
  const runtime = await new Runtime({
    clock: options.clock,
    transport: options.network.transport(),
    delegate: agentProcessId,
    copyLocalMessages: true,
    ...(options.random === undefined ? {} : { random: options.random }),
  }).start();
  const master = PID.parse(options.master.includes('@') ? options.master : `${masterProcessId}@${options.master}`);
  const containerizer = new TestContainerizer(runtime, options.createExecutor);
  const sandboxes = new MemorySandboxes();
  const handle = await startAgent({
    flags: {
      resources: 'cpus:4;mem:4096;disk:4096;ports:[31000-32000]',
      hostname: 'agent.example',
      ...options.flags,
      master: options.master,
      work_dir: '/work_dir',
    },
    runtime,
    containerizer: () => containerizer,
    sandboxes,
    detector: options.detector ?? {
      detect: () => Promise.resolve(master),
      hostname: () => Promise.resolve('master.example'),
    },
    machine: { cpus: 4, memBytes: undefined, diskBytes: undefined },
    commandExecutor: { file: '/usr/libexec/mesos-executor', arguments: ['mesos-executor'] },
  });
  return { handle, runtime, containerizer, sandboxes };
}

/** A framework for tests. */
export function testFramework(id = 'framework', overrides: Partial<FrameworkInfo> = {}): FrameworkInfo {
  return { id: { value: id }, name: id, user: '', roles: ['*'], capabilities: [{ type: 'MULTI_ROLE' }], ...overrides };
}

/** A task with a command and without an executor. */
export function commandTask(taskId: string, agentId: string, overrides: Partial<TaskInfo> = {}): TaskInfo {
  const resources = (parseResources('cpus:1;mem:64').value ?? Resources.empty).allocate('*').toArray();
  return {
    name: taskId,
    task_id: { value: taskId },
    agent_id: { value: agentId },
    resources,
    command: { value: 'true' },
    ...overrides,
  };
}

/** The message that runs a task. */
export function runTaskMessage(task: TaskInfo, framework: FrameworkInfo = testFramework()): RunTaskMessage {
  return { framework, task };
}
