import { executorOf } from '../state/agent.ts';
import { validateTask, validateTaskGroup } from '../validation/task.ts';
import { taskAdded } from './operator-events.ts';
import { agentName, nameOf } from './turn.ts';
import {
  createStatusUpdate,
  createTask,
  Resources,
  type ExecutorInfo,
  type TaskInfo,
  type TaskState,
  type TaskStatus_Reason,
} from '@mesos-ts/protocol';
import type { LaunchSite } from '../validation/task.ts';
import type { FrameworkRecord } from '../state/framework.ts';
import type { Turn } from './turn.ts';

/** Tells a framework that tasks it wanted to launch will not run. */
export function refuseTasks(
  turn: Turn,
  framework: FrameworkRecord,
  tasks: readonly TaskInfo[],
  reason: TaskStatus_Reason,
  message: string,
): void {
  const state = refusedState(framework, reason);
  for (const task of tasks) {
    const update = createStatusUpdate({
      frameworkId: { value: framework.id },
      agentId: task.agent_id,
      taskId: task.task_id,
      source: 'SOURCE_MASTER',
      nowMs: turn.nowMs,
      state,
      reason,
      message,
    });
    turn.countEnd(state, update.status);
    turn.event(framework, { type: 'UPDATE', update: { status: update.status } });
    turn.info(`Refused task '${task.task_id.value}' of ${nameOf(framework)}: ${message}`);
  }
}

/** A task that is wrong in itself is an error; one that came too late is lost. */
function refusedState(framework: FrameworkRecord, reason: TaskStatus_Reason): TaskState {
  if (reason !== 'REASON_INVALID_OFFERS') return 'TASK_ERROR';
  return framework.capabilities.has('PARTITION_AWARE') ? 'TASK_DROPPED' : 'TASK_LOST';
}

/** Why a framework may not run a task as the user that it has, or nothing. */
function forbids({ approvers, info }: FrameworkRecord, task: TaskInfo): string | undefined {
  if (approvers.approves('RUN_TASK', { framework_info: info, task_info: task })) return undefined;
  const user = task.command?.user ?? task.executor?.command?.user ?? info.user;
  return `Not authorized to launch task '${task.task_id.value}' as user '${user}'`;
}

/** Launches one task, or tells why not, and answers what is left of the resources. */
export function launchTask(turn: Turn, site: LaunchSite, task: TaskInfo): Resources {
  const { agent, available, framework } = site;
  const forbidden = forbids(framework, task);
  if (forbidden !== undefined) {
    refuseTasks(turn, framework, [task], 'REASON_TASK_UNAUTHORIZED', forbidden);
    return available;
  }
  const error = validateTask(task, site);
  if (error !== undefined) {
    refuseTasks(turn, framework, [task], 'REASON_TASK_INVALID', error);
    return available;
  }
  const { executor } = task;
  const used = executor === undefined ? Resources.empty : addExecutor(turn, site, executor);
  const launchExecutor = executor === undefined || used !== undefined;
  const record = turn.cluster.addTask(createTask(task, 'TASK_STAGING', { value: framework.id }));
  turn.publish(() => taskAdded(framework, record.task));
  turn.info(`Launching task '${task.task_id.value}' of ${nameOf(framework)} on ${agentName(agent)}`);
  turn.send(agent.pid, 'mesos.internal.RunTaskMessage', {
    framework_id: { value: framework.id },
    framework: framework.info,
    task,
    launch_executor: launchExecutor,
    ...(framework.pid === undefined ? {} : { pid: framework.pid.toString() }),
  });
  return available.subtract(record.resources).subtract(used ?? Resources.empty);
}

/** Launches a group of tasks, all or none, and answers what is left of the resources. */
export function launchGroup(
  turn: Turn,
  site: LaunchSite,
  executor: ExecutorInfo,
  tasks: readonly TaskInfo[],
): Resources {
  const { agent, framework } = site;
  const forbidden = tasks.map((task) => forbids(framework, task)).find((each) => each !== undefined);
  if (forbidden !== undefined) {
    refuseTasks(turn, framework, tasks, 'REASON_TASK_GROUP_UNAUTHORIZED', forbidden);
    return site.available;
  }
  const error = validateTaskGroup(tasks, executor, site);
  if (error !== undefined) {
    refuseTasks(turn, framework, tasks, 'REASON_TASK_GROUP_INVALID', error);
    return site.available;
  }
  const used = addExecutor(turn, site, executor);
  let available = site.available.subtract(used ?? Resources.empty);
  for (const task of tasks) {
    const record = turn.cluster.addTask(createTask(task, 'TASK_STAGING', { value: framework.id }));
    turn.publish(() => taskAdded(framework, record.task));
    available = available.subtract(record.resources);
  }
  turn.info(`Launching a group of ${tasks.length} tasks of ${nameOf(framework)} on ${agentName(agent)}`);
  turn.send(agent.pid, 'mesos.internal.RunTaskGroupMessage', {
    framework: framework.info,
    executor,
    task_group: { tasks: [...tasks] },
    launch_executor: used !== undefined,
  });
  return available;
}

/** Books an executor unless it runs already, and answers what it uses in that case. */
function addExecutor(turn: Turn, { agent, framework }: LaunchSite, executor: ExecutorInfo): Resources | undefined {
  if (executorOf(agent, framework.id, executor.executor_id.value) !== undefined) return undefined;
  turn.cluster.addExecutor(framework, agent, executor);
  return Resources.of(executor.resources ?? []);
}
