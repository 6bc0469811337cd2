import { labelsJson, listJson, optionalJson, type JsonObject } from './json.ts';
import { resourcesJson, roleOf } from './resources.ts';
import { withoutSecretValues } from '@mesos-ts/protocol';
import type { CommandInfo, ContainerStatus, NetworkInfo, Task, TaskStatus } from '@mesos-ts/protocol';

/** A task as the v0 endpoints of both daemons show it. */
export function taskJson(task: Task): JsonObject {
  const { limits } = task;
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
    role: roleOf(task.resources) ?? '*',
    statuses: (task.statuses ?? []).map(statusJson),
    user: task.user,
    labels: labelsJson(task.labels),
    discovery: optionalJson('mesos.v1.DiscoveryInfo', task.discovery),
    container: optionalJson('mesos.v1.ContainerInfo', task.container),
    health_check: optionalJson('mesos.v1.HealthCheck', task.health_check),
  };
}

function statusJson(status: TaskStatus): JsonObject {
  return {
    state: status.state,
    timestamp: status.timestamp ?? 0,
    labels: labelsJson(status.labels),
    container_status: status.container_status === undefined ? undefined : containerStatusJson(status.container_status),
    healthy: status.healthy,
  };
}

function containerStatusJson({ cgroup_info, container_id, network_infos = [] }: ContainerStatus): JsonObject {
  return {
    container_id: optionalJson('mesos.v1.ContainerID', container_id),
    network_infos: network_infos.length === 0 ? undefined : network_infos.map(networkInfoJson),
    cgroup_info: optionalJson('mesos.v1.CgroupInfo', cgroup_info),
  };
}

function networkInfoJson({ groups, ip_addresses, labels, name, port_mappings }: NetworkInfo): JsonObject {
  return {
    groups: groups?.length === 0 ? undefined : groups,
    labels: labelsJson(labels),
    ip_addresses: listJson('mesos.v1.NetworkInfo.IPAddress', ip_addresses),
    name,
    port_mappings: listJson('mesos.v1.NetworkInfo.PortMapping', port_mappings),
  };
}

/** A command as the v0 endpoints show it: its arguments and URIs always there, its environment as the message has it, without the values of secrets. */
export function commandJson(command: CommandInfo): JsonObject {
  const { environment, shell, uris = [], value } = withoutSecretValues(command);
  return {
    shell,
    value,
    argv: command.arguments ?? [],
    environment: optionalJson('mesos.v1.Environment', environment),
    uris: uris.map((uri) => ({ value: uri.value, executable: uri.executable ?? false })),
  };
}
