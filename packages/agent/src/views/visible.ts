/** What somebody may see. */
import type { Approvers } from '@mesos-ts/daemon';
import type { ExecutorInfo, FrameworkInfo, Task, TaskInfo } from '@mesos-ts/protocol';

export function mayViewFramework(framework_info: FrameworkInfo, { approves }: Approvers): boolean {
  return approves('VIEW_FRAMEWORK', { framework_info });
}

export function mayViewExecutor(
  executor_info: ExecutorInfo,
  framework_info: FrameworkInfo,
  { approves }: Approvers,
): boolean {
  return approves('VIEW_EXECUTOR', { executor_info, framework_info });
}

export function mayViewTask(task: Task, framework_info: FrameworkInfo, { approves }: Approvers): boolean {
  return approves('VIEW_TASK', { task, framework_info });
}

/** The same of a task that waits for its executor. */
export function mayViewQueuedTask(
  task_info: TaskInfo,
  framework_info: FrameworkInfo,
  { approves }: Approvers,
): boolean {
  return approves('VIEW_TASK', { task_info, framework_info });
}
