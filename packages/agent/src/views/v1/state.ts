/** What the operator API shows of the agent: frameworks, executors and tasks that somebody may see. Pure. */
import { createTask, withoutSecretValues } from '@mesos-ts/protocol';
import type { Approvers } from '@mesos-ts/daemon';
import type {
  AgentResponse_GetExecutors,
  AgentResponse_GetExecutors_Executor,
  AgentResponse_GetFrameworks,
  AgentResponse_GetState,
  AgentResponse_GetTasks,
  Task,
} from '@mesos-ts/protocol';

import type { AgentState } from '../../state/agent-state.ts';
import type { ExecutorState } from '../../state/executor-state.ts';
import type { FrameworkState } from '../../state/framework-state.ts';

/** GET_STATE. */
export function stateView(state: AgentState, approvers: Approvers): AgentResponse_GetState {
  return {
    get_tasks: tasksView(state, approvers),
    get_executors: executorsView(state, approvers),
    get_frameworks: frameworksView(state, approvers),
  };
}

/** GET_FRAMEWORKS. */
export function frameworksView(state: AgentState, approvers: Approvers): AgentResponse_GetFrameworks {
  const list = (frameworks: Iterable<FrameworkState>): { framework_info: FrameworkState['info'] }[] =>
    visible(frameworks, approvers).map(({ info }) => ({ framework_info: info }));
  return {
    frameworks: list(state.frameworks.values()),
    completed_frameworks: list(state.completedFrameworks.values()),
  };
}

/** GET_EXECUTORS. */
export function executorsView(state: AgentState, approvers: Approvers): AgentResponse_GetExecutors {
  const executors: NonNullable<AgentResponse_GetExecutors['executors']> = [];
  const completed: NonNullable<AgentResponse_GetExecutors['executors']> = [];
  for (const framework of allVisible(state, approvers)) {
    for (const executor of framework.executors.values()) {
      if (mayView(executor, framework, approvers)) executors.push(executorView(executor));
    }
    for (const executor of framework.completedExecutors) {
      if (mayView(executor, framework, approvers)) completed.push(executorView(executor));
    }
  }
  return { executors, completed_executors: completed };
}

function executorView({ info }: ExecutorState): AgentResponse_GetExecutors_Executor {
  return { executor_info: withoutSecretValues(info) };
}

/** GET_TASKS. */
export function tasksView(state: AgentState, approvers: Approvers): AgentResponse_GetTasks {
  const tasks = {
    queued_tasks: [] as Task[],
    launched_tasks: [] as Task[],
    terminated_tasks: [] as Task[],
    completed_tasks: [] as Task[],
  };
  for (const framework of allVisible(state, approvers)) {
    const { id, info: framework_info } = framework;
    const mayViewTask = (task: Task): boolean => approvers.approves('VIEW_TASK', { task, framework_info });
    for (const executor of [...framework.executors.values(), ...framework.completedExecutors]) {
      if (!mayView(executor, framework, approvers)) continue;
      for (const task_info of executor.queuedTasks.values()) {
        if (!approvers.approves('VIEW_TASK', { task_info, framework_info })) continue;
        tasks.queued_tasks.push(createTask(task_info, 'TASK_STAGING', { value: id }));
      }
      tasks.launched_tasks.push(...[...executor.launchedTasks.values()].filter(mayViewTask));
      tasks.terminated_tasks.push(...[...executor.terminatedTasks.values()].filter(mayViewTask));
      tasks.completed_tasks.push(...executor.completedTasks.filter(mayViewTask));
    }
  }
  return tasks;
}

function allVisible(state: AgentState, approvers: Approvers): FrameworkState[] {
  return visible([...state.frameworks.values(), ...state.completedFrameworks.values()], approvers);
}

function visible(frameworks: Iterable<FrameworkState>, approvers: Approvers): FrameworkState[] {
  return [...frameworks].filter(({ info }) => approvers.approves('VIEW_FRAMEWORK', { framework_info: info }));
}

function mayView({ info }: ExecutorState, framework: FrameworkState, approvers: Approvers): boolean {
  return approvers.approves('VIEW_EXECUTOR', { executor_info: info, framework_info: framework.info });
}
