/** Tasks on their way from the master to their executors. */
import { approversOf } from '@mesos-ts/daemon';
import { frameworkRoles } from '@mesos-ts/protocol';
import type {
  ExecutorInfo,
  FrameworkInfo,
  Resource,
  RunTaskGroupMessage,
  RunTaskMessage,
  TaskInfo,
  TaskStatus_Reason,
} from '@mesos-ts/protocol';

import type { AgentContext } from '../context.ts';
import { commandExecutorInfo } from '../executors/command-executor.ts';
import type { Executors } from '../executors/executors.ts';
import { unknownWaitStatus } from '../executors/termination.ts';
import { addFramework, executorOfContainer } from '../state/agent-state.ts';
import { hasLiveTask, launchQueuedTask, queueTask } from '../state/executor-state.ts';
import type { ExecutorState } from '../state/executor-state.ts';
import { executorOfTask } from '../state/framework-state.ts';
import type { FrameworkState } from '../state/framework-state.ts';
import { validateRunTask } from '../validation.ts';
import { decideLaunch } from './launch-decision.ts';
import { droppedState } from './status-updates.ts';
import type { StatusUpdates } from './status-updates.ts';

/** Runs tasks. */
export class TaskLauncher {
  readonly #context: AgentContext;
  readonly #updates: StatusUpdates;
  readonly #executors: Executors;
  /** Executors whose containers are being changed for tasks that wait. */
  readonly #delivering = new Set<ExecutorState>();

  constructor(context: AgentContext, updates: StatusUpdates, executors: Executors) {
    this.#context = context;
    this.#updates = updates;
    this.#executors = executors;
  }

