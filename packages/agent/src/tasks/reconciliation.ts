import type { ReconcileTasksMessage } from '@mesos-ts/protocol';

import type { AgentContext } from '../context.ts';
import { executorOfTask } from '../state/framework-state.ts';
import { droppedState } from './status-updates.ts';
import type { StatusUpdates } from './status-updates.ts';

/**
 * Answers the master for tasks that it believes to be here: each one that is not here is reported as lost. Those that are here need
 * no answer, since their updates are on the way as ever.
 */
export function reconcileTasks(context: AgentContext, updates: StatusUpdates, message: ReconcileTasksMessage): void {
  const frameworkId = message.framework_id.value;
  const framework = context.state.frameworks.get(frameworkId);
  for (const status of message.statuses ?? []) {
    const taskId = status.task_id.value;
    if (framework !== undefined && executorOfTask(framework, taskId) !== undefined) continue;
    context.runtime.logger.warn(`Task '${taskId}' of framework ${frameworkId} is not here, as the master believes`);
    updates.fromAgentForUnknown({
      frameworkId,
      taskId,
      state: droppedState(message.framework ?? framework?.info),
      reason: 'REASON_RECONCILIATION',
      message: 'Reconciliation: task unknown to the agent',
    });
  }
}
