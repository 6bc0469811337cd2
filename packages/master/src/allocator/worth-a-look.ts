import type { HeldBackLedger } from './held-back.ts';
import type { Agent } from './records.ts';

/**
 * The agents among the candidates of which something is free, but for those of which nobody takes it. What nobody can have of the others is written down,
 * once for all of them.
 */
export function worthALook(
  agents: ReadonlyMap<string, Agent>,
  candidates: Iterable<string> | 'all',
  isQuiet: (agent: Agent) => boolean,
  everybody: HeldBackLedger,
  nowMs: number,
): Agent[] {
  const chosen: Agent[] = [];
  let inactive: Agent | undefined;
  let inactiveCount = 0;
  let full: Agent | undefined;
  let fullCount = 0;
  for (const agent of candidates === 'all' ? agents.values() : present(agents, candidates)) {
    if (!agent.active) {
      inactive = agent;
      inactiveCount++;
    } else if (agent.available.isEmpty()) {
      full = agent;
      fullCount++;
    } else if (!isQuiet(agent)) chosen.push(agent);
  }
  if (inactive !== undefined) {
    everybody.note('AGENT_INACTIVE', inactive.id, inactive.total, nowMs, undefined, inactiveCount);
  }
  if (full !== undefined) everybody.note('IN_USE', full.id, full.total, nowMs, undefined, fullCount);
  return chosen;
}

function* present(agents: ReadonlyMap<string, Agent>, ids: Iterable<string>): IterableIterator<Agent> {
  for (const id of ids) {
    const agent = agents.get(id);
    if (agent !== undefined) yield agent;
  }
}
