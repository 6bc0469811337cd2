/** The answer of `/state`, key by key as in Mesos's agent (`src/slave/http.cpp`). Pure. */
import {
  attributesJson,
  buildTimeMs,
  commandJson,
  fullResourcesJson,
  labelsJson,
  optionalJson,
  reservationsJson,
  resourcesJson,
  roleOf,
  seconds,
  versionJson,
  visibleRoles,
} from '@mesos-ts/daemon';
import type { Approvers, JsonObject } from '@mesos-ts/daemon';
import type { PID } from '@mesos-ts/libprocess';
import { hasCapability } from '@mesos-ts/protocol';
import type { AgentInfo, AgentInfo_Capability, FrameworkInfo, Resources, TaskInfo } from '@mesos-ts/protocol';

import { usedResources } from '../../state/agent-state.ts';
import type { AgentState } from '../../state/agent-state.ts';
import type { ExecutorState } from '../../state/executor-state.ts';

/** What `/state` tells about besides frameworks. */
export interface AgentFacts {
  readonly pid: PID;
  readonly info: AgentInfo;
  readonly total: Resources;
  readonly capabilities: readonly AgentInfo_Capability[];
  /** Milliseconds since the Unix epoch. */
  readonly startTimeMs: number;
  readonly masterHostname: string | undefined;
  readonly logDir: string | undefined;
  readonly externalLogFile: string | undefined;
  readonly flags: Readonly<Record<string, string>>;
}

/** What `/state` shows besides the frameworks. */
export function stateHead(state: AgentState, facts: AgentFacts, approvers: Approvers): JsonObject {
  const { info, total } = facts;
  const used = usedResources(state);
  return {
    ...versionJson(buildTimeMs),
    start_time: seconds(facts.startTimeMs),
    id: info.id?.value ?? '',
    pid: facts.pid.toString(),
    hostname: info.hostname,
    capabilities: facts.capabilities.map((capability) => capability.type ?? 'UNKNOWN'),
    domain: optionalJson('mesos.v1.DomainInfo', info.domain),
    resources: resourcesJson(total),
    reserved_resources: visibleRoles(reservationsJson(total, resourcesJson), approvers),
    unreserved_resources: resourcesJson(total.unreserved()),
    reserved_resources_full: visibleRoles(reservationsJson(total, fullResourcesJson), approvers),
    unreserved_resources_full: fullResourcesJson(total.unreserved()),
    reserved_resources_allocated: visibleRoles(reservationsJson(used, resourcesJson), approvers),
    unreserved_resources_allocated: resourcesJson(used.unreserved()),
    resource_providers: [],
    attributes: attributesJson(info.attributes ?? []),
    master_hostname: facts.masterHostname,
    ...(approvers.approves('VIEW_FLAGS')
      ? { log_dir: facts.logDir, external_log_file: facts.externalLogFile, flags: facts.flags }
      : {}),
  };
}

/** A framework without its executors. */
export function frameworkHead(info: FrameworkInfo): JsonObject {
  const roles = hasCapability(info, 'MULTI_ROLE') ? { roles: info.roles ?? [] } : { role: info.role ?? '*' };
  return {
    id: info.id?.value ?? '',
    name: info.name,
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint ?? false,
    hostname: info.hostname ?? '',
    principal: info.principal,
    ...roles,
  };
}

/** An executor without its tasks. */
export function executorHead({ containerId, directory, id, info }: ExecutorState, allocated: Resources): JsonObject {
  return {
    id,
    name: info.name ?? '',
    source: info.source ?? '',
    container: containerId,
    directory,
    resources: resourcesJson(allocated),
    role: roleOf(info.resources),
    labels: labelsJson(info.labels),
    type: info.type,
  };
}

/** A task that waits for its executor. */
export function queuedTaskJson(task: TaskInfo): JsonObject {
  return {
    id: task.task_id.value,
    name: task.name,
    slave_id: task.agent_id.value,
    resources: resourcesJson(task.resources ?? []),
    role: roleOf(task.resources),
    command: task.command === undefined ? undefined : commandJson(task.command),
    executor_id: task.executor?.executor_id.value,
    discovery: optionalJson('mesos.v1.DiscoveryInfo', task.discovery),
  };
}
