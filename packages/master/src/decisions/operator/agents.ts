import type { Approvers } from '@mesos-ts/daemon';
import { deferred } from '@mesos-ts/libprocess';
import { deactivateAgent, giveUp, reactivateAgent } from '../agents.ts';
import { bad, busy, done, forbidden, notFound, unsupported, type LaterAnswer, type OperatorAnswer } from './answer.ts';
import type { Turn } from '../turn.ts';

/** Gives an agent up for good, with all that runs there. It is not let in again. Answered when the registry has it. */
export function markAgentGone(turn: Turn, approvers: Approvers, agentId: string): LaterAnswer {
  if (!approvers.approves('MARK_AGENT_GONE')) return forbidden;
  const { goneAgents, transitions } = turn.cluster;
  if (goneAgents.has(agentId)) return done;
  if (transitions.markingGone.has(agentId)) {
    return busy(`Agent '${agentId}' is already being transitioned to gone`);
  }
  if (transitions.removing.has(agentId)) return busy(`Agent '${agentId}' is being transitioned to removed`);
  if (transitions.markingUnreachable.has(agentId)) {
    return busy(`Agent '${agentId}' is being transitioned to unreachable`);
  }
  if (!isKnown(turn, agentId)) return notFound(`Agent '${agentId}' not found`);
  const answer = deferred<OperatorAnswer>();
  giveUp(turn, agentId, () => {
    answer.resolve(done);
  });
  return answer.promise;
}

/** Whether an agent is registered, not back yet, or unreachable. */
function isKnown({ cluster }: Turn, agentId: string): boolean {
  const { agents, recoveredAgents, unreachableAgents } = cluster;
  return agents.has(agentId) || recoveredAgents.has(agentId) || unreachableAgents.has(agentId);
}

/** Has nothing of an agent offered any more; what runs there goes on. One that is away comes back that way. */
export function deactivate(turn: Turn, approvers: Approvers, agentId: string): LaterAnswer {
  if (!approvers.approves('DEACTIVATE_AGENT')) return forbidden;
  if (!isKnown(turn, agentId)) return bad('Unknown agent');
  const answer = deferred<OperatorAnswer>();
  turn.registry({ type: 'deactivate-agent', agentId }, (later) => {
    const agent = later.cluster.agents.get(agentId);
    if (agent === undefined) setAwayDeactivated(later, agentId, true);
    else deactivateAgent(later, agent);
    answer.resolve(done);
  });
  return answer.promise;
}

/** Has an agent's resources offered again. */
export function reactivate(turn: Turn, approvers: Approvers, agentId: string): LaterAnswer {
  if (!approvers.approves('REACTIVATE_AGENT')) return forbidden;
  const { agents, recoveredAgents, unreachableAgents } = turn.cluster;
  const known = agents.get(agentId) ?? recoveredAgents.get(agentId) ?? unreachableAgents.get(agentId);
  if (known?.deactivated !== true) return bad('Agent is not deactivated');
  const answer = deferred<OperatorAnswer>();
  turn.registry({ type: 'reactivate-agent', agentId }, (later) => {
    const agent = later.cluster.agents.get(agentId);
    if (agent === undefined) {
      setAwayDeactivated(later, agentId, false);
      // As in Mesos: it holds from when the agent is back, and is told as if it did not.
      answer.resolve({ status: 409, text: 'Agent removed while processing the call' });
    } else {
      reactivateAgent(later, agent);
      answer.resolve(done);
    }
  });
  return answer.promise;
}

/** Notes of an agent that is not registered how it is to come back. */
function setAwayDeactivated({ cluster }: Turn, agentId: string, deactivated: boolean): void {
  const agent = cluster.recoveredAgents.get(agentId) ?? cluster.unreachableAgents.get(agentId);
  if (agent !== undefined) agent.deactivated = deactivated;
}

/** Has all tasks of an agent killed, and nothing of it offered. */
export function drain(
  turn: Turn,
  approvers: Approvers,
  { agentId, markGone }: { readonly agentId: string; readonly markGone: boolean },
): OperatorAnswer {
  if (!approvers.approves('DRAIN_AGENT')) return forbidden;
  if (markGone && !approvers.approves('MARK_AGENT_GONE')) return forbidden;
  if (!isKnown(turn, agentId)) return bad('Unknown agent');
  return unsupported('Draining agents');
}
