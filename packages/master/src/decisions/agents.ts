import { formatDuration } from '@mesos-ts/flags';
import { withdrawOffers } from './offers.ts';
import { agentRemoved } from './operator-events.ts';
import { forward, removeExecutor, removeTask, updateTask, verdictOn, type Verdict } from './tasks.ts';
import { agentName } from './turn.ts';
import type { PID } from '@mesos-ts/libprocess';
import type { UnregisterAgentMessage } from '@mesos-ts/protocol';
import type { AgentRecord } from '../state/agent.ts';
import type { UnreachableAgent } from '../state/cluster.ts';
import type { FrameworkRecord } from '../state/framework.ts';
import type { TaskRecord } from '../state/task.ts';
import type { Turn } from './turn.ts';

/** The connection to an agent broke: it has some time to come back, and nothing of it is offered meanwhile. */
export function agentDisconnected(turn: Turn, agent: AgentRecord): void {
  if (!agent.connected) return;
  turn.info(`Disconnected ${agentName(agent)}`);
  agent.connected = false;
  agent.active = false;
  turn.allocator({ type: 'deactivate-agent', agentId: agent.id });
  withdrawOffers(turn, agent.offers, 'rescind', 'The agent is disconnected');
  for (const framework of frameworksOf(turn, agent)) {
    // Only checkpointing frameworks' executors are promised to survive their agent.
    if (framework.info.checkpoint !== true) removeFrameworkFrom(turn, agent, framework);
  }
  turn.startTimer(turn.settings.agentReregisterTimeoutMs, {
    type: 'agent-reregister',
    agentId: agent.id,
    incarnation: agent.incarnation,
  });
}

function frameworksOf(turn: Turn, agent: AgentRecord): FrameworkRecord[] {
  const ids = new Set([...agent.tasks.keys(), ...agent.executors.keys()]);
  return [...ids].map((id) => turn.cluster.frameworks.get(id)).filter((framework) => framework !== undefined);
}

/** Gives up what a framework runs on an agent that is disconnected. */
function removeFrameworkFrom(turn: Turn, agent: AgentRecord, framework: FrameworkRecord): void {
  turn.info(`Removing framework ${framework.id} from ${agentName(agent)}: it is not checkpointing`);
  for (const record of agent.tasks.get(framework.id)?.values() ?? []) {
    endTask(turn, framework, record, 'completed', {
      state: 'TASK_LOST',
      message: `Agent ${agent.info.hostname} disconnected`,
      reason: 'REASON_AGENT_DISCONNECTED',
    });
  }
  for (const executorId of agent.executors.get(framework.id)?.keys() ?? []) {
    removeExecutor(turn, agent, framework.id, executorId);
  }
}

/** Decides about a task without its agent, and tells its framework. */
function endTask(
  turn: Turn,
  framework: FrameworkRecord,
  record: TaskRecord,
  as: 'completed' | 'unreachable',
  verdict: Verdict,
): void {
  const update = verdictOn(turn, record, verdict);
  updateTask(turn, record, update);
  removeTask(turn, record, as);
  forward(turn, framework, update);
}

/** An agent did not come back in time after its connection broke. */
export function reregisterTimedOut(turn: Turn, agentId: string, incarnation: number): void {
  const agent = turn.cluster.agents.get(agentId);
  if (agent === undefined || agent.incarnation !== incarnation || agent.connected) return;
  turn.count('slave_unreachable_scheduled');
  turn.count('slave_unreachable_completed');
  const timeout = formatDuration(turn.settings.agentReregisterTimeoutMs);
  markUnreachable(turn, agent, `agent did not reregister within ${timeout} after disconnecting`);
}

/** Takes an agent for unreachable: its tasks may still run, and it may come back. */
export function markUnreachable(turn: Turn, agent: AgentRecord, message: string): void {
  turn.warn(`Marking ${agentName(agent)} unreachable: ${message}`);
  turn.count('slave_removals');
  turn.count('slave_removals/reason_unhealthy');
  const tasks = new Map([...agent.tasks].map(([frameworkId, records]) => [frameworkId, [...records.keys()]]));
  const { deactivated } = agent;
  turn.cluster.unreachableAgents.set(agent.id, { sinceMs: turn.nowMs, tasks, deactivated });
  remove(turn, agent, 'unreachable', (framework) => ({
    state: framework.capabilities.has('PARTITION_AWARE') ? 'TASK_UNREACHABLE' : 'TASK_LOST',
    reason: 'REASON_AGENT_REMOVED',
    message,
    unreachableTimeMs: turn.nowMs,
  }));
}

/** Gives up an agent that is registered, for good: it is told to end, and its tasks are told to be gone. */
export function giveUp(turn: Turn, agent: AgentRecord): void {
  turn.info(`Marking ${agentName(agent)} gone`);
  turn.cluster.goneAgents.set(agent.id, turn.nowMs);
  turn.send(agent.pid, 'mesos.internal.ShutdownMessage', { message: goneMessage });
  remove(turn, agent, 'completed', goneVerdict);
}

