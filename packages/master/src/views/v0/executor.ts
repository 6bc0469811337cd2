import { commandJson, labelsJson, resourcesJson, roleOf } from '@mesos-ts/daemon';
import type { JsonObject } from '@mesos-ts/daemon';
import type { ExecutorInfo } from '@mesos-ts/protocol';

/** An executor as the v0 endpoints show it, and the agent it runs on. */
export function executorJson(executor: ExecutorInfo, agentId: string): JsonObject {
  return {
    executor_id: executor.executor_id.value,
    name: executor.name ?? '',
    framework_id: executor.framework_id?.value ?? '',
    command: commandJson(executor.command ?? {}),
    resources: resourcesJson(executor.resources ?? []),
    role: roleOf(executor.resources),
    labels: labelsJson(executor.labels),
    type: executor.type,
    slave_id: agentId,
  };
}
