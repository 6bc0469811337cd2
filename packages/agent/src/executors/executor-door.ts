/** The agent's side of the executor API: calls of executors, and messages to them. */
import type { PID } from '@mesos-ts/libprocess';
import type { AgentInfo, ExecutorCall, ExecutorCall_Subscribe, FrameworkToExecutorMessage } from '@mesos-ts/protocol';

import type { AgentContext } from '../context.ts';
import { wasEverSentTask } from '../state/executor-state.ts';
import type { ExecutorState } from '../state/executor-state.ts';
import type { FrameworkState } from '../state/framework-state.ts';
import { droppedState } from '../tasks/status-updates.ts';
import type { StatusUpdates } from '../tasks/status-updates.ts';
import type { TaskLauncher } from '../tasks/task-launcher.ts';
import { validateExecutorCall } from '../validation.ts';
import type { Executors } from './executors.ts';

/** Answers executors. */
export class ExecutorDoor {
  readonly #context: AgentContext;
  readonly #updates: StatusUpdates;
  readonly #executors: Executors;
  readonly #launcher: TaskLauncher;
  /** Executors by where they listen; each until the connection there breaks, which it does at the latest when they end. */
  readonly #connected = new Map<string, ExecutorState>();
  /** How to tell an executor about the agent: its description with its id. */
  readonly #agentInfo: () => AgentInfo;

  constructor(
    context: AgentContext,
    parts: { updates: StatusUpdates; executors: Executors; launcher: TaskLauncher },
    agentInfo: () => AgentInfo,
  ) {
    this.#context = context;
    this.#updates = parts.updates;
    this.#executors = parts.executors;
    this.#launcher = parts.launcher;
    this.#agentInfo = agentInfo;
  }

