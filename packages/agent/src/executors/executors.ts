/** The life of executors: sandbox, container, registration, shutdown, end. */
import { formatDuration } from '@mesos-ts/flags';
import { errorText, parseAddress } from '@mesos-ts/libprocess';
import type { PID, Timer } from '@mesos-ts/libprocess';
import type { ExecutorInfo, TaskInfo } from '@mesos-ts/protocol';

import type { AgentContext } from '../context.ts';
import type { AgentFlags } from '../flags.ts';
import { executorRunPath } from '../paths.ts';
import { attachSandbox, detachSandbox } from './sandbox-files.ts';
import { completeFramework, executorOfContainer } from '../state/agent-state.ts';
import { abandonTasks, completeTask, createExecutor, hasIncompleteTasks, queueTask } from '../state/executor-state.ts';
import type { ExecutorState } from '../state/executor-state.ts';
import { completeExecutor, executorOfTask, isIdle } from '../state/framework-state.ts';
import type { FrameworkState } from '../state/framework-state.ts';
import { droppedState } from '../tasks/status-updates.ts';
import type { StatusUpdates } from '../tasks/status-updates.ts';
import { executorEnvironment, shutdownGracePeriodMs } from './executor-environment.ts';
import { taskFate, waitStatusOf } from './termination.ts';
import type { WaitOutcome } from './termination.ts';

/** An executor to be launched. */
export interface ExecutorLaunch {
  readonly info: ExecutorInfo;
  readonly isGeneratedForCommandTask: boolean;
  /** The first task, which is queued for the executor. */
  readonly task: TaskInfo;
}

/** Launches executors and sees to their end. */
export class Executors {
  readonly #context: AgentContext;
  readonly #updates: StatusUpdates;
  readonly #idle: () => void;
  readonly #registrationTimers = new WeakMap<ExecutorState, Timer>();

  /** @param idle Called when a framework has ended. */
  constructor(context: AgentContext, updates: StatusUpdates, idle: () => void) {
    this.#context = context;
    this.#updates = updates;
    this.#idle = idle;
  }

  /** Adds an executor with its first task and begins to launch it. */
  launch(framework: FrameworkState, agentId: string, launch: ExecutorLaunch): void {
    const { flags, runtime } = this.#context;
    const { info, task } = launch;
    const containerId = runtime.random.uuid();
    const ids = { agentId, frameworkId: framework.id, executorId: info.executor_id.value, containerId };
    const wanted = info.command?.user ?? framework.info.user;
    const executor = createExecutor({
      id: info.executor_id.value,
      frameworkId: framework.id,
      info,
      containerId,
      directory: executorRunPath(flags.work_dir, ids),
      user: flags.switch_user && wanted !== '' ? wanted : undefined,
      isGeneratedForCommandTask: launch.isGeneratedForCommandTask,
    });
    queueTask(executor, task);
    framework.executors.set(executor.id, executor);
    runtime.logger.info(`Launching executor '${executor.id}' of framework ${framework.id} in '${executor.directory}'`);
    this.#context.later(
      runtime.track(this.#context.sandboxes.createExecutorDirectory(ids, executor.user)),
      () => {
        attachSandbox(this.#context, executor, agentId);
        this.#launchContainer(framework, executor, agentId, launch);
      },
      (error) => {
        // The task never ran, so it is lost rather than failed.
        executor.pendingTermination = {
          state: droppedState(framework.info),
          reason: 'REASON_EXECUTOR_TERMINATED',
          message: errorText(error),
        };
        this.#terminated(executor, { termination: {} });
      },
    );
  }

  /** Asks an executor to end, and kills it when it takes too long. */
  shutdown(executor: ExecutorState): void {
    const { flags, runtime } = this.#context;
    if (executor.phase === 'TERMINATING' || executor.phase === 'TERMINATED') return;
    runtime.logger.info(`Shutting down executor '${executor.id}' of framework ${executor.frameworkId}`);
    const hasSubscribed = executor.phase === 'RUNNING';
    executor.phase = 'TERMINATING';
    if (!hasSubscribed) {
      // It has no task yet and nothing to tell; perhaps its files are still being fetched.
      this.#destroy(executor);
      return;
    }
    executor.connection?.send({ type: 'SHUTDOWN' });
    this.#context.delay(shutdownGracePeriodMs(executor.info, flags.executor_shutdown_grace_period), () => {
      if (!this.#isCurrent(executor) || executor.phase !== 'TERMINATING') return;
      runtime.logger.info(`Killing executor '${executor.id}' of framework ${executor.frameworkId}`);
      this.#destroy(executor);
    });
  }

