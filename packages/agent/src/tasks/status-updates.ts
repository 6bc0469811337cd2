/** The way of a status update through the agent: completed, applied to the task, handed over to be sent reliably. */
import { errorText, parseAddress } from '@mesos-ts/libprocess';
import { createStatusUpdate, hasCapability, isTerminalState, parseUuid, wrapStatus } from '@mesos-ts/protocol';
import type {
  ContainerStatus,
  FrameworkInfo,
  NetworkInfo,
  StatusUpdate,
  TaskState,
  TaskStatus,
  TaskStatus_Reason,
} from '@mesos-ts/protocol';

import type { AgentContext } from '../context.ts';
import { executorOfContainer } from '../state/agent-state.ts';
import { noteForwardedUpdate, updateTaskState } from '../state/executor-state.ts';
import type { ExecutorState } from '../state/executor-state.ts';
import { executorOfTask } from '../state/framework-state.ts';

/** An update that the agent itself makes. */
export interface AgentUpdate {
  readonly frameworkId: string;
  readonly taskId: string;
  readonly state: TaskState;
  readonly reason: TaskStatus_Reason;
  readonly message: string;
  readonly executorId?: string | undefined;
}

/** The executor that sent an update and waits for the agent to say that it has it; undefined for the agent's own. */
type Sender = ExecutorState | undefined;

/** The state of a task that never ran: what a framework that does not know the finer states is told is that it is lost. */
export function droppedState(framework: FrameworkInfo | undefined): TaskState {
  return framework !== undefined && hasCapability(framework, 'PARTITION_AWARE') ? 'TASK_DROPPED' : 'TASK_LOST';
}

/** The state of a task that ran and is gone, told likewise. */
function goneState(framework: FrameworkInfo): TaskState {
  return hasCapability(framework, 'PARTITION_AWARE') ? 'TASK_GONE' : 'TASK_LOST';
}

/** Handles updates made here and by executors. */
export class StatusUpdates {
  readonly #context: AgentContext;
  readonly #ownNetwork: NetworkInfo;

  constructor(context: AgentContext) {
    this.#context = context;
    const { ip } = parseAddress(context.self.address);
    this.#ownNetwork = { ip_addresses: [{ protocol: 'IPv4', ip_address: ip }] };
  }

  /** Makes an update and handles it. */
  fromAgent(made: AgentUpdate): void {
    this.#handle(this.#create(made), undefined);
  }

  /** Makes an update of a task whose framework may not be known here, and sends it reliably. */
  fromAgentForUnknown(made: AgentUpdate): void {
    this.#handOver(this.#create(made), undefined);
  }

  /** Handles a valid status from an executor that is known. */
  fromExecutor(executor: ExecutorState, status: TaskStatus): void {
    const agentId = this.#context.agentId();
    if (agentId === undefined) return;
    if (status.agent_id !== undefined && status.agent_id.value !== agentId) {
      this.#refuse(status, `it is of agent '${status.agent_id.value}'`);
      return;
    }
    const nowMs = this.#context.runtime.clock.now();
    const frameworkId = { value: executor.frameworkId };
    this.#handle(wrapStatus({ frameworkId, status, agentId: { value: agentId }, nowMs }), executor);
  }

