import { MasterError } from '../errors.ts';
import { executorOf, taskOf } from '../state/agent.ts';
import { applyUpdate, isOver, rememberForwarded } from '../state/task.ts';
import { taskUpdated } from './operator-events.ts';
import { agentName, nameOf, updateName } from './turn.ts';
import {
  createStatusUpdate,
  formatUuid,
  isTerminalState,
  isUuid,
  Resources,
  type ExecutorToFrameworkMessage,
  type ExitedExecutorMessage,
  type SchedulerCall_Acknowledge,
  type SchedulerCall_Kill,
  type SchedulerCall_Message,
  type SchedulerCall_Shutdown,
  type StatusUpdate,
  type StatusUpdateMessage,
  type TaskState,
  type TaskStatus_Reason,
} from '@mesos-ts/protocol';
import type { PID } from '@mesos-ts/libprocess';
import type { AgentRecord } from '../state/agent.ts';
import { countEndedTask, type FrameworkRecord } from '../state/framework.ts';
import type { TaskRecord } from '../state/task.ts';
import { reconcile } from './reconciliation.ts';
import type { Turn } from './turn.ts';

/** What the master itself has to say about a task. */
export interface Verdict {
  readonly state: TaskState;
  readonly message: string;
  readonly reason: TaskStatus_Reason;
  readonly unreachableTimeMs?: number;
}

/** Makes the update that says so. It is not acknowledged, so it has no uuid. */
export function verdictOn(turn: Turn, record: TaskRecord, verdict: Verdict): StatusUpdate {
  const { task } = record;
  return createStatusUpdate({
    frameworkId: task.framework_id,
    agentId: task.agent_id,
    taskId: task.task_id,
    executorId: task.executor_id,
    source: 'SOURCE_MASTER',
    nowMs: turn.nowMs,
    ...verdict,
  });
}

/** Sends an update to its framework, and remembers that it was sent. */
export function forward(turn: Turn, framework: FrameworkRecord, update: StatusUpdate): void {
  turn.info(`${update.uuid === undefined ? 'Sending' : 'Forwarding'} status update ${updateName(update)}`);
  const record = framework.tasks.get(update.status.task_id.value);
  if (record !== undefined) rememberForwarded(record, update);
  const uuid = update.uuid;
  const status = uuid === undefined ? update.status : { ...update.status, uuid };
  turn.event(framework, { type: 'UPDATE', update: { status } });
}

/** Brings a task up to date with an update, and frees its resources if it ended. */
export function updateTask(turn: Turn, record: TaskRecord, update: StatusUpdate): void {
  const { cluster } = turn;
  const { task } = record;
  const { from, to, ended, isNews } = applyUpdate(record, update);
  const framework = cluster.frameworks.get(task.framework_id.value);
  if (framework !== undefined && isNews) turn.publish(() => taskUpdated(framework, task, update));
  if (framework !== undefined && from !== to) {
    if (!isOver(from)) cluster.countTask(framework, from, -1);
    if (!isOver(to)) cluster.countTask(framework, to, 1);
  }
  if (!ended) return;
  turn.recover(task.framework_id.value, task.agent_id.value, record.resources);
  cluster.freeTask(record);
  turn.countEnd(to, update.status);
  if (framework !== undefined && isTerminalState(to)) countEndedTask(framework, to);
}

/** Forgets a task of a registered agent. If it is not over, its resources are freed. */
export function removeTask(turn: Turn, record: TaskRecord, as: 'completed' | 'unreachable' = 'completed'): void {
  const { task } = record;
  if (!isOver(task.state)) {
    turn.warn(`Removing task '${task.task_id.value}' of framework ${task.framework_id.value} in state ${task.state}`);
    turn.recover(task.framework_id.value, task.agent_id.value, record.resources);
  }
  turn.cluster.removeTask(record, as);
}

/** Forgets an executor of a registered agent and frees its resources. */
export function removeExecutor(turn: Turn, agent: AgentRecord, frameworkId: string, executorId: string): void {
  const executor = executorOf(agent, frameworkId, executorId);
  const framework = turn.cluster.frameworks.get(frameworkId);
  if (executor === undefined || framework === undefined) return;
  turn.recover(frameworkId, agent.id, Resources.of(executor.resources ?? []));
  turn.cluster.removeExecutor(framework, agent, executor);
}