  /** Runs a task: launches its executor, or gives it to the one that runs already. */
  run(message: RunTaskMessage): void {
    const agentId = this.#context.agentId();
    const frameworkId = message.framework.id?.value ?? message.framework_id?.value;
    const { logger } = this.#context.runtime;
    const { task } = message;
    if (agentId === undefined || frameworkId === undefined || task.agent_id.value !== agentId) {
      logger.warn(`Ignoring task '${task.task_id.value}': it is meant for agent ${task.agent_id.value}`);
      return;
    }
    if (this.#context.isTerminating()) {
      logger.warn(`Ignoring task '${task.task_id.value}': the agent is terminating`);
      return;
    }
    const framework = addFramework(this.#context.state, frameworkId, message.framework);
    const executorInfo = this.#executorInfo(task, framework);
    if (framework.phase === 'TERMINATING') {
      logger.warn(`Ignoring task '${task.task_id.value}': framework ${frameworkId} is terminating`);
      if (message.launch_executor === true && task.executor !== undefined) {
        this.#executors.sendExited(frameworkId, executorInfo.executor_id.value, unknownWaitStatus);
      }
      return;
    }
    logger.info(`Got assigned task '${task.task_id.value}' of framework ${frameworkId}`);
    this.#run(framework, agentId, message, executorInfo);
  }

  /** Refuses a task group: there is no executor here that could run it. */
  refuseGroup(message: RunTaskGroupMessage): void {
    const frameworkId = message.framework.id?.value;
    if (frameworkId === undefined) return;
    for (const task of message.task_group.tasks ?? []) {
      this.#updates.fromAgentForUnknown({
        frameworkId,
        taskId: task.task_id.value,
        executorId: message.executor.executor_id.value,
        state: 'TASK_ERROR',
        reason: 'REASON_TASK_GROUP_INVALID',
        message: 'Task groups are not supported by this agent',
      });
    }
    if (message.launch_executor === true) {
      this.#executors.sendExited(frameworkId, message.executor.executor_id.value, unknownWaitStatus);
    }
  }

  /**
   * Sends an executor that has subscribed the tasks that wait for it, once its container holds what they need. Tasks that come while
   * the container is being changed wait for the next change, which is for all of them.
   */
  deliver(executor: ExecutorState): void {
    if (this.#delivering.has(executor)) return;
    const { containerizer, state } = this.#context;
    const taskIds = [...executor.queuedTasks.keys()];
    this.#delivering.add(executor);
    this.#context.later(
      containerizer.update(executor.containerId, executor.allocated.toArray()),
      () => {
        this.#delivering.delete(executor);
        const { containerId, frameworkId, id } = executor;
        if (executorOfContainer(state, frameworkId, id, containerId) !== executor || executor.phase !== 'RUNNING')
          return;
        if (state.frameworks.get(frameworkId)?.phase === 'TERMINATING') return;
        for (const taskId of taskIds) this.#send(executor, taskId);
        if (executor.connection !== undefined && executor.queuedTasks.size > 0) this.deliver(executor);
      },
      (failure) => {
        this.#delivering.delete(executor);
        this.#updates.containerUpdateFailed(executor, failure);
      },
    );
  }

  #run(framework: FrameworkState, agentId: string, message: RunTaskMessage, info: ExecutorInfo): void {
    const task = withRole(message.task, framework.info);
    const taskId = task.task_id.value;
    const holder = executorOfTask(framework, taskId);
    if (holder !== undefined && hasLiveTask(holder, taskId)) {
      // Whatever is said of it now would be taken for the end of the one that runs.
      this.#context.runtime.logger.warn(`Ignoring task '${taskId}' of framework ${framework.id}: it is here already`);
      return;
    }
    const invalid = validateRunTask(message, info);
    const isCommandTask = message.task.executor === undefined;
    const executor = framework.executors.get(info.executor_id.value);
    if (invalid !== undefined) {
      this.#drop(framework, task, 'REASON_TASK_INVALID', invalid);
      if (executor === undefined && message.launch_executor === true && !isCommandTask) {
        this.#executors.sendExited(framework.id, info.executor_id.value, unknownWaitStatus);
      }
      return;
    }
    const forbidden = this.#forbids(framework, task);
    if (forbidden !== undefined) {
      this.#refuse(framework, task, 'REASON_TASK_UNAUTHORIZED', forbidden);
      if (executor === undefined && message.launch_executor === true && !isCommandTask) {
        this.#executors.sendExited(framework.id, info.executor_id.value, unknownWaitStatus);
      }
      return;
    }
    const { launch_executor: launchExecutor } = message;
    const decision = decideLaunch({ executor: executor?.phase, isCommandTask, launchExecutor });
    if (decision.kind === 'launch') {
      this.#executors.launch(framework, agentId, { info, task, isGeneratedForCommandTask: isCommandTask });
    } else if (decision.kind === 'queue' && executor !== undefined) {
      queueTask(executor, task);
      if (executor.phase === 'RUNNING') this.deliver(executor);
    } else if (decision.kind === 'drop') {
      this.#drop(framework, task, decision.reason, decision.message);
      if (decision.remedy === 'send exited') {
        this.#executors.sendExited(framework.id, info.executor_id.value, unknownWaitStatus);
      } else if (decision.remedy === 'shut down executor' && executor !== undefined) {
        this.#executors.shutdown(executor);
      }
    }
  }

  /** Why a framework may not run a task here, or nothing. The master has asked its own rules; users differ from machine to machine. */
  #forbids({ info }: FrameworkState, task: TaskInfo): string | undefined {
    const { principal } = info;
    const { approves } = approversOf(
      this.#context.authorizer,
      principal === undefined ? undefined : { value: principal },
    );
    if (approves('RUN_TASK', { framework_info: info, task_info: task })) return undefined;
    const user = task.command?.user ?? task.executor?.command?.user ?? info.user;
    return `Not authorized to launch task '${task.task_id.value}' as user '${user}'`;
  }

  #refuse(framework: FrameworkState, task: TaskInfo, reason: TaskStatus_Reason, message: string): void {
    const taskId = task.task_id.value;
    this.#context.runtime.logger.warn(`Refusing task '${taskId}' of framework ${framework.id}: ${message}`);
    framework.droppedTasks.add(taskId);
    this.#updates.fromAgentForUnknown({
      frameworkId: framework.id,
      taskId,
      state: 'TASK_ERROR',
      reason,
      message,
      executorId: task.executor?.executor_id.value ?? taskId,
    });
  }

  #drop(framework: FrameworkState, task: TaskInfo, reason: TaskStatus_Reason, message: string): void {
    const taskId = task.task_id.value;
    this.#context.runtime.logger.warn(`Dropping task '${taskId}' of framework ${framework.id}: ${message}`);
    framework.droppedTasks.add(taskId);
    this.#updates.fromAgentForUnknown({
      frameworkId: framework.id,
      taskId,
      state: droppedState(framework.info),
      reason,
      message,
      executorId: task.executor?.executor_id.value ?? taskId,
    });
  }

  #send(executor: ExecutorState, taskId: string): void {
    const task = executor.queuedTasks.get(taskId);
    // It may have been killed since.
    if (task === undefined || executor.connection === undefined) return;
    launchQueuedTask(executor, taskId);
    this.#context.runtime.logger.info(`Sending task '${taskId}' to executor '${executor.id}'`);
    executor.connection.send({ type: 'LAUNCH', launch: { task } });
  }

  #executorInfo(task: TaskInfo, framework: FrameworkState): ExecutorInfo {
    const info = task.executor ?? commandExecutorInfo(task, framework.id, this.#context.commandExecutor);
    const resources = allocated(info.resources, framework.info);
    return { ...info, framework_id: { value: framework.id }, ...(resources === undefined ? {} : { resources }) };
  }
}

function withRole(task: TaskInfo, framework: FrameworkInfo): TaskInfo {
  const resources = allocated(task.resources, framework);
  return resources === undefined ? task : { ...task, resources };
}

/** Resources with the role that they are allocated to, where the master left it out since the framework has only one. */
function allocated(resources: Resource[] | undefined, framework: FrameworkInfo): Resource[] | undefined {
  const [role] = frameworkRoles(framework);
  if (resources === undefined || role === undefined) return resources;
  return resources.map((resource) =>
    resource.allocation_info === undefined ? { ...resource, allocation_info: { role } } : resource,
  );
}
