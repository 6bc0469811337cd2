import { commonCalls, refuse, respond, respondWith, type Answer } from '@mesos-ts/daemon';
import { canPlace, explain, type ExplainContext } from '../explain/explain.ts';
import { toldResponse } from '../read-model/response.ts';
import { eventLoopTurn } from '../read-model/turn.ts';
import { agentsView } from '../views/v1/agents.ts';
import { frameworksView } from '../views/v1/frameworks.ts';
import { rolesView, weightsView } from '../views/v1/roles.ts';
import { executorsView } from '../views/v1/tasks.ts';
import { on, type CallHandler, type OperatorContext } from './operator-call.ts';
import type { V1Question } from '../read-model/v1-state.ts';
import type { MasterCall_Type, MasterResponse } from '@mesos-ts/protocol';

const common = commonCalls('mesos.v1.master.Response');

/** The calls that ask for something, and those that set how much is logged. */
export const reads = {
  GET_HEALTH: shared('GET_HEALTH'),
  GET_VERSION: shared('GET_VERSION'),
  GET_FLAGS: shared('GET_FLAGS'),
  GET_METRICS: shared('GET_METRICS'),
  GET_LOGGING_LEVEL: shared('GET_LOGGING_LEVEL'),
  SET_LOGGING_LEVEL: shared('SET_LOGGING_LEVEL'),
  LIST_FILES: shared('LIST_FILES'),
  READ_FILE: shared('READ_FILE'),
  GET_STATE: (context) => large(context, 'GET_STATE'),
  GET_AGENTS: ({ approvers, options }) =>
    answer({ type: 'GET_AGENTS', get_agents: agentsView(options.cluster, approvers) }),
  GET_FRAMEWORKS: ({ approvers, options }) =>
    answer({ type: 'GET_FRAMEWORKS', get_frameworks: frameworksView(options.cluster, approvers) }),
  GET_EXECUTORS: ({ approvers, options }) =>
    answer({ type: 'GET_EXECUTORS', get_executors: executorsView(options.cluster, approvers) }),
  GET_TASKS: (context) => large(context, 'GET_TASKS'),
  // This master performs no operations yet.
  GET_OPERATIONS: () => answer({ type: 'GET_OPERATIONS', get_operations: {} }),
  GET_ROLES: ({ approvers, options }) =>
    answer({ type: 'GET_ROLES', get_roles: rolesView(options.cluster, options.settings, approvers) }),
  GET_WEIGHTS: ({ approvers, options }) => {
    const get_weights = weightsView(options.cluster, approvers);
    return answer({ type: 'GET_WEIGHTS', ...(get_weights === undefined ? {} : { get_weights }) });
  },
  GET_MASTER: ({ options }) => {
    const { electedTimeMs, info, startTimeMs } = options.facts;
    return answer({
      type: 'GET_MASTER',
      get_master: {
        master_info: info,
        start_time: startTimeMs / 1000,
        elected_time: (electedTimeMs ?? startTimeMs) / 1000,
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

function shared(type: keyof typeof common): CallHandler {
  return ({ approvers, options, principal }, call) => {
    const services = { ...options.services, flags: () => options.facts.flags };
    return common[type](call, { approvers, principal }, services);
  };
}

/** Answers with what is too large to be made for each request. */
async function large({ accept, approvers, options, request }: OperatorContext, what: V1Question): Promise<Answer> {
  const { facts, readModel } = options;
  const form = accept === 'application/json' ? 'json' : 'protobuf';
  const answered = await readModel.ask({ form, what }, approvers);
  return respondWith(
    toldResponse(answered, { request, contentType: accept, masterId: facts.info.id, turn: eventLoopTurn }),
  );
}

function answer(response: MasterResponse): Answer {
  return respond('mesos.v1.master.Response', response);
}