  /** Handles a call. One that is refused is logged and counted; an executor that is not known here is told to end. */
  receive(from: PID, call: ExecutorCall): void {
    const { counters, runtime, state } = this.#context;
    const sender = `executor '${call.executor_id.value}' of framework ${call.framework_id.value}`;
    const invalid = validateExecutorCall(call);
    if (invalid !== undefined) {
      if (call.type === 'UPDATE') counters.invalidStatusUpdates.increment();
      runtime.logger.warn(`Refusing a call of ${sender}: ${invalid}`);
      this.#context.send(from, 'mesos.v1.executor.Event', { type: 'ERROR', error: { message: invalid } });
      return;
    }
    const framework = state.frameworks.get(call.framework_id.value);
    const executor = framework?.executors.get(call.executor_id.value);
    if (framework === undefined || executor === undefined) {
      runtime.logger.warn(`Shutting down unknown ${sender}`);
      this.#shutDown(from);
    } else if (call.type === 'SUBSCRIBE' && call.subscribe !== undefined) {
      this.#subscribe(from, framework, executor, call.subscribe);
    } else if (executor.pid === undefined || !executor.pid.equals(from)) {
      runtime.logger.warn(`Refusing a call of ${sender}: it is not subscribed`);
      this.#context.send(from, 'mesos.v1.executor.Event', {
        type: 'ERROR',
        error: { message: 'Executor is not subscribed' },
      });
    } else if (call.type === 'UPDATE' && call.update !== undefined) {
      this.#updates.fromExecutor(executor, call.update.status);
    } else if (call.type === 'MESSAGE' && call.message !== undefined) {
      this.#forwardMessage(executor, call.message.data);
    }
  }

  /** Passes a message of a scheduler on to an executor. */
  deliverMessage(message: FrameworkToExecutorMessage): void {
    const { counters, runtime, state } = this.#context;
    const executor = state.frameworks.get(message.framework_id.value)?.executors.get(message.executor_id.value);
    if (executor?.pid === undefined || executor.phase !== 'RUNNING') {
      counters.invalidFrameworkMessages.increment();
      runtime.logger.warn(`Dropping a message for executor '${message.executor_id.value}': it does not run`);
      return;
    }
    counters.validFrameworkMessages.increment();
    this.#context.send(executor.pid, 'mesos.v1.executor.Event', { type: 'MESSAGE', message: { data: message.data } });
  }

  /** The connection to an executor broke. Its container tells when it really has ended. */
  exited(pid: PID): void {
    const executor = this.#connected.get(pid.toString());
    this.#connected.delete(pid.toString());
    if (executor?.pid?.equals(pid) === true) executor.pid = undefined;
  }

  #subscribe(from: PID, framework: FrameworkState, executor: ExecutorState, subscribe: ExecutorCall_Subscribe): void {
    const { runtime } = this.#context;
    const isEnding = executor.phase === 'TERMINATING' || executor.phase === 'TERMINATED';
    if (isEnding || framework.phase === 'TERMINATING' || this.#context.isTerminating()) {
      runtime.logger.warn(`Shutting down executor '${executor.id}', which is to end`);
      this.#shutDown(from);
      return;
    }
    runtime.logger.info(`Executor '${executor.id}' of framework ${framework.id} subscribed from ${from.toString()}`);
    // Who asks again over a connection that holds still gets everything that was sent, in order.
    const isRepeated = executor.pid?.equals(from) === true;
    executor.phase = 'RUNNING';
    executor.pid = from;
    this.#connected.set(from.toString(), executor);
    this.#context.link(from);
    for (const update of subscribe.unacknowledged_updates ?? []) this.#takeUpdate(executor, update);
    if (!isRepeated) this.#dropUndelivered(framework, executor, subscribe);
    if (executor.queuedTasks.size === 0 && !wasEverSentTask(executor)) {
      runtime.logger.warn(`Shutting down executor '${executor.id}': all its tasks were killed before it got them`);
      this.#executors.shutdown(executor);
      return;
    }
    this.#context.send(from, 'mesos.v1.executor.Event', {
      type: 'SUBSCRIBED',
      subscribed: {
        executor_info: executor.info,
        framework_info: framework.info,
        agent_info: this.#agentInfo(),
        container_id: { value: executor.containerId },
      },
    });
    this.#launcher.deliver(executor);
  }

  #takeUpdate(executor: ExecutorState, update: { status: Parameters<StatusUpdates['fromExecutor']>[1] }): void {
    const call: ExecutorCall = {
      type: 'UPDATE',
      executor_id: { value: executor.id },
      framework_id: { value: executor.frameworkId },
      update,
    };
    const invalid = validateExecutorCall(call);
    if (invalid === undefined) this.#updates.fromExecutor(executor, update.status);
    else this.#context.counters.invalidStatusUpdates.increment();
  }

  /** Tasks that were sent while nobody was listening: neither their states nor the executor's list tell of them. */
  #dropUndelivered(framework: FrameworkState, executor: ExecutorState, subscribe: ExecutorCall_Subscribe): void {
    const known = new Set((subscribe.unacknowledged_tasks ?? []).map((task) => task.task_id.value));
    const told = new Set((subscribe.unacknowledged_updates ?? []).map((update) => update.status.task_id.value));
    for (const [taskId, task] of executor.launchedTasks) {
      if (task.state !== 'TASK_STAGING' || known.has(taskId) || told.has(taskId)) continue;
      this.#updates.fromAgent({
        frameworkId: framework.id,
        taskId,
        executorId: executor.id,
        state: droppedState(framework.info),
        reason: 'REASON_AGENT_DISCONNECTED',
        message: 'Task was lost on the way to its executor',
      });
    }
  }

  #forwardMessage(executor: ExecutorState, data: Uint8Array): void {
    const agentId = this.#context.agentId();
    if (agentId === undefined) return;
    this.#context.counters.validFrameworkMessages.increment();
    this.#context.sendToMaster('mesos.internal.ExecutorToFrameworkMessage', {
      agent_id: { value: agentId },
      framework_id: { value: executor.frameworkId },
      executor_id: { value: executor.id },
      data,
    });
  }

  #shutDown(pid: PID): void {
    this.#context.send(pid, 'mesos.v1.executor.Event', { type: 'SHUTDOWN' });
  }
}
