import type { Approvers } from '@mesos-ts/daemon';
import { deactivateAgent, giveUp, giveUpUnreachable, reactivateAgent } from '../agents.ts';
import { bad, done, forbidden, notFound, unsupported, type OperatorAnswer } from './answer.ts';
import type { Turn } from '../turn.ts';

/** Gives an agent up for good, with all that runs there. It is not let in again. */
export function markAgentGone(turn: Turn, approvers: Approvers, agentId: string): OperatorAnswer {
  if (!approvers.approves('MARK_AGENT_GONE')) return forbidden;
  const { agents, goneAgents, unreachableAgents } = turn.cluster;
  if (goneAgents.has(agentId)) return done;
  const agent = agents.get(agentId);
  const unreachable = unreachableAgents.get(agentId);
  if (agent !== undefined) giveUp(turn, agent);
  else if (unreachable !== undefined) giveUpUnreachable(turn, agentId, unreachable);
  else return notFound(`Agent '${agentId}' not found`);
  return done;
}

/** Has nothing of an agent offered any more; what runs there goes on. One that is unreachable comes back that way. */
export function deactivate(turn: Turn, approvers: Approvers, agentId: string): OperatorAnswer {
  if (!approvers.approves('DEACTIVATE_AGENT')) return forbidden;
  const agent = turn.cluster.agents.get(agentId);
  const unreachable = turn.cluster.unreachableAgents.get(agentId);
  if (agent !== undefined) deactivateAgent(turn, agent);
  else if (unreachable !== undefined) unreachable.deactivated = true;
  else return bad('Unknown agent');
  return done;
}

/** Has an agent's resources offered again. */
export function reactivate(turn: Turn, approvers: Approvers, agentId: string): OperatorAnswer {
  if (!approvers.approves('REACTIVATE_AGENT')) return forbidden;
  const agent = turn.cluster.agents.get(agentId);
  const unreachable = turn.cluster.unreachableAgents.get(agentId);
  if ((agent ?? unreachable)?.deactivated !== true) return bad('Agent is not deactivated');
  if (agent !== undefined) {
    reactivateAgent(turn, agent);
    return done;
  }
  if (unreachable !== undefined) unreachable.deactivated = false;
  // As in Mesos: it holds from when the agent is back, and is told as if it did not.
  return { status: 409, text: 'Agent removed while processing the call' };
}

/** Has all tasks of an agent killed, and nothing of it offered. */
export function drain(
  turn: Turn,
  approvers: Approvers,
  { agentId, markGone }: { readonly agentId: string; readonly markGone: boolean },
): OperatorAnswer {
  const agent = turn.cluster.agents.get(agentId);
  if (!approvers.approves('DRAIN_AGENT')) return forbidden;
  if (markGone && !approvers.approves('MARK_AGENT_GONE')) return forbidden;
  if (agent === undefined && !turn.cluster.unreachableAgents.has(agentId)) return bad('Unknown agent');
  return unsupported('Draining agents');
}
