/**
 * What happened, as operators who subscribed are told: contents and occasions are Mesos's. Who may not see a framework or a task hears
 * nothing of it, and of agents hears without the resources of roles that are hidden from it.
 */
import { approveAll, mayViewResource, type Approvers } from '@mesos-ts/daemon';
import { agentView } from '../views/v1/agents.ts';
import { frameworkInEvent } from '../views/v1/frameworks.ts';
import type { MasterEvent, MasterResponse_GetAgents_Agent, Resource, StatusUpdate, Task } from '@mesos-ts/protocol';
import type { AgentRecord } from '../state/agent.ts';
import type { FrameworkRecord } from '../state/framework.ts';

/** An event for operators, and who may have it. It does not change any more, whatever becomes of what it tells of. */
export interface OperatorEvent {
  readonly message: MasterEvent;
  /** The event as somebody may see it: the same message where all of it may be seen, nothing where none. */
  seenBy(approvers: Approvers): MasterEvent | undefined;
}

function event(message: MasterEvent, isSeenBy: (approvers: Approvers) => boolean): OperatorEvent {
  return { message, seenBy: (approvers) => (isSeenBy(approvers) ? message : undefined) };
}

/** TASK_ADDED: a task was launched, or came with an agent. */
export function taskAdded({ info }: FrameworkRecord, current: Task): OperatorEvent {
  const task = { ...current };
  const object = { task, framework_info: info };
  return event(
    { type: 'TASK_ADDED', task_added: { task } },
    (approvers) => approvers.approves('VIEW_TASK', object) && approvers.approves('VIEW_FRAMEWORK', object),
  );
}

/** TASK_UPDATED: what its status says, and the newest state that the agent knows, which may be ahead of that. */
export function taskUpdated({ id, info }: FrameworkRecord, { state, user }: Task, update: StatusUpdate): OperatorEvent {
  const { status, uuid } = update;
  const object = { task: user === undefined ? {} : { user }, framework_info: info };
  const task_updated = {
    framework_id: { value: id },
    status: uuid === undefined ? status : { ...status, uuid },
    state,
  };
  return event(
    { type: 'TASK_UPDATED', task_updated },
    (approvers) => approvers.approves('VIEW_TASK', object) && approvers.approves('VIEW_FRAMEWORK', object),
  );
}

/** FRAMEWORK_ADDED: a framework has subscribed for the first time, or is known from its tasks. */
export function frameworkAdded(framework: FrameworkRecord): OperatorEvent {
  const message = { framework: frameworkInEvent(framework) };
  return aboutFramework(framework, { type: 'FRAMEWORK_ADDED', framework_added: message });
}

/** FRAMEWORK_UPDATED: a framework has subscribed again, or told something new of itself. */
export function frameworkUpdated(framework: FrameworkRecord): OperatorEvent {
  const message = { framework: frameworkInEvent(framework) };
  return aboutFramework(framework, { type: 'FRAMEWORK_UPDATED', framework_updated: message });
}

/** FRAMEWORK_REMOVED: a framework has ended. */
export function frameworkRemoved(framework: FrameworkRecord): OperatorEvent {
  const { info } = framework;
  return aboutFramework(framework, { type: 'FRAMEWORK_REMOVED', framework_removed: { framework_info: info } });
}

function aboutFramework({ info }: FrameworkRecord, message: MasterEvent): OperatorEvent {
  return event(message, (approvers) => approvers.approves('VIEW_FRAMEWORK', { framework_info: info }));
}

/** AGENT_ADDED: an agent has registered, or come back after it was unreachable. */
export function agentAdded(record: AgentRecord): OperatorEvent {
  // Version 1 has no such field, and Mesos's events are made of version 1, unlike its answers.
  const { agent_info, ...rest } = agentView(record, approveAll);
  const { checkpoint: _, ...info } = agent_info;
  const agent = { agent_info: info, ...rest };
  const message: MasterEvent = { type: 'AGENT_ADDED', agent_added: { agent } };
  return {
    message,
    seenBy: (approvers) => {
      const seen = visibleAgent(agent, approvers);
      return seen === agent ? message : { type: 'AGENT_ADDED', agent_added: { agent: seen } };
    },
  };
}

/** AGENT_REMOVED: an agent has left. One that is unreachable or was marked gone has not, as in Mesos. */
export function agentRemoved(agent: AgentRecord): OperatorEvent {
  return event({ type: 'AGENT_REMOVED', agent_removed: { agent_id: { value: agent.id } } }, () => true);
}

function visibleAgent(agent: MasterResponse_GetAgents_Agent, approvers: Approvers): MasterResponse_GetAgents_Agent {
  const { agent_info, allocated_resources = [], offered_resources = [], total_resources = [] } = agent;
  const { resources = [] } = agent_info;
  const isSeen = (resource: Resource): boolean => mayViewResource(approvers, resource);
  const all = [resources, allocated_resources, offered_resources, total_resources];
  if (all.every((list) => list.every(isSeen))) return agent;
  return {
    ...agent,
    agent_info: { ...agent_info, resources: resources.filter(isSeen) },
    total_resources: total_resources.filter(isSeen),
    allocated_resources: allocated_resources.filter(isSeen),
    offered_resources: offered_resources.filter(isSeen),
  };
}
