import { attributesJson, fullResourcesJson, reservationsJson, resourcesJson, seconds } from '@mesos-ts/daemon';
import { usedOf, type AgentRecord } from '../../state/agent.ts';
import type { JsonObject } from '@mesos-ts/daemon';

const defaultAgentPort = 5051;

/** An agent as `/state` shows it. */
export function agentJson(agent: AgentRecord): JsonObject {
  const { info, totalResources } = agent;
  return {
    id: agent.id,
    hostname: info.hostname,
    port: info.port ?? defaultAgentPort,
    attributes: attributesJson(info.attributes ?? []),
    pid: agent.pid.toString(),
    registered_time: seconds(agent.registeredTimeMs),
    reregistered_time: agent.reregisteredTimeMs === undefined ? undefined : seconds(agent.reregisteredTimeMs),
    resources: resourcesJson(totalResources),
    used_resources: resourcesJson(usedOf(agent)),
    offered_resources: resourcesJson(agent.offeredResources),
    reserved_resources: reservationsJson(totalResources, resourcesJson),
    unreserved_resources: resourcesJson(totalResources.unreserved()),
    active: agent.active,
    // That is for agents which an operator has deactivated, which this master does not offer yet.
    deactivated: false,
    version: agent.version,
    capabilities: [...agent.capabilities],
  };
}

/** An agent as `/slaves` shows it: with every resource in full. */
export function fullAgentJson(agent: AgentRecord): JsonObject {
  const { totalResources } = agent;
  return {
    ...agentJson(agent),
    reserved_resources_full: reservationsJson(totalResources, fullResourcesJson),
    unreserved_resources_full: fullResourcesJson(totalResources.unreserved()),
    used_resources_full: fullResourcesJson(usedOf(agent)),
    offered_resources_full: fullResourcesJson(agent.offeredResources),
  };
}
