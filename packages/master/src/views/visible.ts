import { approveAll, type Approvers } from '@mesos-ts/daemon';
import type { ExecutorInfo } from '@mesos-ts/protocol';
import type { ShownFramework, ShownTask } from './shown.ts';

/** Of the tasks of a framework, those that somebody may see. */
export function visibleTasks<T extends ShownTask>(
  framework: ShownFramework,
  records: Iterable<T>,
  approvers: Approvers,
): Iterable<T> {
  // The rule, for which there are very many tasks.
  return approvers === approveAll ? records : filteredTasks(framework, records, approvers);
}

function* filteredTasks<T extends ShownTask>(
  { info }: ShownFramework,
  records: Iterable<T>,
  approvers: Approvers,
): Generator<T, void> {
  for (const record of records) {
    if (approvers.approves('VIEW_TASK', { task: record.task, framework_info: info })) yield record;
  }
}

/** The executors of a framework that somebody may see, and the agents that they run on. */
export function* visibleExecutors(
  { executors, info }: ShownFramework,
  approvers: Approvers,
): Generator<readonly [executor: ExecutorInfo, agentId: string], void> {
  for (const [agentId, onAgent] of executors) {
    for (const executor of onAgent.values()) {
      if (approvers.approves('VIEW_EXECUTOR', { executor_info: executor, framework_info: info }))
        yield [executor, agentId];
    }
  }
}
