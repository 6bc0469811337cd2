import {
  buildTimeMs,
  filesView,
  flagsView,
  metricsView,
  ok,
  refuse,
  respond,
  versionView,
  type Answer,
} from '@mesos-ts/daemon';
import { canPlace, explain, type ExplainContext } from '../explain/explain.ts';
import { agentsView } from '../views/v1/agents.ts';
import { frameworksView } from '../views/v1/frameworks.ts';
import { rolesView, weightsView } from '../views/v1/roles.ts';
import { stateView } from '../views/v1/state.ts';
import { executorsView, tasksView } from '../views/v1/tasks.ts';
import { on, type CallHandler, type OperatorContext } from './operator-call.ts';
import type { MasterCall_Type, MasterResponse } from '@mesos-ts/protocol';

/** The calls that ask for something, and those that set how much is logged. */
export const reads = {
  GET_HEALTH: () => answer({ type: 'GET_HEALTH', get_health: { healthy: true } }),
  GET_VERSION: () => answer({ type: 'GET_VERSION', get_version: versionView(buildTimeMs) }),
  GET_FLAGS: ({ approvers, options }) => {
    if (!approvers.approves('VIEW_FLAGS')) return forbidden();
    return answer({ type: 'GET_FLAGS', get_flags: flagsView(options.facts.flags) });
  },
  GET_METRICS: on('get_metrics', async ({ options }, { timeout }) => {
    const timeoutMs = timeout === undefined ? undefined : Math.max(0, timeout.nanoseconds / 1e6);
    return answer({ type: 'GET_METRICS', get_metrics: metricsView(await options.services.metrics(timeoutMs)) });
  }),
  GET_LOGGING_LEVEL: async ({ options }) => {
    const level = await options.services.loggingLevel();
    return answer({ type: 'GET_LOGGING_LEVEL', get_logging_level: { level } });
  },
  SET_LOGGING_LEVEL: on('set_logging_level', async ({ approvers, options }, { duration, level }) => {
    if (!approvers.approves('SET_LOG_LEVEL')) return forbidden();
    const isSet = await options.services.setLoggingLevel(level, Math.max(0, duration.nanoseconds / 1e6));
    return isSet ? ok() : refuse(501, 'The logger of this master cannot change its level while it runs');
  }),
  LIST_FILES: on('list_files', async ({ options, principal }, { path }) => {
    const listed = await options.services.files.list(path, principal);
    if ('status' in listed) return refuse(listed.status, listed.text);
    return answer({ type: 'LIST_FILES', list_files: filesView(listed) });
  }),
  READ_FILE: on('read_file', async ({ options, principal }, { length, offset, path }) => {
    const part = await options.services.files.read(path, offset, length, principal);
    if ('status' in part) return refuse(part.status, part.text);
    return answer({ type: 'READ_FILE', read_file: { size: part.size, data: part.bytes } });
  }),
  GET_STATE: ({ approvers, options }) =>
    answer({ type: 'GET_STATE', get_state: stateView(options.cluster, approvers) }),
  GET_AGENTS: ({ approvers, options }) =>
    answer({ type: 'GET_AGENTS', get_agents: agentsView(options.cluster, approvers) }),
  GET_FRAMEWORKS: ({ approvers, options }) =>
    answer({ type: 'GET_FRAMEWORKS', get_frameworks: frameworksView(options.cluster, approvers) }),
  GET_EXECUTORS: ({ approvers, options }) =>
    answer({ type: 'GET_EXECUTORS', get_executors: executorsView(options.cluster, approvers) }),
  GET_TASKS: ({ approvers, options }) =>
    answer({ type: 'GET_TASKS', get_tasks: tasksView(options.cluster, approvers) }),
  // This master performs no operations yet.
  GET_OPERATIONS: () => answer({ type: 'GET_OPERATIONS', get_operations: {} }),
  GET_ROLES: ({ approvers, options }) =>
    answer({ type: 'GET_ROLES', get_roles: rolesView(options.cluster, options.settings, approvers) }),
  GET_WEIGHTS: ({ approvers, options }) => {
    const get_weights = weightsView(options.settings, approvers);
    return answer({ type: 'GET_WEIGHTS', ...(get_weights === undefined ? {} : { get_weights }) });
  },
  GET_MASTER: ({ options }) => {
    const startedSeconds = options.facts.startTimeMs / 1000;
    return answer({
      type: 'GET_MASTER',
      get_master: {
        master_info: options.facts.info,
        start_time: startedSeconds,
        // A master without rivals leads from the start.
        elected_time: startedSeconds,
      },
    });
  },
  // Nothing of these can be set yet.
  GET_MAINTENANCE_STATUS: () => answer({ type: 'GET_MAINTENANCE_STATUS', get_maintenance_status: { status: {} } }),
  GET_MAINTENANCE_SCHEDULE: () =>
    answer({ type: 'GET_MAINTENANCE_SCHEDULE', get_maintenance_schedule: { schedule: {} } }),
  GET_QUOTA: () => answer({ type: 'GET_QUOTA', get_quota: { status: {} } }),
  EXPLAIN: on('explain', async (context, asked) => {
    const told = await explain(asked, explainContext(context));
    return 'error' in told ? refuse(told.status, told.error) : answer({ type: 'EXPLAIN', explain: told.value });
  }),
  CAN_PLACE: on('can_place', async (context, asked) => {
    const told = await canPlace(asked, explainContext(context));
    return 'error' in told ? refuse(told.status, told.error) : answer({ type: 'CAN_PLACE', can_place: told.value });
  }),
} as const satisfies Partial<Record<MasterCall_Type, CallHandler>>;

function explainContext({ approvers, options: { cluster, services } }: OperatorContext): ExplainContext {
  return { cluster, approvers, nowMs: services.nowMs(), ask: services.explain };
}

function answer(response: MasterResponse): Answer {
  return respond('mesos.v1.master.Response', response);
}

function forbidden(): Answer {
  return refuse(403, '403 Forbidden.');
}
