import { toJson } from '@mesos-ts/protocol';
import { labelsJson, resourcesJson, seconds, taskJson, type Approvers, type JsonObject } from '@mesos-ts/daemon';
import { frameworkUsed } from '../../state/framework.ts';
import { visibleExecutors, visibleTasks } from '../visible.ts';
import { executorJson } from './executor.ts';
import { offerJson } from './offer.ts';
import type { V0View } from './source.ts';
import type { ShownCluster, ShownFramework, ShownTask } from '../shown.ts';

/** What `/frameworks` shows: those that are there and those that were, or the one that is asked for. */
export const frameworksView: V0View = ({ cluster }, approvers, { framework_id: wanted }) => {
  const list = (frameworks: Iterable<ShownFramework>): JsonObject[] =>
    [...visibleFrameworks(frameworks, approvers, wanted)].map((framework) =>
      frameworkJson(framework, cluster, approvers),
    );
  return {
    frameworks: list(cluster.frameworks.values()),
    completed_frameworks: list(cluster.completedFrameworks.values()),
    unregistered_frameworks: [],
  };
};

/** The frameworks that somebody may see, and of these the one with the id if one is given. */
export function* visibleFrameworks<F extends ShownFramework>(
  frameworks: Iterable<F>,
  approvers: Approvers,
  wanted: string | undefined,
): Generator<F> {
  for (const framework of frameworks) {
    if (wanted !== undefined && framework.id !== wanted) continue;
    if (approvers.approves('VIEW_FRAMEWORK', { framework_info: framework.info })) yield framework;
  }
}

/** A framework as `/state-summary` shows it. */
export function frameworkSummaryJson(framework: ShownFramework, used = frameworkUsed(framework)) {
  const { info } = framework;
  return {
    id: framework.id,
    name: info.name,
    // Absent for frameworks without one: clients tell HTTP frameworks by that.
    pid: framework.pid?.toString(),
    used_resources: resourcesJson(used),
    offered_resources: resourcesJson(framework.offeredResources),
    capabilities: [...framework.capabilities],
    hostname: info.hostname ?? '',
    webui_url: info.webui_url ?? '',
    active: framework.active,
    connected: framework.connected,
    recovered: framework.recovered,
  };
}

/** A framework as `/state` and `/frameworks` show it, with all that somebody may see of what it has. */
export function frameworkJson(framework: ShownFramework, cluster: ShownCluster, approvers: Approvers): JsonObject {
  const tasks = (records: Iterable<ShownTask>): JsonObject[] =>
    [...visibleTasks(framework, records, approvers)].map(({ task }) => taskJson(task));
  return {
    ...frameworkHead(framework),
    tasks: tasks(framework.tasks.values()),
    unreachable_tasks: tasks(framework.unreachableTasks.values()),
    completed_tasks: tasks(framework.completedTasks.values()),
    offers: offersJson(framework, cluster),
    executors: [...visibleExecutors(framework, approvers)].map(([executor, agentId]) =>
      executorJson(executor, agentId),
    ),
    ...frameworkTail(framework),
  };
}

/** What is shown of a framework before what it has. */
export function frameworkHead(framework: ShownFramework): JsonObject {
  const { info } = framework;
  const multiRole = framework.capabilities.has('MULTI_ROLE');
  const used = frameworkUsed(framework);
  const summary = frameworkSummaryJson(framework, used);
  // Told one by one: there are many frameworks, and a copy of the summary that grows is several times as slow.
  return {
    id: summary.id,
    name: summary.name,
    pid: summary.pid,
    used_resources: summary.used_resources,
    offered_resources: summary.offered_resources,
    capabilities: summary.capabilities,
    hostname: summary.hostname,
    webui_url: summary.webui_url,
    active: summary.active,
    connected: summary.connected,
    recovered: summary.recovered,
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint ?? false,
    registered_time: seconds(framework.registeredTimeMs),
    unregistered_time: seconds(framework.unregisteredTimeMs ?? 0),
    principal: info.principal,
    resources: resourcesJson(used.add(framework.offeredResources)),
    reregistered_time: framework.reregisteredTimeMs === undefined ? undefined : seconds(framework.reregisteredTimeMs),
    role: multiRole ? undefined : (info.role ?? '*'),
    roles: multiRole ? (info.roles ?? []) : undefined,
  };
}

/** What is shown of a framework after what it has. */
export function frameworkTail(framework: ShownFramework): JsonObject {
  return {
    labels: labelsJson(framework.info.labels),
    offer_constraints: toJson('mesos.v1.scheduler.OfferConstraints', framework.offerConstraints),
  };
}

/** The offers that a framework has not answered. */
export function offersJson({ offers }: ShownFramework, cluster: ShownCluster): JsonObject[] {
  const shown: JsonObject[] = [];
  for (const id of offers) {
    const record = cluster.offers.get(id);
    if (record !== undefined) shown.push(offerJson(record.offer));
  }
  return shown;
}
