/** The agent's HTTP endpoints of version 0: `/state`, `/flags`, `/version`, `/health`, `/containers`, `/monitor/statistics`. */
import { commonEndpoints, jsonEndpoint } from '@mesos-ts/daemon';
import type { Endpoint } from '@mesos-ts/daemon';
import { errorText } from '@mesos-ts/libprocess';
import type { ContainerStatus, ResourceStatistics } from '@mesos-ts/protocol';

import type { AgentContext } from './context.ts';
import { executorsOf } from './state/agent-state.ts';
import type { ExecutorState } from './state/executor-state.ts';
import { stateJson } from './state/state-json.ts';
import type { AgentFacts } from './state/state-json.ts';

/**
 * All endpoints of the agent itself.
 * @param facts What `/state` tells besides the frameworks; asked for each request.
 */
export function endpoints(context: AgentContext, facts: () => AgentFacts): Endpoint[] {
  return [
    ...commonEndpoints('agent', () => facts().flags),
    jsonEndpoint('/state', 'Everything about the agent.', () => stateJson(context.state, facts())),
    jsonEndpoint('/containers', 'The containers of executors: status and use of resources.', () => containers(context)),
    jsonEndpoint('/monitor/statistics', "What executors' containers use.", () => statistics(context)),
  ];
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

async function statistics(context: AgentContext): Promise<unknown[]> {
  const entries = await Promise.all(
    [...executorsOf(context.state)].map(async (executor) => {
      const usage = await usageOf(context, executor);
      return usage === undefined ? [] : [{ ...named(executor), statistics: usage }];
    }),
  );
  return entries.flat();
}

async function containers(context: AgentContext): Promise<unknown[]> {
  const entries = await Promise.all(
    [...executorsOf(context.state)].map(async (executor) => {
      const [usage, status] = await Promise.all([usageOf(context, executor), statusOf(context, executor)]);
      if (usage === undefined || status === undefined) return [];
      return [{ container_id: executor.containerId, ...named(executor), statistics: usage, status }];
    }),
  );
  return entries.flat();
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
