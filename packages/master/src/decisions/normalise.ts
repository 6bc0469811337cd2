import {
  upgradeResource,
  validateResource,
  type ExecutorInfo,
  type HealthCheck,
  type Resource,
  type TaskInfo,
} from '@mesos-ts/protocol';

/**
 * A task as the master keeps it: its resources allocated to the offer's role and in the newer format, its executor's framework
 * named, the kind of its health check spelled out. Frameworks may leave all of these out.
 */
export function normaliseTask(task: TaskInfo, role: string, frameworkId: string | undefined): TaskInfo {
  const { executor, health_check: health, resources } = task;
  return {
    ...task,
    ...(resources === undefined ? {} : { resources: resources.map((resource) => normaliseResource(resource, role)) }),
    ...(executor === undefined ? {} : { executor: normaliseExecutor(executor, role, frameworkId) }),
    ...(health === undefined ? {} : { health_check: normaliseHealthCheck(health) }),
  };
}

/** An executor as the master keeps it. Without a framework's id, one that is missing stays missing. */
export function normaliseExecutor(executor: ExecutorInfo, role: string, frameworkId: string | undefined): ExecutorInfo {
  const { framework_id, resources } = executor;
  return {
    ...executor,
    ...(resources === undefined ? {} : { resources: resources.map((resource) => normaliseResource(resource, role)) }),
    ...(framework_id === undefined && frameworkId !== undefined ? { framework_id: { value: frameworkId } } : {}),
  };
}

function normaliseResource(resource: Resource, role: string): Resource {
  const allocated = resource.allocation_info === undefined ? { ...resource, allocation_info: { role } } : resource;
  // An invalid resource stays as it is until validation has said so.
  return validateResource(allocated) === undefined ? upgradeResource(allocated) : allocated;
}

function normaliseHealthCheck(check: HealthCheck): HealthCheck {
  if (check.type !== undefined) return check;
  if (check.command !== undefined && check.http === undefined) return { ...check, type: 'COMMAND' };
  if (check.http !== undefined && check.command === undefined) return { ...check, type: 'HTTP' };
  return check;
}
