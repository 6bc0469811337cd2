/** The answer of `/state`, key by key as in Mesos's agent (`src/slave/http.cpp`). Pure. */
import { hasCapability } from '@mesos-ts/protocol';
import type { AgentInfo, AgentInfo_Capability, Resources } from '@mesos-ts/protocol';
import type { PID } from '@mesos-ts/libprocess';

import { VERSION_INFO } from '../constants.ts';
import type { ExecutorState } from './executor-state.ts';
import { usedResources } from './agent-state.ts';
import type { AgentState } from './agent-state.ts';
import type { FrameworkState } from './framework-state.ts';
import {
  attributesJson,
  fullResourcesJson,
  labelsJson,
  queuedTaskJson,
  reservationsJson,
  resourcesJson,
  roleOf,
  taskJson,
} from './v0-json.ts';
import type { Json } from './v0-json.ts';

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
export function stateJson(state: AgentState, facts: AgentFacts): Json {
  const { info, total } = facts;
  const used = usedResources(state);
  return {
    ...VERSION_INFO,
    start_time: facts.startTimeMs / 1000,
    id: info.id?.value ?? '',
    pid: facts.pid.toString(),
    hostname: info.hostname,
    capabilities: facts.capabilities.map((capability) => capability.type),
    domain: info.domain,
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

function frameworkJson(framework: FrameworkState): Json {
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

function executorJson(executor: ExecutorState): Json {
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
