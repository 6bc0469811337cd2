/** What the agent tells of containers: which there are, how they are and what they use. */
import { optionalJson } from '@mesos-ts/daemon';
import type { Approvers, JsonObject } from '@mesos-ts/daemon';
import { errorText } from '@mesos-ts/libprocess';
import type {
  AgentResponse_GetContainers_Container,
  ContainerStatus,
  Parsed,
  ResourceStatistics,
} from '@mesos-ts/protocol';

import type { AgentContext } from '../context.ts';
import { executorsOf } from '../state/agent-state.ts';
import type { ExecutorState } from '../state/executor-state.ts';

/** Which containers somebody asks for. */
export interface ContainersQuery {
  readonly containerId: string | null;
  readonly frameworkId: string | null;
  readonly executorId: string | null;
}

/** Reads the query of `/containers`. */
export function containersQuery(query: URLSearchParams): Parsed<ContainersQuery> {
  const containerId = query.get('container_id');
  const frameworkId = query.get('framework_id');
  const executorId = query.get('executor_id');
  const mixed = containerId !== null && (executorId !== null || frameworkId !== null);
  if (!mixed && (executorId === null || frameworkId !== null || containerId !== null)) {
    return { value: { containerId, frameworkId, executorId } };
  }
  return {
    error: 'Supported query parameters are container_id only, framework_id only, or executor_id and framework_id only',
  };
}

/** What `/monitor/statistics` shows: entries of those containers that could be measured. */
export async function statistics(context: AgentContext): Promise<JsonObject[]> {
  const entries = await Promise.all(
    [...executorsOf(context.state)].map(async (executor) => {
      const usage = await usageOf(context, executor);
      return usage === undefined ? [] : [{ ...named(executor), statistics: statisticsJson(usage) }];
    }),
  );
  return entries.flat();
}

/** What `/containers` shows: those of executors that run and that somebody may see. What cannot be told of one is left out. */
export async function containers(
  context: AgentContext,
  approvers: Approvers,
  query: ContainersQuery,
): Promise<JsonObject[]> {
  const list = await examined(context, approvers, query);
  return list.map(({ executor, status, usage }) => ({
    ...named(executor),
    container_id: executor.containerId,
    status: optionalJson('mesos.v1.ContainerStatus', status),
    statistics: statisticsJson(usage),
  }));
}

/** What GET_CONTAINERS shows: the same containers. */
export async function containersView(
  context: AgentContext,
  approvers: Approvers,
): Promise<AgentResponse_GetContainers_Container[]> {
  const list = await examined(context, approvers, { containerId: null, frameworkId: null, executorId: null });
  return list.map(({ executor, status, usage }) => ({
    framework_id: { value: executor.frameworkId },
    executor_id: { value: executor.id },
    executor_name: executor.info.name ?? '',
    container_id: { value: executor.containerId },
    ...(status === undefined ? {} : { container_status: status }),
    ...(usage === undefined ? {} : { resource_statistics: usage }),
  }));
}

/** A container, and what could be told of it. */
interface Examined {
  readonly executor: ExecutorState;
  readonly usage: ResourceStatistics | undefined;
  readonly status: ContainerStatus | undefined;
}

function examined(context: AgentContext, approvers: Approvers, query: ContainersQuery): Promise<Examined[]> {
  const wanted = [...executorsOf(context.state)].filter(
    (executor) => isWanted(executor, query) && isVisible(context, approvers, executor),
  );
  return Promise.all(
    wanted.map(async (executor) => {
      const [usage, status] = await Promise.all([usageOf(context, executor), statusOf(context, executor)]);
      return { executor, usage, status };
    }),
  );
}

function isWanted(executor: ExecutorState, { containerId, executorId, frameworkId }: ContainersQuery): boolean {
  return (
    executor.phase !== 'TERMINATED' &&
    executor.containerId === (containerId ?? executor.containerId) &&
    executor.frameworkId === (frameworkId ?? executor.frameworkId) &&
    executor.id === (executorId ?? executor.id)
  );
}

function isVisible({ state }: AgentContext, approvers: Approvers, executor: ExecutorState): boolean {
  const framework_info = state.frameworks.get(executor.frameworkId)?.info;
  if (framework_info === undefined) return false;
  return approvers.approves('VIEW_CONTAINER', { executor_info: executor.info, framework_info });
}

/** What both lists say of an executor. */
function named(executor: ExecutorState): Record<'executor_id' | 'executor_name' | 'framework_id' | 'source', string> {
  return {
    executor_id: executor.id,
    executor_name: executor.info.name ?? '',
    framework_id: executor.frameworkId,
    source: executor.info.source ?? '',
  };
}

function statisticsJson(usage: ResourceStatistics | undefined): JsonObject | undefined {
  return optionalJson('mesos.v1.ResourceStatistics', usage);
}

async function usageOf(context: AgentContext, executor: ExecutorState): Promise<ResourceStatistics | undefined> {
  try {
    return await context.containerizer.usage(executor.containerId);
  } catch (error) {
    // It ended while the list was being made.
    context.runtime.logger.debug(`No usage of container ${executor.containerId}: ${errorText(error)}`);
    return undefined;
  }
}

async function statusOf(context: AgentContext, executor: ExecutorState): Promise<ContainerStatus | undefined> {
  try {
    return await context.containerizer.status(executor.containerId);
  } catch (error) {
    context.runtime.logger.debug(`No status of container ${executor.containerId}: ${errorText(error)}`);
    return undefined;
  }
}
