import { reportedState } from '../state/task.ts';
import { nameOf } from './turn.ts';
import {
  createStatus,
  latestContainerStatus,
  type SchedulerCall_Reconcile_Task,
  type TaskState,
  type TaskStatus,
} from '@mesos-ts/protocol';
import type { FrameworkRecord } from '../state/framework.ts';
import type { TaskRecord } from '../state/task.ts';
import type { Turn } from './turn.ts';

/** Tasks that are told of in one turn: a few milliseconds' work, so that others are heard in between. */
const tasksPerTurn = 500;
/** Tasks that one framework may have asked for and not been told of yet. */
const waitingMax = 1_000_000;

/**
 * RECONCILE: tells a scheduler the states of the tasks it asks for, or of all it has when it asks for none. These updates need no
 * acknowledgement. The answers for tasks that are not known follow Mesos's docs/reconciliation.md. Answers why it does not, or nothing.
 */
export function reconcile(
  turn: Turn,
  framework: FrameworkRecord,
  tasks: readonly SchedulerCall_Reconcile_Task[],
): string | undefined {
  turn.count('messages_reconcile_tasks');
  turn.info(`Reconciling ${tasks.length === 0 ? 'all' : tasks.length} tasks of ${nameOf(framework)}`);
  const { reconciliations } = framework;
  const isAll = tasks.length === 0;
  const asked = isAll ? [...framework.tasks.values()].map(({ task }) => ({ task_id: task.task_id })) : tasks;
  const waiting = reconciliations.reduce((sum, each) => sum + each.tasks.length - each.told, 0);
  if (waiting > 0 && waiting + asked.length > waitingMax) return `${waiting} tasks wait to be reconciled already`;
  reconciliations.push({ tasks: asked, isAll, told: 0 });
  if (reconciliations.length === 1) tellSome(turn, framework);
  return undefined;
}

/** Goes on with what a scheduler has asked for, unless it has left since. */
export function reconcileOn(turn: Turn, frameworkId: string, subscriptions: number): void {
  const framework = turn.cluster.frameworks.get(frameworkId);
  if (framework?.subscriptions === subscriptions) tellSome(turn, framework);
}

function tellSome(turn: Turn, framework: FrameworkRecord): void {
  const { id: frameworkId, reconciliations, subscriptions } = framework;
  // Whoever comes back asks again.
  if (framework.connection === undefined) reconciliations.length = 0;
  for (let left = tasksPerTurn; left > 0;) {
    const [first] = reconciliations;
    if (first === undefined) return;
    const end = Math.min(first.tasks.length, first.told + left);
    for (const asked of first.tasks.slice(first.told, end)) {
      // Of all that it had, some may be over by now, of which it has heard.
      if (first.isAll && !framework.tasks.has(asked.task_id.value)) continue;
      const status = answer(turn, framework, asked);
      if (status !== undefined) turn.event(framework, { type: 'UPDATE', update: { status } });
    }
    left -= end - first.told;
    first.told = end;
    if (end === first.tasks.length) reconciliations.shift();
  }
  // A timer, so that sockets are looked at in between.
  if (reconciliations.length > 0) turn.startTimer(0, { type: 'reconcile', frameworkId, subscriptions });
}

function latest(turn: Turn, record: TaskRecord): TaskStatus {
  const { task } = record;
  const newest = task.statuses?.at(-1);
  return createStatus({
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

/** What is known of a task; nothing while it may run on an agent that has not come back since this master leads: nobody knows yet. */
function answer(turn: Turn, framework: FrameworkRecord, asked: SchedulerCall_Reconcile_Task): TaskStatus | undefined {
  const record = framework.tasks.get(asked.task_id.value);
  if (record !== undefined) return latest(turn, record);
  const agentId = asked.agent_id;
  const { agents, goneAgents, recoveredAgents, unreachableAgents } = turn.cluster;
  if (agentId === undefined ? recoveredAgents.size > 0 : recoveredAgents.has(agentId.value)) {
    turn.info(
      `Not answering for task '${asked.task_id.value}' of ${nameOf(framework)}: ` +
        `${agentId === undefined ? 'some agents have' : `agent ${agentId.value} has`} not reregistered with this master yet`,
    );
    return undefined;
  }
  const unreachable = agentId === undefined ? undefined : unreachableAgents.get(agentId.value);
  const aware = framework.capabilities.has('PARTITION_AWARE');
  const status = (state: TaskState, message: string, unreachableTimeMs?: number): TaskStatus =>
    createStatus({
      agentId,
      taskId: asked.task_id,
      source: 'SOURCE_MASTER',
      reason: 'REASON_RECONCILIATION',
      nowMs: turn.nowMs,
      // What only the aware tell apart is lost to all others.
      state: aware ? state : 'TASK_LOST',
      message: `Reconciliation: Task is ${message}`,
      unreachableTimeMs,
    });
  if (agentId !== undefined && agents.has(agentId.value)) return status('TASK_GONE', 'unknown to the agent');
  if (unreachable !== undefined) return status('TASK_UNREACHABLE', 'unreachable', unreachable.sinceMs);
  if (agentId !== undefined && goneAgents.has(agentId.value)) return status('TASK_GONE_BY_OPERATOR', 'gone');
  return status('TASK_UNKNOWN', 'unknown');
}
