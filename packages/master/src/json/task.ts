import { messageJson, resourcesJson, type Json } from './values.ts';
import type { ContainerStatus, ExecutorInfo, Offer, Task, TaskStatus } from '@mesos-ts/protocol';

/** A task as the v0 endpoints show it. */
export function taskJson(task: Task): Json {
  const { container, discovery, health_check, labels, limits, user } = task;
  return {
    id: task.task_id.value,
    name: task.name,
    framework_id: task.framework_id.value,
    // Empty, not absent, for command tasks: clients read it.
    executor_id: task.executor_id?.value ?? '',
    slave_id: task.agent_id.value,
    state: task.state,
    resources: resourcesJson(task.resources ?? []),
    limits:
      limits === undefined
        ? undefined
        : Object.fromEntries(Object.entries(limits).map(([name, { value }]) => [name, value])),
    role: task.resources?.[0]?.allocation_info?.role ?? '*',
    statuses: (task.statuses ?? []).map(statusJson),
    user,
    labels: labels === undefined ? undefined : messageJson(labels.labels ?? []),
    discovery: optional(discovery),
    container: optional(container),
    health_check: optional(health_check),
  };
}

function optional(message: unknown): Json | undefined {
  return message === undefined ? undefined : messageJson(message);
}

function statusJson(status: TaskStatus): Json {
  return {
    state: status.state,
    timestamp: status.timestamp ?? 0,
    labels: status.labels === undefined ? undefined : messageJson(status.labels.labels ?? []),
    container_status: status.container_status === undefined ? undefined : containerStatusJson(status.container_status),
    healthy: status.healthy,
  };
}

function containerStatusJson(status: ContainerStatus): Json {
  const { cgroup_info, container_id, network_infos = [] } = status;
  return {
    container_id: optional(container_id),
    network_infos: network_infos.length === 0 ? undefined : messageJson(network_infos),
    cgroup_info: optional(cgroup_info),
  };
}

/** An executor as the v0 endpoints show it, and the agent it runs on. */
export function executorJson(executor: ExecutorInfo, agentId: string): Json {
  const { command, labels, resources = [], type } = executor;
  return {
    executor_id: executor.executor_id.value,
    name: executor.name ?? '',
    framework_id: executor.framework_id?.value ?? '',
    command: {
      shell: command?.shell,
      value: command?.value,
      argv: command?.arguments ?? [],
      environment: optional(command?.environment),
      uris: (command?.uris ?? []).map((uri) => ({ value: uri.value, executable: uri.executable ?? false })),
    },
    resources: resourcesJson(resources),
    role: resources[0]?.allocation_info?.role,
    labels: labels === undefined ? undefined : messageJson(labels.labels ?? []),
    type,
    slave_id: agentId,
  };
}

/** An offer as the v0 endpoints show it. */
export function offerJson(offer: Offer): Json {
  return {
    id: offer.id.value,
    framework_id: offer.framework_id.value,
    allocation_info: messageJson(offer.allocation_info ?? {}),
    slave_id: offer.agent_id.value,
    resources: resourcesJson(offer.resources ?? []),
  };
}
