import { buildTimeMs, optionalJson, seconds, versionJson } from '@mesos-ts/daemon';
import { agentJson, recoveredAgentsJson } from './agent.ts';
import { frameworksView } from './framework.ts';
import type { Approvers, JsonObject } from '@mesos-ts/daemon';
import type { V0Source, V0View } from './source.ts';

/** What `/state` shows: all there is. */
export const stateView: V0View = (source, approvers) => ({
  ...stateHead(source, approvers),
  slaves: [...source.cluster.agents.values()].map((agent) => agentJson(agent, approvers)),
  recovered_slaves: recoveredAgentsJson(source.cluster),
  ...frameworksView(source, approvers, {}),
  orphan_tasks: [],
});

/** What `/state` shows of the master itself, before all else. */
export function stateHead({ cluster, facts, settings }: V0Source, approvers: Approvers): JsonObject {
  const { info } = facts;
  const agents = [...cluster.agents.values()];
  const domain = optionalJson('mesos.v1.DomainInfo', info.domain);
  const flags = approvers.approves('VIEW_FLAGS')
    ? {
        cluster: settings.cluster,
        log_dir: facts.flags['log_dir'],
        external_log_file: facts.flags['external_log_file'],
        flags: facts.flags,
      }
    : {};
  return {
    ...versionJson(buildTimeMs),
    start_time: seconds(facts.startTimeMs),
    // There is always one where this is shown; who does not lead redirects.
    elected_time: seconds(facts.electedTimeMs ?? facts.startTimeMs),
    id: info.id,
    pid: info.pid ?? '',
    hostname: info.hostname ?? '',
    capabilities: (info.capabilities ?? []).map((capability) => capability.type ?? 'UNKNOWN'),
    activated_slaves: agents.filter((agent) => agent.active).length,
    deactivated_slaves: agents.filter((agent) => !agent.active).length,
    unreachable_slaves: cluster.unreachableAgents.size,
    domain,
    leader: info.pid ?? '',
    leader_info: { id: info.id, pid: info.pid ?? '', port: info.port, hostname: info.hostname ?? '', domain },
    ...flags,
  };
}