/** An agent that may send such things: registered, under this id, at this address. */
function senderOf(turn: Turn, from: PID, agentId: string | undefined, what: string): AgentRecord | undefined {
  const agent = agentId === undefined ? undefined : turn.cluster.agents.get(agentId);
  if (agent === undefined) {
    const known = agentId !== undefined && turn.cluster.removedAgents.has(agentId);
    turn.warn(`Ignoring ${what} from ${from.toString()}: agent ${agentId} is ${known ? 'removed' : 'unknown'}`);
    return undefined;
  }
  if (!agent.pid.equals(from)) {
    turn.warn(`Ignoring ${what} from ${from.toString()}: it is not ${agentName(agent)}`);
    return undefined;
  }
  return agent;
}

/** StatusUpdateMessage: a task has changed, says its agent. */
export function statusUpdate(turn: Turn, from: PID, message: StatusUpdateMessage): void {
  const { update } = message;
  turn.count('messages_status_update');
  const agent = senderOf(turn, from, update.agent_id?.value, `status update ${updateName(update)}`);
  if (agent === undefined || update.uuid === undefined || !isUuid(update.uuid)) {
    if (agent !== undefined) turn.warn(`Ignoring status update ${updateName(update)}: it has no valid uuid`);
    turn.count('invalid_status_updates');
    return;
  }
  const framework = turn.cluster.frameworks.get(update.framework_id.value);
  const connected = framework?.connection !== undefined;
  if (connected) {
    forward(turn, framework, update);
  } else {
    const which = framework === undefined ? 'unknown' : 'disconnected';
    turn.warn(`Not forwarding status update ${updateName(update)}: the framework is ${which}`);
  }
  const record = taskOf(agent, update.framework_id.value, update.status.task_id.value);
  if (record === undefined) turn.warn(`There is no task for status update ${updateName(update)}`);
  else updateTask(turn, record, update);
  turn.count(connected && record !== undefined ? 'valid_status_updates' : 'invalid_status_updates');
}

/** ACKNOWLEDGE: the scheduler has an update; its agent may send the next. */
export function acknowledge(turn: Turn, framework: FrameworkRecord, call: SchedulerCall_Acknowledge): void {
  turn.count('messages_status_update_acknowledgement');
  const agent = turn.cluster.agents.get(call.agent_id.value);
  const what = `acknowledgement ${formatUuid(call.uuid)} of task '${call.task_id.value}' of ${nameOf(framework)}`;
  if (agent === undefined || !agent.connected) {
    turn.warn(`Cannot send ${what}: its agent is ${agent === undefined ? 'not registered' : 'disconnected'}`);
    turn.count('invalid_status_update_acknowledgements');
    return;
  }
  const record = taskOf(agent, framework.id, call.task_id.value);
  if (record !== undefined) {
    const { status_update_state: state, status_update_uuid: uuid } = record.task;
    if (state === undefined || uuid === undefined) {
      // The agent will send the update again, and this time the framework will acknowledge what this master forwarded.
      turn.warn(`Ignoring ${what}: this master has not sent the update`);
      turn.count('invalid_status_update_acknowledgements');
      return;
    }
    if (isTerminalState(state) && Buffer.compare(uuid, call.uuid) === 0) removeTask(turn, record);
  }
  turn.send(agent.pid, 'mesos.internal.StatusUpdateAcknowledgementMessage', {
    agent_id: call.agent_id,
    framework_id: { value: framework.id },
    task_id: call.task_id,
    uuid: call.uuid,
  });
  turn.count('valid_status_update_acknowledgements');
}

/** KILL: a task that is not known is answered as a reconciliation of it is. */
export function kill(turn: Turn, framework: FrameworkRecord, call: SchedulerCall_Kill): void {
  const taskId = call.task_id.value;
  turn.info(`Processing KILL call for task '${taskId}' of ${nameOf(framework)}`);
  turn.count('messages_kill_task');
  const record = framework.tasks.get(taskId);
  if (record === undefined) {
    turn.warn(`Cannot kill task '${taskId}' of ${nameOf(framework)}: it is unknown; reconciling`);
    reconcile(turn, framework, [
      call.agent_id === undefined ? { task_id: call.task_id } : { task_id: call.task_id, agent_id: call.agent_id },
    ]);
    return;
  }
  const agentId = record.task.agent_id.value;
  if (call.agent_id !== undefined && call.agent_id.value !== agentId) {
    turn.warn(
      `Cannot kill task '${taskId}' of ${nameOf(framework)} on agent ${call.agent_id.value}: it is on ${agentId}`,
    );
    return;
  }
  const agent = turn.cluster.agents.get(agentId);
  if (agent === undefined) throw new MasterError('MASTER_INVARIANT', `Task '${taskId}' is on unknown agent ${agentId}`);
  // The agent may be gone without the master knowing: it is told again when it is back.
  const killed = agent.killedTasks.get(framework.id);
  if (killed === undefined) agent.killedTasks.set(framework.id, new Set([taskId]));
  else killed.add(taskId);
  if (!agent.connected) {
    turn.warn(`Cannot kill task '${taskId}' of ${nameOf(framework)} before ${agentName(agent)} is back`);
    return;
  }
  turn.send(agent.pid, 'mesos.internal.KillTaskMessage', {
    framework_id: { value: framework.id },
    task_id: call.task_id,
    ...(call.kill_policy === undefined ? {} : { kill_policy: call.kill_policy }),
  });
}

