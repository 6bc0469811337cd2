import type {
  AgentID,
  Filters,
  Offer,
  OfferID,
  Offer_Operation,
  SchedulerCall,
  SchedulerCall_Reconcile_Task,
  TaskInfo,
  TaskStatus,
} from '@mesos-ts/protocol';

/** One, or a list of them. */
export type OneOrMore<T> = T | readonly T[];

/** An offer, or just its id. */
export type OfferRef = Pick<Offer, 'id'>;

/** A task to launch; without an `agent_id` it is for the agent that made the offer. */
export type TaskToLaunch = Omit<TaskInfo, 'agent_id'> & { readonly agent_id?: AgentID };

/** A task whose state is asked for. A `TaskStatus` and a `TaskInfo` are such objects too. */
export type TaskRef = Pick<TaskInfo, 'task_id'> & { readonly agent_id?: AgentID | undefined };

/** An array of what may be one or a list. */
export function listOf<T>(value: OneOrMore<T>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** The ids of offers. */
export function offerIds(offers: OneOrMore<OfferRef>): OfferID[] {
  return listOf(offers).map(({ id }) => id);
}

/** `refuse_seconds` as filters; none when it is left to the master, whose default is five seconds. */
export function refusing(seconds: number | undefined): { filters?: Filters } {
  return seconds === undefined ? {} : { filters: { refuse_seconds: seconds } };
}

/** The operation that launches tasks on the agent of some offers. */
export function launchOperation(offers: OneOrMore<Offer>, tasks: OneOrMore<TaskToLaunch>): Offer_Operation {
  const agent = listOf(offers)[0]?.agent_id;
  const infos = listOf(tasks).map((task) => forAgent(task, agent));
  return { type: 'LAUNCH', launch: { task_infos: infos } };
}

function forAgent(task: TaskToLaunch, agent: AgentID | undefined): TaskInfo {
  const agentId = task.agent_id ?? agent;
  if (agentId === undefined) throw new TypeError(`Task '${task.task_id.value}' has no agent: there is no offer`);
  return { ...task, agent_id: agentId };
}

/** A task as a RECONCILE call names it. */
export function reconciled({ task_id, agent_id }: TaskRef): SchedulerCall_Reconcile_Task {
  return agent_id === undefined ? { task_id } : { task_id, agent_id };
}

/** Whether a status wants to be acknowledged: those made by the master do not. */
export function wantsAcknowledgement(
  status: TaskStatus,
): status is TaskStatus & { agent_id: AgentID; uuid: Uint8Array } {
  return status.uuid !== undefined && status.uuid.length > 0 && status.agent_id !== undefined;
}

/** The call that acknowledges an update. */
export function acknowledgement(status: TaskStatus & { agent_id: AgentID; uuid: Uint8Array }): SchedulerCall {
  const { agent_id, task_id, uuid } = status;
  return { type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } };
}
