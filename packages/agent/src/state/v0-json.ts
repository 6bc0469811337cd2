/** Protocol objects as Mesos's version 0 endpoints show them (`src/common/http.cpp`). Pure. */
import { downgradeResource, formatRanges } from '@mesos-ts/protocol';
import type {
  Attribute,
  CommandInfo,
  ContainerStatus,
  Label,
  Labels,
  Resource,
  Resources,
  Task,
  TaskInfo,
  TaskStatus,
  Value_Range,
} from '@mesos-ts/protocol';

/** JSON under construction: what is undefined is left out when it is written. */
export type Json = Record<string, unknown>;

/** Resources as one object: the four usual kinds always, scalars as numbers, ranges and sets as texts. */
export function resourcesJson(resources: Iterable<Resource>): Json {
  const scalars: Record<string, number> = { cpus: 0, gpus: 0, mem: 0, disk: 0 };
  const ranges = new Map<string, Value_Range[]>();
  const sets = new Map<string, string[]>();
  for (const resource of resources) {
    const name = resource.revocable === undefined ? resource.name : `${resource.name}_revocable`;
    if (resource.scalar !== undefined) scalars[name] = toThousandths((scalars[name] ?? 0) + resource.scalar.value);
    if (resource.ranges !== undefined)
      ranges.set(name, [...(ranges.get(name) ?? []), ...(resource.ranges.range ?? [])]);
    if (resource.set !== undefined) sets.set(name, [...(sets.get(name) ?? []), ...(resource.set.item ?? [])]);
  }
  return {
    ...scalars,
    ...Object.fromEntries([...ranges].map(([name, list]) => [name, formatRanges({ range: byBegin(list) })])),
    ...Object.fromEntries([...sets].map(([name, items]) => [name, `{${items.join(', ')}}`])),
  };
}

/** Resources as a list that readers of the old and of the new way of telling reservations both understand. */
export function fullResourcesJson(resources: Resources): Json[] {
  return resources.toArray().map((resource) => ({ ...resource, ...downgradeResource(resource) }));
}

/** Resources by the role that they are reserved for. */
export function reservationsJson<T>(resources: Resources, show: (reserved: Resources) => T): Record<string, T> {
  return Object.fromEntries([...resources.reservations()].map(([role, reserved]) => [role, show(reserved)]));
}

/** Attributes as one object: scalars as numbers, the rest as texts. */
export function attributesJson(attributes: readonly Attribute[]): Json {
  return Object.fromEntries(attributes.map((attribute) => [attribute.name, attributeValue(attribute)]));
}

function byBegin(ranges: readonly Value_Range[]): Value_Range[] {
  return ranges.toSorted((a, b) => a.begin - b.begin);
}

function attributeValue(attribute: Attribute): number | string {
  if (attribute.scalar !== undefined) return attribute.scalar.value;
  if (attribute.ranges !== undefined) return formatRanges(attribute.ranges);
  if (attribute.set !== undefined) return `{${(attribute.set.item ?? []).join(', ')}}`;
  return attribute.text?.value ?? '';
}

/** A task that an executor has, or had. A command task has an empty executor id. */
export function taskJson(task: Task): Json {
  return {
    id: task.task_id.value,
    name: task.name,
    framework_id: task.framework_id.value,
    executor_id: task.executor_id?.value ?? '',
    slave_id: task.agent_id.value,
    state: task.state,
    resources: resourcesJson(task.resources ?? []),
    role: roleOf(task.resources),
    statuses: (task.statuses ?? []).map(statusJson),
    user: task.user,
    labels: labelsJson(task.labels),
    discovery: task.discovery,
    container: task.container,
  };
}

/** A task that waits for its executor. */
export function queuedTaskJson(task: TaskInfo): Json {
  return {
    id: task.task_id.value,
    name: task.name,
    slave_id: task.agent_id.value,
    resources: resourcesJson(task.resources ?? []),
    role: roleOf(task.resources),
    command: task.command === undefined ? undefined : commandJson(task.command),
    executor_id: task.executor?.executor_id.value,
    discovery: task.discovery,
  };
}

/** Labels as the list of them. */
export function labelsJson(labels: Labels | undefined): Label[] | undefined {
  return labels === undefined ? undefined : (labels.labels ?? []);
}

/** The role that resources are allocated to; they are never of several. */
export function roleOf(resources: readonly Resource[] | undefined): string | undefined {
  return resources?.find((resource) => resource.allocation_info?.role !== undefined)?.allocation_info?.role;
}

function statusJson(status: TaskStatus): Json {
  return {
    state: status.state,
    timestamp: status.timestamp,
    labels: labelsJson(status.labels),
    container_status: status.container_status === undefined ? undefined : containerStatusJson(status.container_status),
    healthy: status.healthy,
  };
}

function containerStatusJson(status: ContainerStatus): Json {
  return { container_id: status.container_id, network_infos: status.network_infos, cgroup_info: status.cgroup_info };
}

function commandJson(command: CommandInfo): Json {
  return {
    shell: command.shell,
    value: command.value,
    argv: command.arguments ?? [],
    environment: command.environment,
    uris: (command.uris ?? []).map((uri) => ({ value: uri.value, executable: uri.executable ?? false })),
  };
}

function toThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}