/** SHUTDOWN: the agent is to end an executor. */
export function shutdownExecutor(turn: Turn, framework: FrameworkRecord, call: SchedulerCall_Shutdown): void {
  const agent = turn.cluster.agents.get(call.agent_id.value);
  const what = `executor '${call.executor_id.value}' of ${nameOf(framework)}`;
  if (agent === undefined) {
    turn.warn(`Cannot shut down ${what}: there is no agent ${call.agent_id.value}`);
    return;
  }
  turn.info(`Processing SHUTDOWN call for ${what} on ${agentName(agent)}`);
  turn.send(agent.pid, 'mesos.internal.ShutdownExecutorMessage', {
    framework_id: { value: framework.id },
    executor_id: call.executor_id,
  });
}

/** ExitedExecutorMessage: an executor has ended, says its agent. */
export function executorExited(turn: Turn, from: PID, message: ExitedExecutorMessage): void {
  turn.count('messages_exited_executor');
  const { agent_id, executor_id, framework_id, status } = message;
  const what = `executor '${executor_id.value}' of framework ${framework_id.value}`;
  const agent = senderOf(turn, from, agent_id.value, `the exit of ${what}`);
  if (agent === undefined) return;
  // The executor of a command task is the agent's own affair: the master never heard of it.
  if (executorOf(agent, framework_id.value, executor_id.value) === undefined) {
    turn.warn(`Ignoring the exit of unknown ${what} on ${agentName(agent)}`);
    return;
  }
  turn.info(`${what} on ${agentName(agent)} exited with wait status ${status}`);
  removeExecutor(turn, agent, framework_id.value, executor_id.value);
  const framework = turn.cluster.frameworks.get(framework_id.value);
  if (framework === undefined) return;
  turn.event(framework, { type: 'FAILURE', failure: { agent_id, executor_id, status } });
}

/** MESSAGE: from a scheduler to an executor. Not acknowledged, and lost when the agent is not there. */
export function messageToExecutor(turn: Turn, framework: FrameworkRecord, call: SchedulerCall_Message): void {
  turn.count('messages_framework_to_executor');
  const agent = turn.cluster.agents.get(call.agent_id.value);
  if (agent === undefined || !agent.connected) {
    const why = agent === undefined ? 'not registered' : 'disconnected';
    turn.warn(`Cannot send a message of ${nameOf(framework)} to agent ${call.agent_id.value}: it is ${why}`);
    turn.count('invalid_framework_to_executor_messages');
    return;
  }
  turn.send(agent.pid, 'mesos.internal.FrameworkToExecutorMessage', {
    framework_id: { value: framework.id },
    agent_id: call.agent_id,
    executor_id: call.executor_id,
    data: call.data,
  });
  turn.count('valid_framework_to_executor_messages');
}

/** ExecutorToFrameworkMessage: from an executor to its scheduler. */
export function messageToFramework(turn: Turn, from: PID, message: ExecutorToFrameworkMessage): void {
  turn.count('messages_executor_to_framework');
  const { agent_id, data, executor_id, framework_id } = message;
  const agent = senderOf(turn, from, agent_id.value, `a message of executor '${executor_id.value}'`);
  const framework = turn.cluster.frameworks.get(framework_id.value);
  if (agent === undefined || framework?.connection === undefined) {
    if (agent !== undefined)
      turn.warn(`Not forwarding a message to framework ${framework_id.value}: it is not connected`);
    turn.count('invalid_executor_to_framework_messages');
    return;
  }
  turn.event(framework, { type: 'MESSAGE', message: { agent_id, executor_id, data } });
  turn.count('valid_executor_to_framework_messages');
}
