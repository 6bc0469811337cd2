import { withdrawInverseOffers } from './inverse-offers.ts';
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
  withdrawInverseOffers(turn, turn.cluster.inverseOffers.ofAgent(agent.id), 'rescind');
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

/** Gives an agent up for good, in the registry first. It may be registered, not back yet, or unreachable. */
export function giveUp(turn: Turn, agentId: string, done: () => void): void {
  const { transitions } = turn.cluster;
  turn.info(`Marking agent ${agentId} gone`);
  transitions.markingGone.add(agentId);
  const timeMs = turn.nowMs;
  turn.registry({ type: 'mark-gone', agentId, timeMs }, (later) => {
    transitions.markingGone.delete(agentId);
    givenUp(later, agentId, timeMs);
    done();
  });
}

/** The registry has it that an agent is gone: one that is registered is told to end, and its tasks are told to be gone. */
function givenUp(turn: Turn, agentId: string, timeMs: number): void {
  const { cluster } = turn;
  turn.info(`Marked agent ${agentId} gone`);
  cluster.goneAgents.set(agentId, timeMs);
  cancelScheduled(turn, agentId, 'it is gone');
  const agent = cluster.agents.get(agentId);
  const unreachable = cluster.unreachableAgents.get(agentId);
  if (agent !== undefined) {
    turn.send(agent.pid, 'mesos.internal.ShutdownMessage', { message: goneMessage });
    endStay(turn, agent, 'completed', goneVerdict);
  } else if (unreachable !== undefined) {
    endUnreachable(turn, agentId, unreachable);
  }
  // What runs on an agent that has not come to this master, nobody knows here.
  cluster.recoveredAgents.delete(agentId);
}

/** Gives up the tasks of an agent that is unreachable. */
function endUnreachable(turn: Turn, agentId: string, agent: UnreachableAgent): void {
  const { cluster } = turn;
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

/** An agent that was to be marked unreachable is not: it is back, or was heard, or has left for good. */
export function cancelScheduled(turn: Turn, agentId: string, why: string): void {
  if (!turn.cluster.transitions.unreachableScheduled.delete(agentId)) return;
  turn.cancelUnreachable(agentId);
  turn.count('slave_unreachable_canceled');
  turn.info(`Not marking agent ${agentId} unreachable: ${why}`);
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
  withdrawInverseOffers(turn, turn.cluster.inverseOffers.ofAgent(agent.id), 'rescind');
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

/** Removes an agent that will not come back, from the registry first: its tasks are lost. */
export function removeAgent(
  turn: Turn,
  agent: AgentRecord,
  cause: string,
  reason?: 'reason_registered' | 'reason_unregistered',
): void {
  const { transitions } = turn.cluster;
  const inTheWay = transitions.ending(agent.id);
  if (inTheWay !== undefined) {
    turn.warn(`Ignoring that ${agentName(agent)} leaves (${cause}): it ${inTheWay}`);
    return;
  }
  turn.info(`Removing ${agentName(agent)}: ${cause}`);
  transitions.removing.add(agent.id);
  turn.registry({ type: 'remove-agent', agentId: agent.id }, (later) => {
    transitions.removing.delete(agent.id);
    later.info(`Removed ${agentName(agent)}: ${cause}`);
    later.count('slave_removals');
    if (reason !== undefined) later.count(`slave_removals/${reason}`);
    endStay(later, agent, 'completed', () => ({
      state: 'TASK_LOST',
      reason: 'REASON_AGENT_REMOVED',
      message: `Agent ${agent.info.hostname} removed: ${cause}`,
    }));
    later.publish(() => agentRemoved(agent));
  });
}

/** Ends an agent's stay: its tasks, its executors, its offers. Frameworks hear of it by FAILURE. */
export function endStay(
  turn: Turn,
  agent: AgentRecord,
  as: 'completed' | 'unreachable',
  verdict: (framework: FrameworkRecord) => Verdict,
): void {
  const { cluster } = turn;
  for (const framework of frameworksOf(turn, agent)) {
    // The newest first, as Mesos's masters tell of them.
    for (const record of [...(agent.tasks.get(framework.id)?.values() ?? [])].toReversed()) {
      endTask(turn, framework, record, as, verdict(framework));
    }
    for (const executorId of agent.executors.get(framework.id)?.keys() ?? []) {
      removeExecutor(turn, agent, framework.id, executorId);
    }
  }
  withdrawOffers(turn, agent.offers, 'rescind', 'The agent was removed');
  withdrawInverseOffers(turn, cluster.inverseOffers.ofAgent(agent.id), 'rescind');
  cluster.inverseOffers.forgetAnswers(agent.id);
  // Another may have come to its address meanwhile.
  if (cluster.agentAt(agent.pid) === agent) turn.unlink(agent.pid);
  cluster.removeAgent(agent);
  cluster.removedAgents.set(agent.id, true);
  turn.allocator({ type: 'remove-agent', agentId: agent.id });
  turn.stopTimer({ type: 'ping', agentId: agent.id, incarnation: agent.incarnation });
  turn.stopTimer({ type: 'agent-reregister', agentId: agent.id, incarnation: agent.incarnation });
  cancelScheduled(turn, agent.id, 'it has left');
  tellLost(turn, agent.id);
}

/** Tells all schedulers that an agent is no more there. */
export function tellLost(turn: Turn, agentId: string): void {
  for (const framework of turn.cluster.frameworks.values()) {
    turn.event(framework, { type: 'FAILURE', failure: { agent_id: { value: agentId } } });
  }
}
