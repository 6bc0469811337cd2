/** The agent's side of a master, for tests: it registers agents, sends what it is told to and keeps what it receives. */
import { Process } from '@mesos-ts/libprocess';
import type { PID, ProcessRuntime } from '@mesos-ts/libprocess';
import { checker } from '@mesos-ts/protocol';
import type { MessageName, MessageOf, StatusUpdate } from '@mesos-ts/protocol';

import { agentProcessId, masterProcessId } from '../constants.ts';

/** A message from an agent. */
export type Received = { [N in MessageName]: { readonly name: N; readonly body: MessageOf<N> } }[MessageName];

/** Options of `TestMaster`. */
export interface TestMasterOptions {
  /** Whether it answers registrations. @default true */
  readonly registers?: boolean;
  /** Whether it acknowledges every status update as if the framework had. @default true */
  readonly acknowledges?: boolean;
  /** What it tells agents about pings; it sends none by itself. @default nothing */
  readonly totalPingTimeoutSeconds?: number;
}

const kept: readonly MessageName[] = [
  'mesos.internal.ExecutorToFrameworkMessage',
  'mesos.internal.ExitedExecutorMessage',
  'mesos.internal.PongAgentMessage',
  'mesos.internal.RegisterAgentMessage',
  'mesos.internal.ReregisterAgentMessage',
  'mesos.internal.StatusUpdateMessage',
  'mesos.internal.UnregisterAgentMessage',
];

/** A master for one agent. */
export class TestMaster {
  readonly pid: PID;
  readonly #process: TestMasterProcess;
  readonly #runtime: ProcessRuntime;

  constructor(runtime: ProcessRuntime, options: TestMasterOptions = {}) {
    this.#runtime = runtime;
    this.#process = new TestMasterProcess(options);
    this.pid = runtime.spawn(this.#process);
  }

  /** What it has received under a name, in order. */
  received<N extends MessageName>(name: N): MessageOf<N>[] {
    return this.#process.messages
      .filter((message) => message.name === name)
      .map((message) => message.body as MessageOf<N>);
  }

  /** The status updates it has received, repeated ones included, in order. */
  get updates(): StatusUpdate[] {
    return this.received('mesos.internal.StatusUpdateMessage').map((message) => message.update);
  }

  /** The updates' states of a task, in order. */
  states(taskId: string): string[] {
    return this.updates.filter((update) => update.status.task_id.value === taskId).map((update) => update.status.state);
  }

  /** Sends a message to the agent that registered last, or to another. */
  send<N extends MessageName>(name: N, body: MessageOf<N>, to?: PID): void {
    this.#runtime.tell(this.#process.self, 'post', name, body, to);
  }

  /** Acknowledges an update. */
  acknowledge(update: StatusUpdate): void {
    this.#runtime.tell(this.#process.self, 'acknowledge', update);
  }

  /** Ends it, so that the agent hears that it is gone. */
  end(): void {
    this.#runtime.terminate(this.pid);
  }
}

class TestMasterProcess extends Process {
  readonly messages: { name: MessageName; body: unknown }[] = [];
  readonly #options: TestMasterOptions;
  #agent: PID | undefined;
  /** An agent that asks again was not answered yet, or lost the answer: it gets the same id. */
  readonly #ids = new Map<string, string>();

  constructor(options: TestMasterOptions) {
    super(masterProcessId);
    this.#options = options;
  }

  post(name: MessageName, body: unknown, to?: PID): void {
    const agent = to ?? this.#agent;
    if (agent !== undefined) this.send(agent, name, body);
  }

  acknowledge(update: StatusUpdate): void {
    const { uuid, agent_id: agentId, framework_id: frameworkId, status } = update;
    this.post('mesos.internal.StatusUpdateAcknowledgementMessage', {
      agent_id: agentId,
      framework_id: frameworkId,
      task_id: status.task_id,
      uuid,
    });
  }

  protected override initialize(): void {
    for (const name of kept) {
      this.install(
        name,
        (from, body) => {
          this.messages.push({ name, body });
          this.#answer(from, name, body);
        },
        checker(name),
      );
    }
  }

  #answer(from: PID, name: MessageName, body: unknown): void {
    if (name === 'mesos.internal.RegisterAgentMessage') this.#register(from, this.#idOf(from), name);
    if (name === 'mesos.internal.ReregisterAgentMessage') {
      const { agent } = body as MessageOf<typeof name>;
      this.#register(from, agent.id?.value ?? '', name);
    }
    if (name === 'mesos.internal.StatusUpdateMessage' && (this.#options.acknowledges ?? true)) {
      this.acknowledge((body as MessageOf<typeof name>).update);
    }
  }

  #idOf(agent: PID): string {
    const id = this.#ids.get(agent.toString()) ?? `agent-${this.#ids.size + 1}`;
    this.#ids.set(agent.toString(), id);
    return id;
  }

  #register(from: PID, agentId: string, name: MessageName): void {
    if (from.id !== agentProcessId) return;
    this.#agent = from;
    this.link(from);
    if (!(this.#options.registers ?? true)) return;
    const seconds = this.#options.totalPingTimeoutSeconds;
    const answer =
      name === 'mesos.internal.RegisterAgentMessage'
        ? 'mesos.internal.AgentRegisteredMessage'
        : 'mesos.internal.AgentReregisteredMessage';
    this.send(from, answer, {
      agent_id: { value: agentId },
      ...(seconds === undefined ? {} : { connection: { total_ping_timeout_seconds: seconds } }),
    });
  }
}
