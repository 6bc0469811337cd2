import { visibleFrameworks } from './frameworks.ts';
import type { Approvers } from '@mesos-ts/daemon';
import type { MasterResponse_GetExecutors, MasterResponse_GetExecutors_Executor } from '@mesos-ts/protocol';
import type { MasterResponse_GetTasks, Task } from '@mesos-ts/protocol';
import type { Cluster } from '../../state/cluster.ts';
import type { FrameworkRecord } from '../../state/framework.ts';
import type { TaskRecord } from '../../state/task.ts';

/** The tasks that somebody may see, of frameworks that are there and that were. */
export function tasksView(cluster: Cluster, approvers: Approvers): MasterResponse_GetTasks {
  const lists = { tasks: [] as Task[], unreachable_tasks: [] as Task[], completed_tasks: [] as Task[] };
  for (const framework of visibleFrameworks(cluster, approvers)) {
    addVisible(lists.tasks, framework, framework.tasks.values(), approvers);
    addVisible(lists.unreachable_tasks, framework, framework.unreachableTasks.values(), approvers);
    addVisible(lists.completed_tasks, framework, framework.completedTasks.values(), approvers);
  }
  return lists;
}

function addVisible(
  list: Task[],
  framework: FrameworkRecord,
  records: Iterable<TaskRecord>,
  approvers: Approvers,
): void {
  for (const { task } of records) {
    if (approvers.approves('VIEW_TASK', { task, framework_info: framework.info })) list.push(task);
  }
}

/** The executors that somebody may see and that the master knows: those of command tasks are the agents' own affair. */
export function executorsView(cluster: Cluster, approvers: Approvers): MasterResponse_GetExecutors {
  const list: MasterResponse_GetExecutors_Executor[] = [];
  for (const framework of visibleFrameworks(cluster, approvers)) {
    for (const [agentId, executors] of framework.executors) {
      for (const executor of executors.values()) {
        const object = { executor_info: executor, framework_info: framework.info };
        if (!approvers.approves('VIEW_EXECUTOR', object)) continue;
        list.push({ executor_info: executor, agent_id: { value: agentId } });
      }
    }
  }
  return { executors: list };
}
