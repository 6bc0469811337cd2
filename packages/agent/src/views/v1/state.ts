/** What the operator API shows of executors and tasks. Pure. */
import { createTask, withoutSecretValues } from '@mesos-ts/protocol';
import type { AgentResponse_GetExecutors_Executor, ExecutorInfo, Task, TaskInfo } from '@mesos-ts/protocol';

/** An executor. */
export function executorView(info: ExecutorInfo): AgentResponse_GetExecutors_Executor {
  return { executor_info: withoutSecretValues(info) };
}

/** A task that waits for its executor. */
export function queuedTaskView(info: TaskInfo, frameworkId: string): Task {
  return createTask(info, 'TASK_STAGING', { value: frameworkId });
}
