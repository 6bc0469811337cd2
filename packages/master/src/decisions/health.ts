import { agentHeard, agentSilent } from './unreachable.ts';
import { agentName } from './turn.ts';
import type { PID } from '@mesos-ts/libprocess';
import type { AgentRecord } from '../state/agent.ts';
import type { Turn } from './turn.ts';

/** Starts to look after an agent: it is pinged for as long as it is registered. */
export function startPinging(turn: Turn, agent: AgentRecord): void {
  agent.health.missed = 0;
  ping(turn, agent);
}

/** PongAgentMessage: the agent is there. */
export function pong(turn: Turn, from: PID): void {
  const agent = turn.cluster.agentAt(from);
  if (agent === undefined) return; // It was removed while its answer was on its way.
  agent.health.waiting = false;
  agent.health.missed = 0;
  agentHeard(turn, agent);
}

/** It is time for the next ping, or the last one had no answer. */
export function pingDue(turn: Turn, agentId: string, incarnation: number): void {
  const agent = turn.cluster.agents.get(agentId);
  if (agent === undefined || agent.incarnation !== incarnation) return;
  const { agentPingTimeoutsMax } = turn.settings;
  if (agent.health.waiting) {
    agent.health.missed++;
    turn.info(`Unanswered ping ${agent.health.missed} of ${agentPingTimeoutsMax}: ${agentName(agent)}`);
    if (agent.health.missed >= agentPingTimeoutsMax) agentSilent(turn, agent);
  }
  // Also one that is given up: until that is done, its answer counts.
  ping(turn, agent);
}

function ping(turn: Turn, agent: AgentRecord): void {
  agent.health.waiting = true;
  // An agent that learns here that it is not connected registers again.
  turn.send(agent.pid, 'mesos.internal.PingAgentMessage', { connected: agent.connected });
  const { agentPingTimeoutMs } = turn.settings;
  turn.startTimer(agentPingTimeoutMs, { type: 'ping', agentId: agent.id, incarnation: agent.incarnation });
}