/** Gives up an agent that is unreachable, for good, and its tasks with it. */
export function giveUpUnreachable(turn: Turn, agentId: string, agent: UnreachableAgent): void {
  const { cluster } = turn;
  turn.info(`Marking unreachable agent ${agentId} gone`);
  cluster.goneAgents.set(agentId, turn.nowMs);
  cluster.unreachableAgents.delete(agentId);
  for (const [frameworkId, taskIds] of agent.tasks) {
    const framework = cluster.frameworks.get(frameworkId);
    for (const taskId of taskIds) {
      const record = framework?.unreachableTasks.get(taskId);
      if (framework === undefined || record === undefined) continue;
      const update = verdictOn(turn, record, goneVerdict(framework));
      updateTask(turn, record, update);
      framework.unreachableTasks.delete(taskId);
      framework.completedTasks.set(record, record);
      forward(turn, framework, update);
    }
  }
}

/** What an agent, and its tasks' frameworks, are told when an operator gives it up. */
export const goneMessage = 'Agent has been marked gone';

function goneVerdict(framework: FrameworkRecord): Verdict {
  return framework.capabilities.has('PARTITION_AWARE')
    ? { state: 'TASK_GONE_BY_OPERATOR', reason: 'REASON_AGENT_REMOVED_BY_OPERATOR', message: goneMessage }
    : { state: 'TASK_LOST', reason: 'REASON_AGENT_REMOVED', message: goneMessage };
}

/** An operator wants nothing of an agent offered. */
export function deactivateAgent(turn: Turn, agent: AgentRecord): void {
  turn.info(`Deactivating ${agentName(agent)}`);
  agent.deactivated = true;
  agent.active = false;
  turn.allocator({ type: 'deactivate-agent', agentId: agent.id });
  withdrawOffers(turn, agent.offers, 'rescind', 'An operator has deactivated the agent');
}

/** An operator wants an agent's resources offered again. */
export function reactivateAgent(turn: Turn, agent: AgentRecord): void {
  agent.deactivated = false;
  if (!agent.connected) {
    turn.info(`Reactivating ${agentName(agent)} when it is back`);
    return;
  }
  turn.info(`Reactivating ${agentName(agent)}`);
  agent.active = true;
  turn.allocator({ type: 'activate-agent', agentId: agent.id });
}

/** UnregisterAgentMessage: the agent leaves for good. */
export function unregisterAgent(turn: Turn, from: PID, message: UnregisterAgentMessage): void {
  turn.count('messages_unregister_slave');
  const agent = turn.cluster.agents.get(message.agent_id.value);
  if (agent?.pid.equals(from) !== true) {
    turn.warn(`Ignoring the unregistration of agent ${message.agent_id.value} from ${from.toString()}`);
    return;
  }
  removeAgent(turn, agent, 'the agent unregistered', 'reason_unregistered');
}

/** Removes an agent that will not come back: its tasks are lost. */
export function removeAgent(
  turn: Turn,
  agent: AgentRecord,
  cause: string,
  reason: 'reason_registered' | 'reason_unregistered',
): void {
  turn.info(`Removing ${agentName(agent)}: ${cause}`);
  turn.count('slave_removals');
  turn.count(`slave_removals/${reason}`);
  remove(turn, agent, 'completed', () => ({
    state: 'TASK_LOST',
    reason: 'REASON_AGENT_REMOVED',
    message: `Agent ${agent.info.hostname} removed: ${cause}`,
  }));
  turn.publish(() => agentRemoved(agent));
}

/** Ends an agent's stay: its tasks, its executors, its offers. Frameworks hear of it by FAILURE. */
function remove(
  turn: Turn,
  agent: AgentRecord,
  as: 'completed' | 'unreachable',
  verdict: (framework: FrameworkRecord) => Verdict,
): void {
  const { cluster } = turn;
  for (const framework of frameworksOf(turn, agent)) {
    for (const record of agent.tasks.get(framework.id)?.values() ?? []) {
      endTask(turn, framework, record, as, verdict(framework));
    }
    for (const executorId of agent.executors.get(framework.id)?.keys() ?? []) {
      removeExecutor(turn, agent, framework.id, executorId);
    }
  }
  withdrawOffers(turn, agent.offers, 'rescind', 'The agent was removed');
  cluster.removeAgent(agent);
  cluster.removedAgents.set(agent.id, true);
  turn.allocator({ type: 'remove-agent', agentId: agent.id });
  turn.unlink(agent.pid);
  turn.stopTimer({ type: 'ping', agentId: agent.id, incarnation: agent.incarnation });
  turn.stopTimer({ type: 'agent-reregister', agentId: agent.id, incarnation: agent.incarnation });
  for (const framework of cluster.frameworks.values()) {
    turn.event(framework, { type: 'FAILURE', failure: { agent_id: { value: agent.id } } });
  }
}
