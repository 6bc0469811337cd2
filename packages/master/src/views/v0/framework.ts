import { labelsJson, resourcesJson, seconds, taskJson } from '@mesos-ts/daemon';
import { frameworkUsed, type FrameworkRecord } from '../../state/framework.ts';
import { executorJson } from './executor.ts';
import { offerJson } from './offer.ts';
import type { JsonObject } from '@mesos-ts/daemon';
import type { Cluster } from '../../state/cluster.ts';

/** A framework as `/state-summary` shows it. */
export function frameworkSummaryJson(framework: FrameworkRecord): JsonObject {
  const { info } = framework;
  return {
    id: framework.id,
    name: info.name,
    // Absent for frameworks without one: clients tell HTTP frameworks by that.
    pid: framework.pid?.toString(),
    used_resources: resourcesJson(frameworkUsed(framework)),
    offered_resources: resourcesJson(framework.offeredResources),
    capabilities: [...framework.capabilities],
    hostname: info.hostname ?? '',
    webui_url: info.webui_url ?? '',
    active: framework.active,
    connected: framework.connection !== undefined,
    recovered: framework.recovered,
  };
}

/** A framework as `/state` and `/frameworks` show it, with all it has. */
export function frameworkJson(framework: FrameworkRecord, cluster: Cluster): JsonObject {
  const { info } = framework;
  const offers = [...framework.offers].map((id) => cluster.offers.get(id)).filter((offer) => offer !== undefined);
  const multiRole = framework.capabilities.has('MULTI_ROLE');
  return {
    ...frameworkSummaryJson(framework),
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint ?? false,
    registered_time: seconds(framework.registeredTimeMs),
    unregistered_time: seconds(framework.unregisteredTimeMs ?? 0),
    principal: info.principal,
    resources: resourcesJson(frameworkUsed(framework).add(framework.offeredResources)),
    reregistered_time: framework.reregisteredTimeMs === undefined ? undefined : seconds(framework.reregisteredTimeMs),
    role: multiRole ? undefined : (info.role ?? '*'),
    roles: multiRole ? (info.roles ?? []) : undefined,
    tasks: [...framework.tasks.values()].map(({ task }) => taskJson(task)),
    unreachable_tasks: [...framework.unreachableTasks.values()].map(({ task }) => taskJson(task)),
    completed_tasks: [...framework.completedTasks.values()].map(({ task }) => taskJson(task)),
    offers: offers.map(({ offer }) => offerJson(offer)),
    executors: [...framework.executors].flatMap(([agentId, executors]) =>
      [...executors.values()].map((executor) => executorJson(executor, agentId)),
    ),
    labels: labelsJson(info.labels),
    offer_constraints: {},
  };
}
