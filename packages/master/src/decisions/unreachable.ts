// Agents that answer no pings, or do not come back: they are marked unreachable, in the registry first, and not too many at a time.
import { formatDuration } from '@mesos-ts/flags';
import { cancelScheduled, endStay, tellLost } from './agents.ts';
import { agentName } from './turn.ts';
import type { AgentRecord } from '../state/agent.ts';
import type { UnreachableCause } from '../state/transitions.ts';
import type { Turn } from './turn.ts';

/** An agent has answered no pings for too long. */
export function agentSilent(turn: Turn, agent: AgentRecord): void {
  schedule(turn, agent.id, 'silent', 'health check timed out');
}

/** An agent is there after all: it is not marked unreachable for its silence. */
export function agentHeard(turn: Turn, agent: AgentRecord): void {
  if (turn.cluster.transitions.unreachableScheduled.get(agent.id) !== 'silent') return;
  cancelScheduled(turn, agent.id, 'it has answered a ping');
}

/** An agent did not come back in time after its connection broke. */
export function reregisterTimedOut(turn: Turn, agentId: string, incarnation: number): void {
  const agent = turn.cluster.agents.get(agentId);
  if (agent === undefined || agent.incarnation !== incarnation || agent.connected) return;
  const timeout = formatDuration(turn.settings.agentReregisterTimeoutMs);
  schedule(turn, agentId, 'away', `agent did not reregister within ${timeout} after disconnecting`);
}

/** Agents that the registry knows did not come in time to the master that has taken over. */
export function recoveredAgentsTimedOut(turn: Turn): void {
  const { recoveredAgents, recoveredCount, transitions } = turn.cluster;
  const timeout = formatDuration(turn.settings.agentReregisterTimeoutMs);
  const limit = turn.settings.recoveryAgentRemovalLimit;
  if (recoveredAgents.size > limit * recoveredCount) {
    const percent = (100 * recoveredAgents.size) / recoveredCount;
    turn.end(
      `Post-recovery agent removal limit exceeded! After ${timeout} there were ${recoveredAgents.size} (${percent}%) agents recovered ` +
        `from the registry that did not reregister: ${firstOf(recoveredAgents.keys())}. The configured removal limit is ${limit * 100}%. ` +
        'Please investigate or increase this limit (--recovery_agent_removal_limit) to proceed further',
    );
    return;
  }
  for (const agentId of recoveredAgents.keys()) {
    if (transitions.reregistering.has(agentId)) continue;
    schedule(turn, agentId, 'away', `did not reregister within ${timeout} after master failover`);
  }
}

const namedMax = 100;

function firstOf(ids: Iterable<string>): string {
  const all = [...ids];
  return all.length <= namedMax
    ? all.join(', ')
    : `${all.slice(0, namedMax).join(', ')} and ${all.length - namedMax} more`;
}

/** Has an agent marked unreachable as soon as `--agent_removal_rate_limit` allows it. */
function schedule(turn: Turn, agentId: string, cause: UnreachableCause, message: string): void {
  const { unreachableScheduled } = turn.cluster.transitions;
  if (unreachableScheduled.has(agentId) || turn.cluster.transitions.ending(agentId) !== undefined) return;
  turn.count('slave_unreachable_scheduled');
  if (turn.settings.agentRemovalRate === undefined) {
    markUnreachable(turn, agentId, message);
    return;
  }
  turn.info(`Agent ${agentId} is to be marked unreachable: ${message}`);
  unreachableScheduled.set(agentId, cause);
  turn.awaitUnreachable(agentId, (later) => {
    if (unreachableScheduled.delete(agentId)) markUnreachable(later, agentId, message);
  });
}

/** Takes an agent for unreachable, unless it is about to come back, or to leave for good. */
function markUnreachable(turn: Turn, agentId: string, message: string): void {
  const { cluster } = turn;
  const { transitions } = cluster;
  const inTheWay = transitions.reregistering.has(agentId) ? 'is reregistering' : transitions.ending(agentId);
  if (inTheWay !== undefined) {
    turn.info(`Not marking agent ${agentId} unreachable: it ${inTheWay}`);
    turn.count('slave_unreachable_canceled');
    return;
  }
  turn.count('slave_unreachable_completed');
  transitions.markingUnreachable.add(agentId);
  const timeMs = turn.nowMs;
  turn.info(`Marking agent ${agentId} unreachable: ${message}`);
  turn.registry({ type: 'mark-unreachable', agentId, timeMs }, (later) => {
    transitions.markingUnreachable.delete(agentId);
    markedUnreachable(later, agentId, timeMs, message);
  });
}

/** The registry has it that an agent is unreachable: its tasks may still run, and it may come back. */
function markedUnreachable(turn: Turn, agentId: string, timeMs: number, message: string): void {
  const { cluster } = turn;
  const agent = cluster.agents.get(agentId);
  turn.count('slave_removals');
  turn.count('slave_removals/reason_unhealthy');
  if (agent === undefined) {
    // Of an agent that never came, this master knows no tasks.
    const deactivated = cluster.recoveredAgents.get(agentId)?.deactivated ?? false;
    cluster.recoveredAgents.delete(agentId);
    cluster.unreachableAgents.set(agentId, { sinceMs: timeMs, tasks: new Map(), deactivated });
    turn.count('recovery_slave_removals');
    turn.warn(`Marked agent ${agentId} unreachable: ${message}`);
    tellLost(turn, agentId);
    return;
  }
  turn.warn(`Marked ${agentName(agent)} unreachable: ${message}`);
  const tasks = new Map([...agent.tasks].map(([frameworkId, records]) => [frameworkId, [...records.keys()]]));
  cluster.unreachableAgents.set(agentId, { sinceMs: timeMs, tasks, deactivated: agent.deactivated });
  endStay(turn, agent, 'unreachable', (framework) => ({
    state: framework.capabilities.has('PARTITION_AWARE') ? 'TASK_UNREACHABLE' : 'TASK_LOST',
    reason: 'REASON_AGENT_REMOVED',
    message,
    unreachableTimeMs: timeMs,
  }));
}
