import type { AgentRecord } from '../state/agent.ts';
import type { FrameworkRecord } from '../state/framework.ts';

/** All of an agent that the views show and that can change. */
export function agentMadeOf(agent: AgentRecord): readonly unknown[] {
  return [
    agent.info,
    agent.pid,
    agent.version,
    agent.capabilities,
    agent.reregisteredTimeMs,
    agent.active,
    agent.deactivated,
    agent.totalResources,
    agent.offeredResources,
    ...agent.usedResources.values(),
  ];
}

/** All of a framework, but for its tasks and executors, that the views show and that can change. */
export function frameworkMadeOf(framework: FrameworkRecord): readonly unknown[] {
  return [
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
    // By id: an offer stays as it is.
    ...framework.offers,
    // Tells where the one list ends and the other begins.
    undefined,
    ...framework.usedResources.values(),
  ];
}