  /**
   * Sends an update to the master, with the task's newest state beside the state that the update itself tells.
   * @param isNewest Whether the update told the newest state when it came. What has come since is behind it and is told next: where an
   * executor says at once that its task starts and that it runs, the master hears of both, one after the other.
   */
  forward(update: StatusUpdate, isNewest: boolean): void {
    const taskId = update.status.task_id.value;
    const framework = this.#context.state.frameworks.get(update.framework_id.value);
    const executor = framework === undefined ? undefined : executorOfTask(framework, taskId);
    const { uuid } = update;
    const latest =
      executor === undefined || uuid === undefined
        ? undefined
        : noteForwardedUpdate(executor, taskId, update.status.state, uuid);
    this.#context.sendToMaster('mesos.internal.StatusUpdateMessage', {
      update: latest === undefined ? update : { ...update, latest_state: isNewest ? update.status.state : latest },
      pid: this.#context.self.toString(),
    });
  }

  #create(made: AgentUpdate): StatusUpdate {
    const { runtime } = this.#context;
    const id = this.#context.agentId();
    return createStatusUpdate({
      frameworkId: { value: made.frameworkId },
      taskId: { value: made.taskId },
      state: made.state,
      source: 'SOURCE_AGENT',
      nowMs: runtime.clock.now(),
      uuid: parseUuid(runtime.random.uuid()),
      agentId: id === undefined ? undefined : { value: id },
      executorId: made.executorId === undefined ? undefined : { value: made.executorId },
      message: made.message,
      reason: made.reason,
    });
  }

  #handle(update: StatusUpdate, sender: Sender): void {
    const { status } = update;
    const taskId = status.task_id.value;
    const framework = this.#context.state.frameworks.get(update.framework_id.value);
    if (framework === undefined || framework.phase === 'TERMINATING') {
      // A framework that ends acknowledges nothing, so nothing is sent to it.
      this.#refuse(status, framework === undefined ? 'its framework is unknown' : 'its framework is terminating');
      // Its executors are to end, which they do when nothing that they said waits any more.
      if (sender !== undefined) this.#acknowledge(sender, update);
      return;
    }
    this.#context.counters.validStatusUpdates.increment();
    const executor = executorOfTask(framework, taskId);
    if (executor === undefined) {
      if (sender === undefined) framework.droppedTasks.add(taskId);
      this.#handOver(update, sender);
      return;
    }
    const neverReachedExecutor =
      executor.queuedTasks.has(taskId) ||
      (sender === undefined && (status.state === 'TASK_DROPPED' || status.state === 'TASK_LOST'));
    if (neverReachedExecutor) {
      this.#apply(update, sender, executor, undefined);
      return;
    }
    if (isTerminalState(status.state)) executor.endingTasks.add(taskId);
    this.#context.later(
      this.#context.containerizer.status(executor.containerId),
      (container) => {
        this.#apply(update, sender, executor, container);
      },
      () => {
        // The container is gone, which is no reason not to tell about its task.
        this.#apply(update, sender, executor, undefined);
      },
    );
  }

  #apply(update: StatusUpdate, sender: Sender, executor: ExecutorState, container: ContainerStatus | undefined): void {
    const { frameworkId, id, containerId } = executor;
    if (executorOfContainer(this.#context.state, frameworkId, id, containerId) === undefined) return;
    if (isTerminalState(update.status.state)) executor.endingTasks.delete(update.status.task_id.value);
    const completed = container === undefined ? update : this.#withContainer(update, container);
    const { status } = completed;
    const error = updateTaskState(executor, status);
    if (error !== undefined) {
      this.#context.runtime.logger.warn(`Ignoring status ${status.state} of task '${status.task_id.value}': ${error}`);
      // It must not send it again.
      if (sender !== undefined) this.#acknowledge(sender, completed);
      return;
    }
    if (!isTerminalState(status.state)) {
      this.#handOver(completed, sender);
      return;
    }
    this.#context.counters.taskEnded(status.state);
    this.#context.later(
      this.#context.containerizer.update(containerId, executor.allocated.toArray()),
      () => {
        this.#handOver(completed, sender);
      },
      (failure) => {
        this.containerUpdateFailed(executor, failure);
        this.#handOver(completed, sender);
      },
    );
  }

  /** Ends an executor whose container could not be given what it holds now. */
  containerUpdateFailed(executor: ExecutorState, failure: unknown): void {
    const { containerizer, runtime, state } = this.#context;
    const framework = state.frameworks.get(executor.frameworkId);
    const message = `Failed to update resources for container: ${errorText(failure)}`;
    runtime.logger.error(`${message}; destroying container '${executor.containerId}'`);
    if (framework !== undefined) {
      executor.pendingTermination = {
        state: goneState(framework.info),
        reason: 'REASON_CONTAINER_UPDATE_FAILED',
        message,
      };
    }
    containerizer.destroy(executor.containerId).catch((error: unknown) => {
      runtime.logger.error(`Failed to destroy container '${executor.containerId}': ${errorText(error)}`);
    });
  }

  #withContainer(update: StatusUpdate, container: ContainerStatus): StatusUpdate {
    const told = { ...update.status.container_status, ...container };
    const networks = told.network_infos ?? [];
    const containerStatus = { ...told, network_infos: networks.length === 0 ? [this.#ownNetwork] : networks };
    return { ...update, status: { ...update.status, container_status: containerStatus } };
  }

  #handOver(update: StatusUpdate, sender: Sender): void {
    const { runtime, statusUpdates } = this.#context;
    this.#context.later(
      runtime.dispatch(statusUpdates, 'update', [update]),
      (outcome) => {
        if (outcome === 'overflow') this.#refuse(update.status, 'too many of its task wait for an acknowledgement');
        else if (sender !== undefined) this.#acknowledge(sender, update);
      },
      (error) => {
        runtime.logger.error(`Failed to handle a status update: ${errorText(error)}`);
      },
    );
  }

  #acknowledge(executor: ExecutorState, update: StatusUpdate): void {
    const { uuid, status } = update;
    if (uuid === undefined) return;
    executor.connection?.send({
      type: 'ACKNOWLEDGED',
      acknowledged: { task_id: status.task_id, uuid },
    });
  }

  #refuse(status: TaskStatus, reason: string): void {
    this.#context.counters.invalidStatusUpdates.increment();
    this.#context.runtime.logger.warn(`Refusing status ${status.state} of task '${status.task_id.value}': ${reason}`);
  }
}
