/** An executor as an actor of the agent's own runtime, for tests and benchmarks: it does as it is told and runs nothing. */
import { PID, Process } from '@mesos-ts/libprocess';
import { checker, parseUuid } from '@mesos-ts/protocol';
import type { ExecutorEvent, TaskInfo, TaskState } from '@mesos-ts/protocol';

import type { ContainerConfig } from '../containerizer/containerizer.ts';

/** Options of `TestExecutor`. */
export interface TestExecutorOptions {
  readonly config: ContainerConfig;
  /** The states that a task goes through by itself when it is launched. @default TASK_RUNNING */
  readonly states?: (task: TaskInfo) => readonly TaskState[];
  /** Whether it ends with its last task, as the command executor does. @default true for the executor of a command task */
  readonly endsWithTasks?: boolean;
  /** Whether it subscribes when it starts. @default true */
  readonly subscribes?: boolean;
  /** Whether it shows the agent its token, if it has got one. @default true */
  readonly showsToken?: boolean;
  /** Whether it ends when it is told to. @default true */
  readonly obeysShutdown?: boolean;
}

const terminal = new Set<TaskState>(['TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED']);

/** An executor without processes. Tests may dispatch `update` and `leave` to it. */
export class TestExecutor extends Process {
  readonly #options: TestExecutorOptions;
  readonly #tasks = new Set<string>();
  readonly #events: ExecutorEvent[] = [];
  #agent!: PID;

  constructor(options: TestExecutorOptions) {
    super();
    this.#options = options;
  }

  /** What it has received from the agent, in order. */
  events(): readonly ExecutorEvent[] {
    return this.#events;
  }

  /** Reports a state of a task. Answers the update's uuid. */
  update(taskId: string, state: TaskState, uuid: Uint8Array = this.#uuid()): Uint8Array {
    this.#call({
      type: 'UPDATE',
      update: { status: { task_id: { value: taskId }, state, source: 'SOURCE_EXECUTOR', uuid } },
    });
    if (terminal.has(state)) this.#tasks.delete(taskId);
    const endsWithTasks = this.#options.endsWithTasks ?? this.#options.config.task !== undefined;
    if (endsWithTasks && terminal.has(state) && this.#tasks.size === 0) this.leave();
    return uuid;
  }

  /** Sends a message to the scheduler. */
  message(data: Uint8Array): void {
    this.#call({ type: 'MESSAGE', message: { data } });
  }

  /** Subscribes, for the first time or again. */
  subscribe(): void {
    const { environment, executorInfo, frameworkId } = this.#options.config;
    const token = environment['MESOS_EXECUTOR_AUTHENTICATION_TOKEN'];
    if (token !== undefined && (this.#options.showsToken ?? true)) {
      this.send(this.#agent, 'mesos.internal.AuthenticateExecutorMessage', {
        executor_id: executorInfo.executor_id,
        framework_id: { value: frameworkId },
        token,
      });
    }
    this.#call({ type: 'SUBSCRIBE', subscribe: {} });
  }

  /** Ends, after what it has sent. */
  leave(): void {
    this.terminate({ inject: false });
  }

  protected override initialize(): void {
    this.#agent = PID.parse(this.#options.config.environment['MESOS_SLAVE_PID'] ?? '');
    this.install<ExecutorEvent>(
      'mesos.v1.executor.Event',
      (_from, event) => {
        this.#receive(event);
      },
      checker('mesos.v1.executor.Event'),
    );
    this.link(this.#agent);
    if (this.#options.subscribes ?? true) this.subscribe();
  }

  #receive(event: ExecutorEvent): void {
    this.#events.push(event);
    if (event.type === 'LAUNCH' && event.launch !== undefined) {
      const { task } = event.launch;
      this.#tasks.add(task.task_id.value);
      for (const state of this.#options.states?.(task) ?? ['TASK_RUNNING']) this.update(task.task_id.value, state);
    } else if (event.type === 'KILL' && event.kill !== undefined) {
      this.update(event.kill.task_id.value, 'TASK_KILLED');
    } else if (event.type === 'SHUTDOWN' && (this.#options.obeysShutdown ?? true)) {
      this.leave();
    }
  }

  #call(call: Record<string, unknown>): void {
    const { config } = this.#options;
    this.send(this.#agent, 'mesos.v1.executor.Call', {
      executor_id: config.executorInfo.executor_id,
      framework_id: { value: config.frameworkId },
      ...call,
    });
  }

  #uuid(): Uint8Array {
    return parseUuid(this.runtime.random.uuid()) ?? this.runtime.random.bytes(16);
  }
}
