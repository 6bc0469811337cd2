// The record that masters and agents keep of a task.
import { compact } from './compact.ts';
import { withoutSecretValues } from './secrets.ts';
import type { ContainerStatus, FrameworkID, Task, TaskInfo, TaskState } from './generated/mesos-v1.ts';

/** The record of a task that is being launched: without the values of secrets. A command task has no executor id of its own. */
export function createTask(info: TaskInfo, state: TaskState, frameworkId: FrameworkID): Task {
  return compact<Task>({
    name: info.name,
    task_id: info.task_id,
    framework_id: frameworkId,
    executor_id: info.executor?.executor_id,
    agent_id: info.agent_id,
    state,
    resources: info.resources,
    limits: info.limits,
    labels: info.labels,
    discovery: info.discovery,
    container: info.container === undefined ? undefined : withoutSecretValues(info.container),
    health_check: info.health_check === undefined ? undefined : withoutSecretValues(info.health_check),
    kill_policy: info.kill_policy,
    user: info.command?.user ?? info.executor?.command?.user,
  });
}

/** The newest container status among those the task has reported, or nothing. */
export function latestContainerStatus(task: Task): ContainerStatus | undefined {
  return task.statuses?.findLast((status) => status.container_status !== undefined)?.container_status;
}
