import {
  attributesJson,
  fullResourcesJson,
  mayViewResource,
  optionalJson,
  reservationsJson,
  resourcesJson,
  seconds,
  visibleRoles,
  type Approvers,
  type Json,
  type JsonObject,
} from '@mesos-ts/daemon';
import { usedOf } from '../../state/agent.ts';
import type { AgentInfo, Resource } from '@mesos-ts/protocol';
import type { V0View } from './source.ts';
import type { ShownAgent, ShownCluster } from '../shown.ts';

const defaultAgentPort = 5051;

/** What `/slaves` shows: the agents, or the one that is asked for. */
export const slavesView: V0View = ({ cluster }, approvers, { slave_id: wanted }) => ({
  slaves: [...cluster.agents.values()]
    .filter(({ id }) => wanted === undefined || id === wanted)
    .map((agent) => fullAgentJson(agent, approvers)),
  recovered_slaves: recoveredAgentsJson(cluster),
});

/** The agents that have not come to this master yet. */
export function recoveredAgentsJson({ recoveredAgents }: ShownCluster): JsonObject[] {
  return [...recoveredAgents].map(([id, { info }]) => recoveredAgentJson(id, info));
}

/** An agent that has not come to this master yet, as far as the registry tells of it. */
export function recoveredAgentJson(id: string, info: AgentInfo): JsonObject {
  return {
    id,
    hostname: info.hostname,
    port: info.port ?? defaultAgentPort,
    attributes: attributesJson(info.attributes ?? []),
    domain: optionalJson('mesos.v1.DomainInfo', info.domain),
  };
}

/** An agent as `/state` shows it. Reservations for roles that somebody may not see are left out of the list of them, not of the sums. */
export function agentJson(agent: ShownAgent, approvers: Approvers): JsonObject {
  const { info, totalResources } = agent;
  return {
    id: agent.id,
    hostname: info.hostname,
    port: info.port ?? defaultAgentPort,
    attributes: attributesJson(info.attributes ?? []),
    domain: optionalJson('mesos.v1.DomainInfo', info.domain),
    pid: agent.pid.toString(),
    registered_time: seconds(agent.registeredTimeMs),
    reregistered_time: agent.reregisteredTimeMs === undefined ? undefined : seconds(agent.reregisteredTimeMs),
    resources: resourcesJson(totalResources),
    used_resources: resourcesJson(usedOf(agent)),
    offered_resources: resourcesJson(agent.offeredResources),
    reserved_resources: visibleRoles(reservationsJson(totalResources, resourcesJson), approvers),
    unreserved_resources: resourcesJson(totalResources.unreserved()),
    active: agent.active,
    deactivated: agent.deactivated,
    version: agent.version,
    capabilities: [...agent.capabilities],
  };
}

/** An agent as `/slaves` shows it: with every resource in full. */
function fullAgentJson(agent: ShownAgent, approvers: Approvers): JsonObject {
  const { totalResources } = agent;
  const visible = (resources: Iterable<Resource>): Json[] =>
    fullResourcesJson([...resources].filter((resource) => mayViewResource(approvers, resource)));
  return Object.assign(agentJson(agent, approvers), {
    reserved_resources_full: visibleRoles(reservationsJson(totalResources, visible), approvers),
    unreserved_resources_full: visible(totalResources.unreserved()),
    used_resources_full: visible(usedOf(agent)),
    offered_resources_full: visible(agent.offeredResources),
  });
}
