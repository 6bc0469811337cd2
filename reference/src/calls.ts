/** What the schema does not say of calls: how each is answered, and what it takes to be allowed. Stands beside the schema. */
import type { ApiName } from './scenario.ts';

/** What is to be said of the calls of one type. */
export interface CallNotes {
  /** How it is answered when all is well; left out where a response of its type says so. */
  readonly answer?: string;
  /** When it is refused, by status, beside what all calls of its API share. */
  readonly refused?: readonly (readonly [status: number, when: string])[];
  /** Actions that are asked for where its examples do not come so far. */
  readonly actions?: readonly string[];
  /** Nothing passes its checks, since what it needs is not there yet; said of those only whose examples cannot show it by 501. */
  readonly isLater?: boolean;
}

const taken: CallNotes = { answer: '202. What comes of it is told by events.' };
const done: CallNotes = { answer: '200 without a body, when it is done.' };
const accepted: CallNotes = { answer: '202. It is done when the agent has done it.' };
const nested: CallNotes = { ...done, refused: [[400, 'The id of the container is none, or names no parent.']] };
const standalone: CallNotes = { ...done, refused: [[400, 'The id of the container is none.']] };
const unknownAgent: readonly [number, string] = [400, 'There is no such agent.'];

/** By API and type. Every type of the schema but UNKNOWN is here; a test sees to it. */
export const calls: Readonly<Record<ApiName, Readonly<Record<string, CallNotes>>>> = {
  scheduler: {
    SUBSCRIBE: {
      answer:
        '200 and a stream of events that stays open, with a `Mesos-Stream-Id` for the calls to come. A framework that the master does not take hears ERROR, and the stream ends.',
      refused: [
        [400, 'The call comes with a `Mesos-Stream-Id`, or `framework_id` is not that of `framework_info`.'],
        [400, 'The principal of `framework_info` is not the one that was authenticated.'],
      ],
    },
    TEARDOWN: taken,
    ACCEPT: taken,
    DECLINE: taken,
    ACCEPT_INVERSE_OFFERS: taken,
    DECLINE_INVERSE_OFFERS: taken,
    REVIVE: taken,
    KILL: taken,
    SHUTDOWN: taken,
    ACKNOWLEDGE: { ...taken, refused: [[400, '`uuid` is no UUID of 16 bytes.']] },
    ACKNOWLEDGE_OPERATION_STATUS: {
      ...taken,
      refused: [[400, '`uuid` is no UUID of 16 bytes, or `agent_id` is missing.']],
    },
    RECONCILE: taken,
    RECONCILE_OPERATIONS: taken,
    MESSAGE: taken,
    REQUEST: taken,
    SUPPRESS: taken,
    UPDATE_FRAMEWORK: {
      ...done,
      actions: ['REGISTER_FRAMEWORK'],
      refused: [
        [400, 'What would change may not: `user`, `principal`, `checkpoint`; or the framework would be none.'],
        [403, 'The principal may not register in one of the roles.'],
      ],
    },
  },
  executor: {
    SUBSCRIBE: {
      answer: '200 and a stream of events that stays open.',
      refused: [[400, 'The agent knows no such framework or executor.']],
    },
    UPDATE: {
      answer: '202. ACKNOWLEDGED follows when the agent has taken the update over.',
      refused: [
        [400, 'The status has no UUID, does not come from `SOURCE_EXECUTOR`, or has the state `TASK_STAGING`.'],
      ],
    },
    MESSAGE: { answer: '202.' },
    HEARTBEAT: { answer: '202, whoever sends it.' },
  },
  master: {
    GET_HEALTH: {},
    GET_FLAGS: { refused: [[403, 'The principal may not see flags.']] },
    GET_VERSION: {},
    GET_METRICS: {},
    GET_LOGGING_LEVEL: {},
    SET_LOGGING_LEVEL: done,
    LIST_FILES: { actions: ['ACCESS_MESOS_LOG'], refused: [[404, 'There is no such directory. The body is empty.']] },
    READ_FILE: { refused: [[404, 'There is no such file. The body is empty.']] },
    GET_STATE: { actions: ['VIEW_EXECUTOR'] },
    GET_AGENTS: {},
    GET_FRAMEWORKS: {},
    GET_EXECUTORS: { actions: ['VIEW_EXECUTOR'] },
    GET_OPERATIONS: {},
    GET_TASKS: {},
    GET_ROLES: {},
    GET_WEIGHTS: { actions: ['VIEW_ROLE'] },
    UPDATE_WEIGHTS: { ...done, refused: [[400, 'A role is none, or a weight is not greater than 0.']] },
    GET_MASTER: {},
    SUBSCRIBE: {
      answer: '200 and a stream of events that stays open: first SUBSCRIBED with the whole state, then what changes.',
      actions: ['VIEW_EXECUTOR', 'VIEW_FRAMEWORK', 'VIEW_ROLE', 'VIEW_TASK'],
    },
    RESERVE_RESOURCES: { ...accepted, refused: [unknownAgent, [400, 'The resources are none, or not reserved.']] },
    UNRESERVE_RESOURCES: { ...accepted, refused: [unknownAgent, [400, 'The resources are none, or not reserved.']] },
    CREATE_VOLUMES: { ...accepted, refused: [unknownAgent, [400, 'The volumes are none.']] },
    DESTROY_VOLUMES: {
      ...accepted,
      isLater: true,
      actions: ['DESTROY_VOLUME'],
      refused: [unknownAgent, [400, 'The agent has no such volumes.']],
    },
    GROW_VOLUME: { ...accepted, refused: [unknownAgent, [400, '`agent_id` is missing.']] },
    SHRINK_VOLUME: { ...accepted, refused: [unknownAgent, [400, '`agent_id` is missing.']] },
    GET_MAINTENANCE_STATUS: {},
    GET_MAINTENANCE_SCHEDULE: {},
    UPDATE_MAINTENANCE_SCHEDULE: {
      ...done,
      refused: [
        [400, 'A machine has neither name nor address, or comes twice; or a window makes no sense.'],
        [400, 'A machine that is down is not in it.'],
        [409, 'Another call was first, and has taken a machine down that is not in it.'],
      ],
    },
    START_MAINTENANCE: {
      ...done,
      refused: [
        [400, 'A machine is not in the schedule, or not draining.'],
        [409, 'Another call was first, and has changed that.'],
      ],
    },
    STOP_MAINTENANCE: {
      ...done,
      refused: [
        [400, 'A machine is not in the schedule, or not down.'],
        [409, 'Another call was first, and has changed that.'],
      ],
    },
    DRAIN_AGENT: {
      ...done,
      actions: ['MARK_AGENT_GONE'],
      refused: [unknownAgent],
    },
    DEACTIVATE_AGENT: { ...done, refused: [unknownAgent] },
    REACTIVATE_AGENT: {
      ...done,
      refused: [
        [400, 'The agent is not deactivated.'],
        [409, 'The agent cannot be reached. It is active when it comes back.'],
      ],
    },
    GET_QUOTA: { actions: ['GET_QUOTA'] },
    UPDATE_QUOTA: {
      ...done,
      refused: [
        [400, 'A role is none, or not at the top; a limit is below its guarantee.'],
        [
          400,
          'Without `force`: the role consumes more than its limit, or the agents have less than all guarantees together.',
        ],
      ],
    },
    SET_QUOTA: {
      ...done,
      refused: [
        [400, 'The role is none, or has a quota; the guarantee is none.'],
        [409, 'Without `force`: the agents have less than all guarantees together.'],
      ],
    },
    REMOVE_QUOTA: { ...done, refused: [[400, 'The role has no quota.']] },
    TEARDOWN: { ...done, refused: [[400, 'There is no such framework.']] },
    MARK_AGENT_GONE: { ...done, refused: [[404, 'There is no such agent.']] },
    EXPLAIN: {
      refused: [
        [400, 'Neither a framework nor a role is named.'],
        [404, 'There is no such framework, it is not in the role, or the principal may not see one of them.'],
      ],
    },
    CAN_PLACE: {
      refused: [
        [400, 'The resources are none.'],
        [404, 'There is no such framework, it is not in the role, or the principal may not see one of them.'],
      ],
    },
  },
  agent: {
    GET_HEALTH: {},
    GET_FLAGS: { refused: [[403, 'The principal may not see flags.']] },
    GET_VERSION: {},
    GET_METRICS: {},
    GET_LOGGING_LEVEL: {},
    SET_LOGGING_LEVEL: done,
    LIST_FILES: { actions: ['ACCESS_MESOS_LOG'], refused: [[404, 'There is no such directory. The body is empty.']] },
    READ_FILE: { actions: ['ACCESS_MESOS_LOG'], refused: [[404, 'There is no such file. The body is empty.']] },
    GET_STATE: {},
    GET_CONTAINERS: {},
    GET_FRAMEWORKS: {},
    GET_EXECUTORS: {},
    GET_OPERATIONS: {},
    GET_TASKS: {},
    GET_AGENT: {},
    GET_RESOURCE_PROVIDERS: {},
    LAUNCH_NESTED_CONTAINER: nested,
    WAIT_NESTED_CONTAINER: { refused: nested.refused ?? [] },
    KILL_NESTED_CONTAINER: nested,
    REMOVE_NESTED_CONTAINER: nested,
    LAUNCH_NESTED_CONTAINER_SESSION: nested,
    ATTACH_CONTAINER_INPUT: {
      ...done,
      refused: [[415, 'The call is no stream of records: `Content-Type` must be `application/recordio`.']],
    },
    ATTACH_CONTAINER_OUTPUT: standalone,
    LAUNCH_CONTAINER: { ...standalone, actions: ['LAUNCH_NESTED_CONTAINER'] },
    WAIT_CONTAINER: { refused: standalone.refused ?? [], actions: ['WAIT_NESTED_CONTAINER'] },
    KILL_CONTAINER: { ...standalone, actions: ['KILL_NESTED_CONTAINER'] },
    REMOVE_CONTAINER: { ...standalone, actions: ['REMOVE_NESTED_CONTAINER'] },
    ADD_RESOURCE_PROVIDER_CONFIG: done,
    UPDATE_RESOURCE_PROVIDER_CONFIG: done,
    REMOVE_RESOURCE_PROVIDER_CONFIG: done,
    MARK_RESOURCE_PROVIDER_GONE: done,
    PRUNE_IMAGES: done,
  },
};

/** Events that no example shows, and why. */
export const unseenEvents: Readonly<Record<string, string>> = {
  'executor LAUNCH_GROUP': 'Not sent yet: there are no task groups.',
  'executor ERROR': 'Not sent: an agent that does not want an executor refuses its call or ends its stream.',
  'executor HEARTBEAT': 'Comes every 30 minutes.',
};
