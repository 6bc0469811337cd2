import { MemoryNetwork, Process, Runtime, SeededRandom } from '@mesos-ts/libprocess';
import type { PID, ProcessRuntime } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import type { ExecutorCall, ExecutorEvent, TaskInfo } from '@mesos-ts/protocol';
import { executorEnvironment } from '../../src/index.ts';
import type { ExecutorEnvironment } from '../../src/index.ts';

/** An agent that keeps the calls it gets and sends what the test tells it to. */
export class FakeAgent extends Process {
  readonly calls: ExecutorCall[] = [];
  /** What a SUBSCRIBE is answered with; undefined: nothing. */
  answer: ExecutorEvent | undefined = subscribed();
  /** Whether updates are acknowledged as they come. */
  acknowledges = true;
  /** Hears of each call when it has come. */
  onCall: (call: ExecutorCall) => void = () => undefined;
  onExited: () => void = () => undefined;
  #executor: PID | undefined;

  constructor() {
    super('slave(1)');
  }

  emit(event: unknown): void {
    if (this.#executor !== undefined) this.send(this.#executor, 'mesos.v1.executor.Event', event);
  }

  take(): ExecutorCall[] {
    return this.calls.splice(0);
  }

  /** The states and messages of the updates that have come. */
  updates(): string[] {
    return this.calls.flatMap(({ update }) => {
      if (update === undefined) return [];
      const { state, message, reason } = update.status;
      return [[state, message, reason].filter((part) => part !== undefined).join(' | ')];
    });
  }

  acknowledge({ update }: ExecutorCall): void {
    if (update?.status.uuid === undefined) return;
    const { task_id, uuid } = update.status;
    this.emit({ type: 'ACKNOWLEDGED', acknowledged: { task_id, uuid } });
  }

  protected override initialize(): void {
    this.install<ExecutorCall>('mesos.v1.executor.Call', (from, call) => {
      this.calls.push(call);
      this.#executor = from;
      if (call.type === 'SUBSCRIBE') {
        this.link(from);
        if (this.answer !== undefined) this.emit(this.answer);
      }
      if (this.acknowledges) this.acknowledge(call);
      this.onCall(call);
    });
  }

  protected override exited(): void {
    this.onExited();
  }
}

/** The answer to SUBSCRIBE, with these capabilities of the framework. */
export function subscribed(capabilities: readonly 'TASK_KILLING_STATE'[] = []): ExecutorEvent {
  return {
    type: 'SUBSCRIBED',
    subscribed: {
      executor_info: { executor_id: { value: 'e-1' } },
      framework_info: { name: 'f', user: 'u', capabilities: capabilities.map((type) => ({ type })) },
      agent_info: { hostname: 'host' },
    },
  };
}

/** A task of that id; with a command, if need be. */
export function task(id: string, more: Partial<TaskInfo> = {}): TaskInfo {
  return { name: id, task_id: { value: id }, agent_id: { value: 'a-1' }, ...more };
}

/** The environment variables of an executor of this agent. */
export function variables(agent: string): Record<string, string> {
  return {
    MESOS_SLAVE_PID: agent,
    MESOS_FRAMEWORK_ID: 'f-1',
    MESOS_EXECUTOR_ID: 'e-1',
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: '5secs',
    MESOS_RECOVERY_TIMEOUT: '15mins',
    MESOS_SUBSCRIPTION_BACKOFF_MAX: '2secs',
  };
}

/** An agent's runtime and an executor's, on a virtual clock. */
export class Machine {
  readonly clock = new TestClock();
  readonly #network = new MemoryNetwork();
  readonly executors = new Runtime({
    clock: this.clock,
    random: new SeededRandom(1),
    transport: this.#network.transport('10.0.0.1:40000'),
  });
  agent = new FakeAgent();
  #agents: Runtime | undefined;

  static async start(): Promise<Machine> {
    const machine = new Machine();
    await machine.executors.start();
    await machine.startAgent();
    return machine;
  }

  get environment(): ExecutorEnvironment {
    return executorEnvironment(variables('slave(1)@10.0.0.1:5051'));
  }

  get runtime(): ProcessRuntime {
    return this.executors;
  }

  /** Starts the agent, or one that knows nothing of the former. */
  async startAgent(): Promise<void> {
    this.#agents = new Runtime({ clock: this.clock, transport: this.#network.transport('10.0.0.1:5051') });
    await this.#agents.start();
    this.agent = new FakeAgent();
    this.#agents.spawn(this.agent);
  }

  async stopAgent(): Promise<void> {
    await this.#agents?.close();
    await this.clock.settle();
  }

  /** The agent sends an event, and everybody comes to rest. */
  async emit(event: unknown): Promise<void> {
    this.agent.emit(event);
    await this.clock.settle();
  }

  metric(name: string): number | undefined {
    return this.executors.metrics.snapshot()[name];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.executors.close();
    await this.#agents?.close();
  }
}
