import { reportedState } from '../state/task.ts';
import { nameOf } from './turn.ts';
import {
  createStatusUpdate,
  latestContainerStatus,
  type SchedulerCall_Reconcile_Task,
  type StatusUpdate,
} from '@mesos-ts/protocol';
import type { FrameworkRecord } from '../state/framework.ts';
import type { TaskRecord } from '../state/task.ts';
import type { Turn } from './turn.ts';

/**
 * RECONCILE: tells a scheduler the states of the tasks it asks for, or of all it has when it asks for none. These updates need no
 * acknowledgement. The answers for tasks that are not known follow Mesos's docs/reconciliation.md.
 */
export function reconcile(
  turn: Turn,
  framework: FrameworkRecord,
  tasks: readonly SchedulerCall_Reconcile_Task[],
): void {
  turn.count('messages_reconcile_tasks');
  turn.info(`Reconciling ${tasks.length === 0 ? 'all' : tasks.length} tasks of ${nameOf(framework)}`);
  const updates =
    tasks.length === 0
      ? [...framework.tasks.values()].map((record) => latest(turn, record))
      : tasks.map((task) => answer(turn, framework, task));
  for (const { status } of updates) turn.event(framework, { type: 'UPDATE', update: { status } });
}

function latest(turn: Turn, record: TaskRecord): StatusUpdate {
  const { task } = record;
  const newest = task.statuses?.at(-1);
  return createStatusUpdate({
    frameworkId: task.framework_id,
    agentId: task.agent_id,
    taskId: task.task_id,
    executorId: task.executor_id,
    state: reportedState(task),
    source: 'SOURCE_MASTER',
    reason: 'REASON_RECONCILIATION',
    message: 'Reconciliation: Latest task state',
    nowMs: turn.nowMs,
    healthy: newest?.healthy,
    checkStatus: newest?.check_status,
    containerStatus: latestContainerStatus(task),
  });
}

function answer(turn: Turn, framework: FrameworkRecord, asked: SchedulerCall_Reconcile_Task): StatusUpdate {
  const record = framework.tasks.get(asked.task_id.value);
  if (record !== undefined) return latest(turn, record);
  const agentId = asked.agent_id;
  const { agents, goneAgents, unreachableAgents } = turn.cluster;
  const unreachable = agentId === undefined ? undefined : unreachableAgents.get(agentId.value);
  const aware = framework.capabilities.has('PARTITION_AWARE');
  const common = {
    frameworkId: { value: framework.id },
    agentId,
    taskId: asked.task_id,
    source: 'SOURCE_MASTER',
    reason: 'REASON_RECONCILIATION',
    nowMs: turn.nowMs,
  } as const;
  if (agentId !== undefined && agents.has(agentId.value)) {
    const message = 'Reconciliation: Task is unknown to the agent';
    return createStatusUpdate({ ...common, state: aware ? 'TASK_GONE' : 'TASK_LOST', message });
  }
  if (unreachable !== undefined) {
    const message = 'Reconciliation: Task is unreachable';
    const state = aware ? 'TASK_UNREACHABLE' : 'TASK_LOST';
    return createStatusUpdate({ ...common, state, message, unreachableTimeMs: unreachable.sinceMs });
  }
  if (agentId !== undefined && goneAgents.has(agentId.value)) {
    const message = 'Reconciliation: Task is gone';
    return createStatusUpdate({ ...common, state: aware ? 'TASK_GONE_BY_OPERATOR' : 'TASK_LOST', message });
  }
  const message = 'Reconciliation: Task is unknown';
  return createStatusUpdate({ ...common, state: aware ? 'TASK_UNKNOWN' : 'TASK_LOST', message });
}
