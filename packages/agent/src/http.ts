/** The agent's HTTP endpoints of version 0: `/state`, `/flags`, `/version`, `/health`, `/containers`, `/monitor/statistics`. */
import { errorText, jsonResponse } from '@mesos-ts/libprocess';
import type { HttpHandler, HttpRequest, HttpResponse } from '@mesos-ts/libprocess';
import type { ContainerStatus, ResourceStatistics } from '@mesos-ts/protocol';

import { VERSION_INFO } from './constants.ts';
import type { AgentContext } from './context.ts';
import { executorsOf } from './state/agent-state.ts';
import type { ExecutorState } from './state/executor-state.ts';
import { stateJson } from './state/state-json.ts';
import type { AgentFacts } from './state/state-json.ts';

/** An endpoint. */
export interface Endpoint {
  readonly path: string;
  readonly help: string;
  readonly handler: HttpHandler;
}

/**
 * All endpoints of the agent itself.
 * @param facts What `/state` tells besides the frameworks; asked for each request.
 */
export function endpoints(context: AgentContext, facts: () => AgentFacts): Endpoint[] {
  return [
    { path: '/health', help: 'Answers 200 while the agent is well.', handler: () => ({ status: 200, body: '' }) },
    { path: '/version', help: 'The version of the agent.', handler: (request) => json(request, VERSION_INFO) },
    { path: '/flags', help: "The agent's flags.", handler: (request) => json(request, { flags: facts().flags }) },
    {
      path: '/state',
      help: 'Everything about the agent.',
      handler: (request) => json(request, stateJson(context.state, facts())),
    },
    {
      path: '/containers',
      help: 'The containers of executors: status and use of resources.',
      handler: async (request) => json(request, await containers(context)),
    },
    {
      path: '/monitor/statistics',
      help: "What executors' containers use.",
      handler: async (request) => json(request, await statistics(context)),
    },
  ];
}

function json(request: HttpRequest, value: unknown): HttpResponse {
  return jsonResponse(value, { jsonp: request.query.get('jsonp') });
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
