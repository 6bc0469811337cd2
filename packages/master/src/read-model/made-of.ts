import type { AgentRecord } from '../state/agent.ts';
import type { FrameworkRecord } from '../state/framework.ts';

/** All of an agent that the views show and that can change, put into `parts`. */
export function agentMadeOf(agent: AgentRecord, parts: unknown[]): readonly unknown[] {
  parts.length = 0;
  parts.push(
    agent.info,
    agent.pid,
    agent.version,
    agent.capabilities,
    agent.reregisteredTimeMs,
    agent.active,
    agent.deactivated,
    agent.totalResources,
    agent.offeredResources,
  );
  for (const used of agent.usedResources.values()) parts.push(used);
  return parts;
}

/** All of a framework, but for its tasks and executors, that the views show and that can change, put into `parts`. */
export function frameworkMadeOf(framework: FrameworkRecord, parts: unknown[]): readonly unknown[] {
  parts.length = 0;
  parts.push(
    framework.info,
    framework.pid,
    framework.capabilities,
    framework.active,
    framework.connection === undefined,
    framework.recovered,
    framework.registeredTimeMs,
    framework.reregisteredTimeMs,
    framework.unregisteredTimeMs,
    framework.offerConstraints,
    framework.offeredResources,
  );
  // By id: an offer stays as it is.
  for (const id of framework.offers) parts.push(id);
  for (const used of framework.usedResources.values()) parts.push(used);
  return parts;
}
