import { visibleExecutors, visibleTasks } from '../visible.ts';
import { visibleFrameworks } from './frameworks.ts';
import { withoutSecretValues } from '@mesos-ts/protocol';
import type { Approvers } from '@mesos-ts/daemon';
import type {
  MasterResponse_GetExecutors,
  MasterResponse_GetExecutors_Executor,
  ExecutorInfo,
  MasterResponse_GetTasks,
  Task,
} from '@mesos-ts/protocol';
import type { ShownCluster } from '../shown.ts';

/** The tasks that somebody may see, of frameworks that are there and that were. */
export function tasksView(cluster: ShownCluster, approvers: Approvers): MasterResponse_GetTasks {
  const lists = { tasks: [] as Task[], unreachable_tasks: [] as Task[], completed_tasks: [] as Task[] };
  for (const framework of visibleFrameworks(cluster, approvers)) {
    for (const { task } of visibleTasks(framework, framework.tasks.values(), approvers)) lists.tasks.push(task);
    for (const { task } of visibleTasks(framework, framework.unreachableTasks.values(), approvers))
      lists.unreachable_tasks.push(task);
    for (const { task } of visibleTasks(framework, framework.completedTasks.values(), approvers))
      lists.completed_tasks.push(task);
  }
  return lists;
}

/** The executors that somebody may see and that the master knows: those of command tasks are the agents' own affair. */
export function executorsView(cluster: ShownCluster, approvers: Approvers): MasterResponse_GetExecutors {
  const list: MasterResponse_GetExecutors_Executor[] = [];
  for (const framework of visibleFrameworks(cluster, approvers)) {
    for (const [executor, agentId] of visibleExecutors(framework, approvers))
      list.push(executorView(executor, agentId));
  }
  return { executors: list };
}

/** An executor and where it runs. */
export function executorView(executor: ExecutorInfo, agentId: string): MasterResponse_GetExecutors_Executor {
  return { executor_info: withoutSecretValues(executor), agent_id: { value: agentId } };
}
