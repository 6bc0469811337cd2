// What answers are to be, made in one piece of the agent's state.
import { taskJson, type Approvers, type JsonObject } from '@mesos-ts/daemon';
import { executorHead, frameworkHead, queuedTaskJson } from '../../src/views/v0/state.ts';
import { executorView, queuedTaskView } from '../../src/views/v1/state.ts';
import type {
  AgentResponse_GetExecutors_Executor,
  AgentResponse_GetState,
  FrameworkInfo,
  Task,
} from '@mesos-ts/protocol';
import type { AgentState } from '../../src/state/agent-state.ts';
import type { ExecutorState } from '../../src/state/executor-state.ts';
import type { FrameworkState } from '../../src/state/framework-state.ts';

/** `/state`. */
export function wholeState(head: JsonObject, state: AgentState, approvers: Approvers): JsonObject {
  const list = (frameworks: ReadonlyMap<string, FrameworkState>): JsonObject[] =>
    visible(frameworks.values(), approvers).map((framework) => frameworkJson(framework, approvers));
  return { ...head, frameworks: list(state.frameworks), completed_frameworks: list(state.completedFrameworks) };
}

function frameworkJson(framework: FrameworkState, approvers: Approvers): JsonObject {
  const { info } = framework;
  const executors = (list: Iterable<ExecutorState>): JsonObject[] =>
    [...list]
      .filter((executor) => mayView(executor, framework, approvers))
      .map((executor) => executorJson(executor, info, approvers));
  return {
    ...frameworkHead(info),
    executors: executors(framework.executors.values()),
    completed_executors: executors(framework.completedExecutors),
  };
}

function executorJson(executor: ExecutorState, framework_info: FrameworkInfo, approvers: Approvers): JsonObject {
  const tasks = (list: Iterable<Task>): JsonObject[] =>
    [...list].filter((task) => approvers.approves('VIEW_TASK', { task, framework_info })).map(taskJson);
  return {
    ...executorHead(executor, executor.allocated),
    tasks: tasks(executor.launchedTasks.values()),
    queued_tasks: [...executor.queuedTasks.values()]
      .filter((task_info) => approvers.approves('VIEW_TASK', { task_info, framework_info }))
      .map(queuedTaskJson),
    completed_tasks: tasks([...executor.completedTasks, ...executor.terminatedTasks.values()]),
  };
}

/** GET_STATE, and with it what its lists are. */
export function wholeGetState(state: AgentState, approvers: Approvers): Required<AgentResponse_GetState> {
  const all = visible([...state.frameworks.values(), ...state.completedFrameworks.values()], approvers);
  const infos = (list: ReadonlyMap<string, FrameworkState>): { framework_info: FrameworkInfo }[] =>
    visible(list.values(), approvers).map(({ info }) => ({ framework_info: info }));
  const executors = (which: (framework: FrameworkState) => Iterable<ExecutorState>) =>
    all.flatMap((framework): AgentResponse_GetExecutors_Executor[] =>
      [...which(framework)]
        .filter((executor) => mayView(executor, framework, approvers))
        .map(({ info }) => executorView(info)),
    );
  return {
    get_tasks: wholeTasks(all, approvers),
    get_executors: {
      executors: executors((framework) => framework.executors.values()),
      completed_executors: executors((framework) => framework.completedExecutors),
    },
    get_frameworks: { frameworks: infos(state.frameworks), completed_frameworks: infos(state.completedFrameworks) },
  };
}

function wholeTasks(frameworks: readonly FrameworkState[], approvers: Approvers) {
  const tasks: Record<`${'completed' | 'launched' | 'queued' | 'terminated'}_tasks`, Task[]> = {
    queued_tasks: [],
    launched_tasks: [],
    terminated_tasks: [],
    completed_tasks: [],
  };
  for (const framework of frameworks) {
    const { id, info: framework_info } = framework;
    const mayViewTask = (task: Task): boolean => approvers.approves('VIEW_TASK', { task, framework_info });
    for (const executor of [...framework.executors.values(), ...framework.completedExecutors]) {
      if (!mayView(executor, framework, approvers)) continue;
      for (const task_info of executor.queuedTasks.values()) {
        if (approvers.approves('VIEW_TASK', { task_info, framework_info })) {
          tasks.queued_tasks.push(queuedTaskView(task_info, id));
        }
      }
      tasks.launched_tasks.push(...[...executor.launchedTasks.values()].filter(mayViewTask));
      tasks.terminated_tasks.push(...[...executor.terminatedTasks.values()].filter(mayViewTask));
      tasks.completed_tasks.push(...executor.completedTasks.filter(mayViewTask));
    }
  }
  return tasks;
}

function visible(frameworks: Iterable<FrameworkState>, approvers: Approvers): FrameworkState[] {
  return [...frameworks].filter(({ info }) => approvers.approves('VIEW_FRAMEWORK', { framework_info: info }));
}

function mayView({ info }: ExecutorState, framework: FrameworkState, approvers: Approvers): boolean {
  return approvers.approves('VIEW_EXECUTOR', { executor_info: info, framework_info: framework.info });
}
