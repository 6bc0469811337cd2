// Status updates: how masters, agents and executors say what became of a task.
import { compact } from './compact.ts';
import type { StatusUpdate } from './generated/mesos-internal.ts';
import type {
  AgentID,
  CheckStatusInfo,
  ContainerStatus,
  ExecutorID,
  FrameworkID,
  Labels,
  Resource,
  TaskID,
  TaskState,
  TaskStatus,
  TaskStatus_Reason,
  TaskStatus_Source,
} from './generated/mesos-v1.ts';

const msPerSecond = 1000;
const nsPerMs = 1_000_000;

/** What {@link createStatus} needs. */
export interface StatusOptions {
  readonly taskId: TaskID;
  readonly state: TaskState;
  readonly source: TaskStatus_Source;
  /** The wall clock, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** 16 random bytes, if the update is to be acknowledged; updates made by the master carry none. */
  readonly uuid?: Uint8Array | undefined;
  readonly agentId?: AgentID | undefined;
  readonly executorId?: ExecutorID | undefined;
  readonly message?: string | undefined;
  readonly reason?: TaskStatus_Reason | undefined;
  readonly healthy?: boolean | undefined;
  readonly checkStatus?: CheckStatusInfo | undefined;
  readonly labels?: Labels | undefined;
  readonly containerStatus?: ContainerStatus | undefined;
  readonly data?: Uint8Array | undefined;
  /** When the agent was found unreachable, in milliseconds since the epoch. */
  readonly unreachableTimeMs?: number | undefined;
  /** What the container used too much of, for the REASON_CONTAINER_LIMITATION family. */
  readonly limitedResources?: Resource[] | undefined;
}

/** What {@link createStatusUpdate} needs. */
export interface StatusUpdateOptions extends StatusOptions {
  readonly frameworkId: FrameworkID;
}

/**
 * A status made by this side, with the members that have something to say. One by one, as schedulers ask for the states of many tasks at a
 * time: to leave out by their names those of a larger object costs ten times as much.
 */
export function createStatus(options: StatusOptions): TaskStatus {
  const { agentId, checkStatus, containerStatus, data, executorId, healthy, labels, limitedResources } = options;
  const { message, nowMs, reason, source, state, taskId, unreachableTimeMs, uuid } = options;
  const status: TaskStatus = { task_id: taskId, state, source };
  if (reason !== undefined) status.reason = reason;
  if (message !== undefined) status.message = message;
  if (data !== undefined) status.data = data;
  if (agentId !== undefined) status.agent_id = agentId;
  if (executorId !== undefined) status.executor_id = executorId;
  status.timestamp = nowMs / msPerSecond;
  if (uuid !== undefined) status.uuid = uuid;
  if (healthy !== undefined) status.healthy = healthy;
  if (checkStatus !== undefined) status.check_status = checkStatus;
  if (labels !== undefined) status.labels = labels;
  if (containerStatus !== undefined) status.container_status = containerStatus;
  if (unreachableTimeMs !== undefined) {
    status.unreachable_time = { nanoseconds: Math.round(unreachableTimeMs) * nsPerMs };
  }
  if (limitedResources !== undefined) status.limitation = { resources: limitedResources };
  return status;
}

/** A status update made by this side. The status and the update carry the same timestamp, agent, executor and uuid. */
export function createStatusUpdate(options: StatusUpdateOptions): StatusUpdate {
  const { agentId, executorId, frameworkId, nowMs, uuid } = options;
  return compact<StatusUpdate>({
    framework_id: frameworkId,
    executor_id: executorId,
    agent_id: agentId,
    status: createStatus(options),
    timestamp: nowMs / msPerSecond,
    uuid,
  });
}

/** What {@link wrapStatus} needs. */
export interface WrapStatusOptions {
  readonly frameworkId: FrameworkID;
  /** The status as the executor sent it. */
  readonly status: TaskStatus;
  readonly agentId: AgentID;
  /** The wall clock, in milliseconds since the epoch, for a status without a timestamp. */
  readonly nowMs: number;
}

/**
 * The update for a status that an executor sent to its agent: the agent's id and the time are filled in where the executor
 * left them out. An executor's id is not: a command executor leaves it out on purpose.
 */
export function wrapStatus(options: WrapStatusOptions): StatusUpdate {
  const { agentId, frameworkId, nowMs, status } = options;
  const timestamp = status.timestamp ?? nowMs / msPerSecond;
  return compact<StatusUpdate>({
    framework_id: frameworkId,
    executor_id: status.executor_id,
    agent_id: agentId,
    status: { ...status, agent_id: status.agent_id ?? agentId, timestamp },
    timestamp,
    uuid: status.uuid,
  });
}
