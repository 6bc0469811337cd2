/** The agent's side of the executor API: calls of executors, and messages to them. */
import type { PID } from '@mesos-ts/libprocess';
import type {
  AgentInfo,
  AuthenticateExecutorMessage,
  ExecutorCall,
  ExecutorCall_Subscribe,
  FrameworkToExecutorMessage,
} from '@mesos-ts/protocol';

import type { AgentContext } from '../context.ts';
import { wasEverSentTask } from '../state/executor-state.ts';
import type { ExecutorConnection } from '../state/executor-connection.ts';
import type { ExecutorState } from '../state/executor-state.ts';
import type { FrameworkState } from '../state/framework-state.ts';
import { droppedState } from '../tasks/status-updates.ts';
import type { StatusUpdates } from '../tasks/status-updates.ts';
import type { TaskLauncher } from '../tasks/task-launcher.ts';
import { validateExecutorCall } from '../validation.ts';
import type { Executors } from './executors.ts';

/** An executor of this agent, and its framework. */
export interface KnownExecutor {
  readonly framework: FrameworkState;
  readonly executor: ExecutorState;
}

/** Answers executors, whichever way they come. */
export class ExecutorDoor {
  readonly #context: AgentContext;
  readonly #updates: StatusUpdates;
  readonly #executors: Executors;
  readonly #launcher: TaskLauncher;
  /** Executors by the key of their connection; each until the connection there breaks, which it does at the latest when they end. */
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

  /** An actor shows the token of an executor. It counts for that executor until another shows it. */
  authenticate(from: PID, { executor_id, framework_id, token }: AuthenticateExecutorMessage): void {
    const { executorTokens, runtime, state } = this.#context;
    const executor = state.frameworks.get(framework_id.value)?.executors.get(executor_id.value);
    if (executor === undefined || executorTokens?.isTokenOf(executor, token) !== true) {
      runtime.logger.warn(`${from.toString()} shows a token that is not that of executor '${executor_id.value}'`);
      return;
    }
    executor.provenKey = this.#actorConnection(from).key;
  }

  /** Handles a call of an actor. One that is refused is logged and counted; an executor that is not known here is told to end. */
  receive(from: PID, call: ExecutorCall): void {
    const { runtime } = this.#context;
    const connection = this.#actorConnection(from);
    const sender = `executor '${call.executor_id.value}' of framework ${call.framework_id.value}`;
    const invalid = this.validate(call);
    if (invalid !== undefined) {
      runtime.logger.warn(`Refusing a call of ${sender}: ${invalid}`);
      connection.send({ type: 'ERROR', error: { message: invalid } });
      return;
    }
    if (call.type === 'HEARTBEAT') return;
    const found = this.find(call);
    if ('missing' in found) {
      runtime.logger.warn(`Shutting down unknown ${sender}`);
      connection.send({ type: 'SHUTDOWN' });
    } else if (this.#context.executorTokens?.areRequired === true && found.executor.provenKey !== connection.key) {
      runtime.logger.warn(`Refusing a call of ${sender}: it has not proved who it is`);
      connection.send({ type: 'ERROR', error: { message: 'Executor is not authenticated' } });
    } else if (call.type === 'SUBSCRIBE' && call.subscribe !== undefined) {
      this.#context.link(from);
      this.subscribe(found, connection, call.subscribe);
    } else if (found.executor.connection?.key === connection.key) {
      this.perform(found.executor, call);
    } else {
      runtime.logger.warn(`Refusing a call of ${sender}: it is not subscribed`);
      connection.send({ type: 'ERROR', error: { message: 'Executor is not subscribed' } });
    }
  }

  /** Says what is wrong with a call. */
  validate(call: ExecutorCall): string | undefined {
    const invalid = validateExecutorCall(call);
    if (invalid !== undefined && call.type === 'UPDATE') this.#context.counters.invalidStatusUpdates.increment();
    return invalid;
  }