  /** Ends all executors of a framework; it acknowledges nothing any more. */
  shutdownFramework(framework: FrameworkState): void {
    if (framework.phase === 'TERMINATING') return;
    this.#context.runtime.logger.info(`Shutting down framework ${framework.id}`);
    framework.phase = 'TERMINATING';
    for (const executor of framework.executors.values()) {
      if (executor.phase === 'TERMINATED') this.#remove(framework, executor);
      else this.shutdown(executor);
    }
    this.removeIfIdle(framework);
  }

  /** The framework has acknowledged an update of a task; `isLast` if the task needs no more. */
  acknowledged(frameworkId: string, taskId: string, isLast: boolean): void {
    const framework = this.#context.state.frameworks.get(frameworkId);
    if (framework === undefined) return;
    const executor = executorOfTask(framework, taskId);
    if (isLast) framework.droppedTasks.delete(taskId);
    if (executor !== undefined) {
      if (isLast) completeTask(executor, taskId);
      if (executor.phase === 'TERMINATED' && !hasIncompleteTasks(executor)) this.#remove(framework, executor);
    }
    this.removeIfIdle(framework);
  }

  /** Tells the master that an executor is not there. */
  sendExited(frameworkId: string, executorId: string, status: number): void {
    const agentId = this.#context.agentId();
    if (agentId === undefined) return;
    this.#context.sendToMaster('mesos.internal.ExitedExecutorMessage', {
      agent_id: { value: agentId },
      framework_id: { value: frameworkId },
      executor_id: { value: executorId },
      status,
    });
  }

  /** Puts a framework of which nothing is left to the completed ones. */
  removeIfIdle(framework: FrameworkState): void {
    const { runtime, state, statusUpdates } = this.#context;
    if (!isIdle(framework) || state.frameworks.get(framework.id) !== framework) return;
    runtime.logger.info(`Cleaning up framework ${framework.id}`);
    runtime.tell(statusUpdates, 'cleanup', framework.id);
    for (const forgotten of completeFramework(state, framework.id)) {
      for (const executor of forgotten.completedExecutors) detachSandbox(this.#context, executor, false);
    }
    this.#idle();
  }

  #launchContainer(framework: FrameworkState, executor: ExecutorState, agentId: string, launch: ExecutorLaunch): void {
    const { containerizer, flags, runtime, self } = this.#context;
    // One whose name is known may be spoken for before its container is there; that changes nothing.
    if (executor.phase === 'TERMINATING' || executor.phase === 'TERMINATED') {
      const message = `Executor ${executor.phase.toLowerCase()}`;
      executor.pendingTermination ??= { state: 'TASK_FAILED', reason: 'REASON_CONTAINER_LAUNCH_FAILED', message };
      this.#terminated(executor, { termination: {} });
      return;
    }
    const { info } = executor;
    const launching = containerizer.launch(executor.containerId, {
      executorInfo: info,
      frameworkId: framework.id,
      command: info.command ?? {},
      resources: executor.allocated.toArray(),
      directory: executor.directory,
      user: executor.user,
      task: executor.isGeneratedForCommandTask ? launch.task : undefined,
      environment: executorEnvironment({
        executorInfo: info,
        frameworkId: framework.id,
        agentId,
        agentPid: self,
        ip: executorIp(flags, self),
        directory: executor.directory,
        isCheckpointing: framework.info.checkpoint ?? false,
        shutdownGracePeriodMs: shutdownGracePeriodMs(info, flags.executor_shutdown_grace_period),
        recoveryTimeoutMs: flags.recovery_timeout,
        subscriptionBackoffMaxMs: flags.executor_reregistration_timeout,
        token: this.#context.executorTokens?.tokenOf(executor),
        variables: executorVariables(flags.executor_environment_variables),
      }),
    });
    this.#context.later(
      launching,
      () => {
        this.#launched(executor);
      },
      (error) => {
        this.#launchFailed(executor, error);
      },
    );
    // Asked at once: a container may end before anybody hears that it was launched.
    this.#awaitEnd(executor);
    const timer = this.#context.delay(flags.executor_registration_timeout, () => {
      this.#registrationTimeout(executor);
    });
    this.#registrationTimers.set(executor, timer);
    runtime.logger.info(`Launching container ${executor.containerId} for executor '${executor.id}'`);
  }

  #launched(executor: ExecutorState): void {
    if (executor.phase === 'TERMINATING' && executor.connection === undefined) {
      // It was asked to end before it could be told so.
      this.#destroy(executor);
    }
  }

  #launchFailed(executor: ExecutorState, error: unknown): void {
    const { counters, runtime } = this.#context;
    counters.containerLaunchErrors.increment();
    const message = `Failed to launch container: ${errorText(error)}`;
    runtime.logger.error(`Executor '${executor.id}' of framework ${executor.frameworkId}: ${message}`);
    executor.pendingTermination ??= { state: 'TASK_FAILED', reason: 'REASON_CONTAINER_LAUNCH_FAILED', message };
    this.#destroy(executor);
  }

  #awaitEnd(executor: ExecutorState): void {
    this.#context.later(
      this.#context.containerizer.wait(executor.containerId),
      (termination) => {
        this.#terminated(executor, { termination });
      },
      (error) => {
        this.#terminated(executor, { error });
      },
    );
  }

  #registrationTimeout(executor: ExecutorState): void {
    const { flags, runtime, state } = this.#context;
    if (!this.#isCurrent(executor) || executor.phase !== 'REGISTERING') return;
    if (state.frameworks.get(executor.frameworkId)?.phase === 'TERMINATING') return;
    const message = `Executor did not register within ${formatDuration(flags.executor_registration_timeout)}`;
    runtime.logger.warn(`${message}: '${executor.id}' of framework ${executor.frameworkId}`);
    executor.phase = 'TERMINATING';
    executor.pendingTermination = { state: 'TASK_FAILED', reason: 'REASON_EXECUTOR_REGISTRATION_TIMEOUT', message };
    this.#destroy(executor);
  }

  #terminated(executor: ExecutorState, outcome: WaitOutcome): void {
    const { counters, runtime, state } = this.#context;
    const framework = state.frameworks.get(executor.frameworkId);
    if (framework === undefined || !this.#isCurrent(executor) || executor.phase === 'TERMINATED') return;
    const status = waitStatusOf(outcome);
    runtime.logger.info(
      `Executor '${executor.id}' of framework ${executor.frameworkId} has ended, wait status ${status}`,
    );
    counters.executorsTerminated.increment();
    const timer = this.#registrationTimers.get(executor);
    if (timer !== undefined) this.#context.cancel(timer);
    executor.phase = 'TERMINATED';
    executor.connection?.close();
    executor.connection = undefined;
    if (framework.phase === 'TERMINATING') abandonTasks(executor);
    else this.#endTasks(executor, outcome);
    if (!executor.isGeneratedForCommandTask) this.sendExited(framework.id, executor.id, status);
    if (this.#context.isTerminating() || framework.phase === 'TERMINATING' || !hasIncompleteTasks(executor)) {
      this.#remove(framework, executor);
    }
    this.removeIfIdle(framework);
  }

  #endTasks(executor: ExecutorState, outcome: WaitOutcome): void {
    const fate = taskFate(outcome, executor.pendingTermination);
    const live = [...executor.launchedTasks.keys(), ...executor.queuedTasks.keys()];
    for (const taskId of live.filter((id) => !executor.endingTasks.has(id))) {
      this.#updates.fromAgent({ ...fate, frameworkId: executor.frameworkId, taskId, executorId: executor.id });
    }
  }

  #remove(framework: FrameworkState, executor: ExecutorState): void {
    const { flags, runtime } = this.#context;
    runtime.logger.info(`Cleaning up executor '${executor.id}' of framework ${framework.id}`);
    for (const old of completeExecutor(framework, executor.id, flags.max_completed_executors_per_framework)) {
      const hasOtherRuns =
        framework.executors.has(old.id) || framework.completedExecutors.some((other) => other.id === old.id);
      detachSandbox(this.#context, old, hasOtherRuns);
    }
  }

  #destroy(executor: ExecutorState): void {
    this.#context.containerizer.destroy(executor.containerId).catch((error: unknown) => {
      this.#context.runtime.logger.error(`Failed to destroy container ${executor.containerId}: ${errorText(error)}`);
    });
  }

  #isCurrent(executor: ExecutorState): boolean {
    const { containerId, frameworkId, id } = executor;
    return executorOfContainer(this.#context.state, frameworkId, id, containerId) === executor;
  }
}

/** Executors listen where the agent does, which behind a translation of addresses is not where it is reached. */
function executorIp(flags: AgentFlags, self: PID): string {
  const isWildcard = flags.ip === '0.0.0.0' || flags.ip === '::';
  return flags.ip === undefined || isWildcard ? parseAddress(self.address).ip : flags.ip;
}

/** The operator's variables for executors; flags are checked to hold texts only. */
function executorVariables(given: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  const texts = Object.entries(given ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(texts);
}
