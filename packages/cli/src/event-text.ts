import type { Disconnected, OperatorEvent } from '@mesos-ts/operator';
import type { FrameworkInfo } from '@mesos-ts/protocol';

/** An event for people, in one line: its type, and what it is about. */
export function eventText(event: Exclude<OperatorEvent, Disconnected>): string {
  return `${event.type}  ${aboutOf(event)}`;
}

function aboutOf(event: Exclude<OperatorEvent, Disconnected>): string {
  switch (event.type) {
    case 'SUBSCRIBED': {
      const { get_agents, get_frameworks, get_tasks } = event.subscribed.get_state ?? {};
      const counts = [get_agents?.agents, get_frameworks?.frameworks, get_tasks?.tasks].map(
        (list) => list?.length ?? 0,
      );
      return `${counts[0]} agents, ${counts[1]} frameworks, ${counts[2]} tasks`;
    }
    case 'TASK_ADDED': {
      const { agent_id, framework_id, state, task_id } = event.task_added.task;
      return `${task_id.value} of ${framework_id.value} on ${agent_id.value}: ${state}`;
    }
    case 'TASK_UPDATED': {
      const { framework_id, state, status } = event.task_updated;
      const { message = '' } = status;
      return `${status.task_id.value} of ${framework_id.value}: ${state}${message === '' ? '' : ` (${message})`}`;
    }
    case 'AGENT_ADDED': {
      const { agent_info } = event.agent_added.agent;
      return `${agent_info.id?.value ?? ''} at ${agent_info.hostname}`;
    }
    case 'AGENT_REMOVED':
      return event.agent_removed.agent_id.value;
    case 'FRAMEWORK_ADDED':
      return frameworkText(event.framework_added.framework.framework_info);
    case 'FRAMEWORK_UPDATED':
      return frameworkText(event.framework_updated.framework.framework_info);
    case 'FRAMEWORK_REMOVED':
    default:
      return frameworkText(event.framework_removed.framework_info);
  }
}

function frameworkText({ id, name }: FrameworkInfo): string {
  return `${id?.value ?? ''} '${name}'`;
}
