import { usedOf } from '../../state/agent.ts';
import { shownResource, visibleResources } from './resources.ts';
import { timeInfo } from './time.ts';
import type { Approvers } from '@mesos-ts/daemon';
import type { AgentInfo, MasterResponse_GetAgents, MasterResponse_GetAgents_Agent, Resource } from '@mesos-ts/protocol';
import type { ShownAgent, ShownCluster } from '../shown.ts';

/** The agents that are registered, with the resources that somebody may see. */
export function agentsView(cluster: ShownCluster, approvers: Approvers): MasterResponse_GetAgents {
  return {
    agents: [...cluster.agents.values()].map((agent) => agentView(agent, approvers)),
    recovered_agents: recoveredAgentsView(cluster, approvers),
  };
}

/** The agents that have not come to this master yet, as the registry has them. */
function recoveredAgentsView({ recoveredAgents }: ShownCluster, approvers: Approvers): AgentInfo[] {
  return [...recoveredAgents.values()].map(({ info }) => agentInfoView(info, approvers));
}

/** What an agent was started with, in the newer format only. */
export function agentInfoView(info: AgentInfo, approvers: Approvers): AgentInfo {
  return { ...info, resources: visibleResources(approvers, info.resources ?? []) };
}

/** An agent, with the resources that somebody may see. */
export function agentView(agent: ShownAgent, approvers: Approvers): MasterResponse_GetAgents_Agent {
  const shown = (resources: Iterable<Resource>): Resource[] =>
    visibleResources(approvers, resources).map(shownResource);
  return {
    agent_info: agentInfoView(agent.info, approvers),
    active: agent.active,
    deactivated: agent.deactivated,
    version: agent.version,
    pid: agent.pid.toString(),
    registered_time: timeInfo(agent.registeredTimeMs),
    ...(agent.reregisteredTimeMs === undefined ? {} : { reregistered_time: timeInfo(agent.reregisteredTimeMs) }),
    total_resources: shown(agent.totalResources),
    allocated_resources: shown(usedOf(agent)),
    offered_resources: shown(agent.offeredResources),
    capabilities: [...agent.capabilities].map((type) => ({ type })),
  };
}
