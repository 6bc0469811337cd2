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
  taskJson,
  versionJson,
} from '@mesos-ts/daemon';
import type { JsonObject } from '@mesos-ts/daemon';
import type { PID } from '@mesos-ts/libprocess';
import { hasCapability } from '@mesos-ts/protocol';
import type { AgentInfo, AgentInfo_Capability, Resources, TaskInfo } from '@mesos-ts/protocol';

import type { ExecutorState } from './executor-state.ts';
import { usedResources } from './agent-state.ts';
import type { AgentState } from './agent-state.ts';
import type { FrameworkState } from './framework-state.ts';

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

/** Everything about an agent. */
export function stateJson(state: AgentState, facts: AgentFacts): JsonObject {
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
    reserved_resources: reservationsJson(total, resourcesJson),
    unreserved_resources: resourcesJson(total.unreserved()),
    reserved_resources_full: reservationsJson(total, fullResourcesJson),
    unreserved_resources_full: fullResourcesJson(total.unreserved()),
    reserved_resources_allocated: reservationsJson(used, resourcesJson),
    unreserved_resources_allocated: resourcesJson(used.unreserved()),
    resource_providers: [],
    attributes: attributesJson(info.attributes ?? []),
    master_hostname: facts.masterHostname,
    log_dir: facts.logDir,
    external_log_file: facts.externalLogFile,
    flags: facts.flags,
    frameworks: [...state.frameworks.values()].map(frameworkJson),
    completed_frameworks: [...state.completedFrameworks.values()].map(frameworkJson),
  };
}

function frameworkJson(framework: FrameworkState): JsonObject {
  const { info } = framework;
  const roles = hasCapability(info, 'MULTI_ROLE') ? { roles: info.roles ?? [] } : { role: info.role ?? '*' };
  return {
    id: framework.id,
    name: info.name,
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint ?? false,
    hostname: info.hostname ?? '',
    principal: info.principal,
    ...roles,
    executors: [...framework.executors.values()].map(executorJson),
    completed_executors: framework.completedExecutors.map(executorJson),
  };
}

function executorJson(executor: ExecutorState): JsonObject {
  const { info } = executor;
  return {
    id: executor.id,
    name: info.name ?? '',
    source: info.source ?? '',
    container: executor.containerId,
    directory: executor.directory,
    resources: resourcesJson(executor.allocated),
    role: roleOf(info.resources),
    labels: labelsJson(info.labels),
    type: info.type,
    tasks: [...executor.launchedTasks.values()].map(taskJson),
    queued_tasks: [...executor.queuedTasks.values()].map(queuedTaskJson),
    completed_tasks: [...executor.completedTasks, ...executor.terminatedTasks.values()].map(taskJson),
  };
}

/** A task that waits for its executor. */
function queuedTaskJson(task: TaskInfo): JsonObject {
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