  /** The executor that a call speaks of, or which part of its name is not known here. */
  find(call: ExecutorCall): KnownExecutor | { readonly missing: 'Executor' | 'Framework' } {
    const framework = this.#context.state.frameworks.get(call.framework_id.value);
    if (framework === undefined) return { missing: 'Framework' };
    const executor = framework.executors.get(call.executor_id.value);
    return executor === undefined ? { missing: 'Executor' } : { framework, executor };
  }

  /** Does what an executor that has subscribed asks for. */
  perform(executor: ExecutorState, call: ExecutorCall): void {
    if (call.type === 'UPDATE' && call.update !== undefined) {
      this.#updates.fromExecutor(executor, call.update.status);
    } else if (call.type === 'MESSAGE' && call.message !== undefined) {
      this.#forwardMessage(executor, call.message.data);
    }
  }

  /** Passes a message of a scheduler on to an executor. */
  deliverMessage(message: FrameworkToExecutorMessage): void {
    const { counters, runtime, state } = this.#context;
    const executor = state.frameworks.get(message.framework_id.value)?.executors.get(message.executor_id.value);
    if (executor?.connection === undefined || executor.phase !== 'RUNNING') {
      counters.invalidFrameworkMessages.increment();
      runtime.logger.warn(`Dropping a message for executor '${message.executor_id.value}': it does not run`);
      return;
    }
    counters.validFrameworkMessages.increment();
    executor.connection.send({ type: 'MESSAGE', message: { data: message.data } });
  }

  /** The connection to an executor broke. Its container tells when it really has ended. */
  disconnected(connectionKey: string): void {
    const executor = this.#connected.get(connectionKey);
    this.#connected.delete(connectionKey);
    if (executor?.connection?.key === connectionKey) executor.connection = undefined;
  }

  /** SUBSCRIBE: from now on the executor is sent events over this connection. Whichever it had before ends. */
  subscribe(
    { executor, framework }: KnownExecutor,
    connection: ExecutorConnection,
    subscribe: ExecutorCall_Subscribe,
  ): void {
    const { runtime } = this.#context;
    const isEnding = executor.phase === 'TERMINATING' || executor.phase === 'TERMINATED';
    if (isEnding || framework.phase === 'TERMINATING' || this.#context.isTerminating()) {
      runtime.logger.warn(`Shutting down executor '${executor.id}', which is to end`);
      connection.send({ type: 'SHUTDOWN' });
      connection.close();
      return;
    }
    runtime.logger.info(`Executor '${executor.id}' of framework ${framework.id} subscribed from ${connection.key}`);
    // Who asks again over a connection that holds still gets everything that was sent, in order.
    const isRepeated = executor.connection?.key === connection.key;
    if (executor.connection !== undefined && !isRepeated) {
      this.#connected.delete(executor.connection.key);
      executor.connection.close();
    }
    executor.phase = 'RUNNING';
    executor.connection = connection;
    this.#connected.set(connection.key, executor);
    for (const update of subscribe.unacknowledged_updates ?? []) this.#takeUpdate(executor, update);
    if (!isRepeated) this.#dropUndelivered(framework, executor, subscribe);
    if (executor.queuedTasks.size === 0 && !wasEverSentTask(executor)) {
      runtime.logger.warn(`Shutting down executor '${executor.id}': all its tasks were killed before it got them`);
      this.#executors.shutdown(executor);
      return;
    }
    connection.send({
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

  /**
   * Tasks that were sent while nobody was listening: neither their states nor the executor's list tell of them. In Mesos's words, though
   * it need not have been the agent that was started again.
   */
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
        reason: 'REASON_AGENT_RESTARTED',
        message: 'Task launched during agent restart',
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

  #actorConnection(pid: PID): ExecutorConnection {
    return {
      key: pid.toString(),
      pid,
      send: (event) => {
        this.#context.send(pid, 'mesos.v1.executor.Event', event);
      },
      // Connections between runtimes are shared by all their actors: there is nothing to close for one of them.
      close: () => undefined,
    };
  }
}
