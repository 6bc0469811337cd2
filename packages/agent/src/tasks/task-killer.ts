/** Kills tasks, wherever they are on their way. */
import type { KillPolicy, KillTaskMessage } from '@mesos-ts/protocol';

import type { AgentContext } from '../context.ts';
import type { Executors } from '../executors/executors.ts';
import { wasEverSentTask } from '../state/executor-state.ts';
import type { ExecutorState } from '../state/executor-state.ts';
import { executorOfTask } from '../state/framework-state.ts';
import { droppedState } from './status-updates.ts';
import type { StatusUpdates } from './status-updates.ts';

/** Kills tasks. */
export class TaskKiller {
  readonly #context: AgentContext;
  readonly #updates: StatusUpdates;
  readonly #executors: Executors;

  constructor(context: AgentContext, updates: StatusUpdates, executors: Executors) {
    this.#context = context;
    this.#updates = updates;
    this.#executors = executors;
  }

  /** Kills a task: takes it from the queue, or asks its executor to; one that is not here is reported as such. */
  kill(message: KillTaskMessage): void {
    const { runtime, state } = this.#context;
    const taskId = message.task_id.value;
    const framework = state.frameworks.get(message.framework_id.value);
    runtime.logger.info(`Asked to kill task '${taskId}' of framework ${message.framework_id.value}`);
    if (framework === undefined || framework.phase === 'TERMINATING' || this.#context.isTerminating()) {
      runtime.logger.warn(`Ignoring the kill of task '${taskId}': its framework does not run here`);
      return;
    }
    const executor = executorOfTask(framework, taskId);
    if (executor === undefined) {
      this.#updates.fromAgent({
        frameworkId: framework.id,
        taskId,
        state: droppedState(framework.info),
        reason: 'REASON_EXECUTOR_TERMINATED',
        message: 'Cannot find executor',
      });
      return;
    }
    this.#kill(executor, taskId, message.kill_policy);
  }

  #kill(executor: ExecutorState, taskId: string, killPolicy: KillPolicy | undefined): void {
    if (executor.phase === 'TERMINATING' || executor.phase === 'TERMINATED') {
      this.#context.runtime.logger.warn(`Ignoring the kill of task '${taskId}': its executor is ending`);
    } else if (executor.queuedTasks.has(taskId)) {
      this.#killQueued(executor, taskId);
    } else if (executor.connection !== undefined) {
      executor.connection.send({
        type: 'KILL',
        kill: { task_id: { value: taskId }, ...(killPolicy === undefined ? {} : { kill_policy: killPolicy }) },
      });
    } else {
      this.#context.runtime.logger.warn(`The kill of task '${taskId}' is lost: its executor is not connected`);
    }
  }

  #killQueued(executor: ExecutorState, taskId: string): void {
    this.#updates.fromAgent({
      frameworkId: executor.frameworkId,
      taskId,
      state: 'TASK_KILLED',
      reason: 'REASON_TASK_KILLED_DURING_LAUNCH',
      message: 'Killed before delivery to the executor',
      executorId: executor.id,
    });
    // An executor without a first task would wait for one forever.
    const isUseless = executor.queuedTasks.size === 0 && !wasEverSentTask(executor);
    if (isUseless) this.#executors.shutdown(executor);
  }
}
