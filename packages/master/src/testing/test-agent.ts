import { Process, type PID } from '@mesos-ts/libprocess';
import {
  check,
  createStatusUpdate,
  parseResources,
  type AgentInfo_Capability_Type,
  type ExecutorInfo,
  type FrameworkInfo,
  type MessageName,
  type MessageOf,
  type Task,
  type TaskState,
  type TaskStatus_Reason,
  type TaskStatus_Source,
} from '@mesos-ts/protocol';

/** Options of `TestAgent`. */
export interface TestAgentOptions {
  /** Where the master is, `master@ip:port`. */
  readonly master: PID;
  /** As for `--resources`. @default 'cpus:4;mem:4096;disk:8192;ports:[31000-32000]' */
  readonly resources?: string;
  /** @default 'test-agent' */
  readonly hostname?: string;
  /** @default those of Mesos 1.12 that have to do with roles */
  readonly capabilities?: readonly AgentInfo_Capability_Type[];
  /** The name of its actor. @default 'slave(1)' */
  readonly id?: string;
}

/** A message that the agent received. */
export interface ReceivedMessage {
  readonly name: string;
  readonly body: unknown;
}

/**
 * The master's side of an agent: an actor that registers, answers pings and remembers what it is told. It launches nothing by
 * itself; a test says what becomes of its tasks.
 */
export class TestAgent extends Process {
  /** Everything that was received, pings apart, in order. */
  readonly received: ReceivedMessage[] = [];
  /** Whether pings are answered. */
  answersPings = true;
  /** The `connected` of each ping. */
  readonly pings: boolean[] = [];
  /** How often the connection to the master broke. */
  exits = 0;
  agentId = '';
  readonly #options: TestAgentOptions;
  #updates = 0;

  constructor(options: TestAgentOptions) {
    super(options.id ?? 'slave(1)');
    this.#options = options;
  }

  protected override initialize(): void {
    const note = (name: MessageName, then?: (body: { agent_id: { value: string } }) => void): void => {
      this.install(name, (_from, body) => {
        this.received.push({ name, body: check(name, body) });
        then?.(body as { agent_id: { value: string } });
      });
    };
    const remember = (body: { agent_id: { value: string } }): void => {
      this.agentId = body.agent_id.value;
    };
    note('mesos.internal.AgentRegisteredMessage', remember);
    note('mesos.internal.AgentReregisteredMessage', remember);
    note('mesos.internal.RunTaskMessage');
    note('mesos.internal.RunTaskGroupMessage');
    note('mesos.internal.KillTaskMessage');
    note('mesos.internal.StatusUpdateAcknowledgementMessage');
    note('mesos.internal.ShutdownExecutorMessage');
    note('mesos.internal.ShutdownFrameworkMessage');
    note('mesos.internal.FrameworkToExecutorMessage');
    note('mesos.internal.ShutdownMessage');
    note('mesos.internal.UpdateFrameworkMessage');
    note('mesos.internal.ReconcileTasksMessage');
    this.install('mesos.internal.PingAgentMessage', (from, body) => {
      this.pings.push(check('mesos.internal.PingAgentMessage', body).connected);
      if (this.answersPings) this.send(from, 'mesos.internal.PongAgentMessage', {});
    });
    this.link(this.#options.master);
  }

  protected override exited(): void {
    this.exits++;
  }

  /** The messages of one name, in order. */
  of<N extends MessageName>(name: N): MessageOf<N>[] {
    return this.received.filter((message) => message.name === name).map(({ body }) => check(name, body));
  }

  /** Registers anew. */
  register(): void {
    this.tell('mesos.internal.RegisterAgentMessage', {
      agent: this.#info(),
      version: '1.12.0',
      agent_capabilities: this.#capabilities(),
    });
  }

  /** Registers again, with what it runs. */
  reregister(running: { tasks?: Task[]; executors?: ExecutorInfo[]; frameworks?: FrameworkInfo[] } = {}): void {
    this.link(this.#options.master);
    this.tell('mesos.internal.ReregisterAgentMessage', {
      agent: { ...this.#info(), id: { value: this.agentId } },
      version: '1.12.0',
      agent_capabilities: this.#capabilities(),
      tasks: running.tasks,
      executor_infos: running.executors,
      frameworks: running.frameworks,
    });
  }

  /** Sends a status update about a task and answers its uuid. */
  update(
    frameworkId: string,
    taskId: string,
    state: TaskState,
    options: {
      source?: TaskStatus_Source;
      reason?: TaskStatus_Reason;
      message?: string;
      latestState?: TaskState;
      data?: Uint8Array;
    } = {},
  ): Uint8Array {
    const uuid = new Uint8Array(16).fill(++this.#updates);
    uuid[6] = 0x40; // Version 4.
    const { latestState, ...rest } = options;
    const update = createStatusUpdate({
      frameworkId: { value: frameworkId },
      taskId: { value: taskId },
      agentId: { value: this.agentId },
      source: 'SOURCE_EXECUTOR',
      state,
      uuid,
      nowMs: this.runtime.clock.now(),
      ...rest,
    });
    this.tell('mesos.internal.StatusUpdateMessage', {
      update: { ...update, latest_state: latestState ?? state },
      pid: this.self.toString(),
    });
    return uuid;
  }

  /** Sends the master a message of any name and form. */
  tell(name: string, body: unknown): void {
    this.send(this.#options.master, name, body);
  }

  #info(): MessageOf<'mesos.v1.AgentInfo'> {
    const parsed = parseResources(this.#options.resources ?? 'cpus:4;mem:4096;disk:8192;ports:[31000-32000]');
    if (parsed.error !== undefined) throw new TypeError(parsed.error);
    return {
      hostname: this.#options.hostname ?? 'test-agent',
      port: 5051,
      resources: parsed.value.toArray(),
      attributes: [{ name: 'rack', type: 'TEXT', text: { value: 'r1' } }],
    };
  }

  #capabilities(): { type: AgentInfo_Capability_Type }[] {
    const types = this.#options.capabilities ?? ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT'];
    return types.map((type) => ({ type }));
  }
}
