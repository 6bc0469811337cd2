import { commonCalls, refuse, respond, respondWith, type Answer } from '@mesos-ts/daemon';
import { canPlace, explain, type ExplainContext } from '../explain/explain.ts';
import { stateResponse } from '../read-model/response.ts';
import { maintenanceStatusView, scheduleView } from '../views/maintenance.ts';
import { quotaView } from '../views/quota.ts';
import { weightsView } from '../views/v1/roles.ts';
import { on, type CallHandler, type OperatorContext } from './operator-call.ts';
import type { V1Call } from '../read-model/question.ts';
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
  GET_AGENTS: (context) => large(context, 'GET_AGENTS'),
  GET_FRAMEWORKS: (context) => large(context, 'GET_FRAMEWORKS'),
  GET_EXECUTORS: (context) => large(context, 'GET_EXECUTORS'),
  GET_TASKS: (context) => large(context, 'GET_TASKS'),
  // This master performs no operations yet.
  GET_OPERATIONS: () => answer({ type: 'GET_OPERATIONS', get_operations: {} }),
  GET_ROLES: (context) => large(context, 'GET_ROLES'),
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
  GET_MAINTENANCE_STATUS: ({ approvers, options }) => {
    const status = maintenanceStatusView(options.cluster, approvers);
    return answer({ type: 'GET_MAINTENANCE_STATUS', get_maintenance_status: { status } });
  },
  GET_MAINTENANCE_SCHEDULE: ({ approvers, options }) => {
    const schedule = scheduleView(options.cluster.machines.maintenance, approvers);
    return answer({ type: 'GET_MAINTENANCE_SCHEDULE', get_maintenance_schedule: { schedule } });
  },
  // None can be set yet.
  GET_QUOTA: ({ approvers, options }) =>
    answer({ type: 'GET_QUOTA', get_quota: { status: quotaView(options.cluster, approvers) } }),
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
async function large({ accept, options, principal, request }: OperatorContext, call: V1Call): Promise<Answer> {
  const { facts, readModel } = options;
  const form = accept === 'application/json' ? 'json' : 'protobuf';
  const response = await stateResponse((gzip) => readModel.ask({ api: 'v1', call, form }, principal, { gzip }), {
    request,
    contentType: accept,
    owner: facts.info.id,
  });
  return respondWith(response);
}

function answer(response: MasterResponse): Answer {
  return respond('mesos.v1.master.Response', response);
}
