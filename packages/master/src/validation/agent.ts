import { agentVersionMin } from '../constants.ts';
import {
  validateId,
  validateResources,
  type RegisterAgentMessage,
  type ReregisterAgentMessage,
  type Resource,
} from '@mesos-ts/protocol';

/** Says what is wrong with a registration, or nothing. */
export function validateRegistration(message: RegisterAgentMessage): string | undefined {
  const { agent } = message;
  if (agent.id !== undefined) return 'An agent that registers anew must not have an id';
  return (
    (agent.domain === undefined ? undefined : 'The agent has a domain, but the master has none') ??
    validateVersion(message.version) ??
    validateAgentResources(agent.resources) ??
    validateAgentResources(message.checkpointed_resources)
  );
}

/** Says what is wrong with a re-registration, or nothing. */
export function validateReregistration(message: ReregisterAgentMessage): string | undefined {
  const { agent } = message;
  if (agent.id === undefined) return 'An agent that registers again must have an id';
  const idError = validateId(agent.id.value);
  if (idError !== undefined) return `The agent has an invalid id: ${idError}`;
  return (
    (agent.domain === undefined ? undefined : 'The agent has a domain, but the master has none') ??
    validateVersion(message.version) ??
    validateAgentResources(agent.resources) ??
    validateAgentResources(message.checkpointed_resources) ??
    validateRunning(message, agent.id.value)
  );
}

function validateRunning(message: ReregisterAgentMessage, agentId: string): string | undefined {
  const frameworks = new Set<string>();
  for (const framework of message.frameworks ?? []) {
    const id = framework.id?.value ?? '';
    const error = validateId(id);
    if (error !== undefined) return `Framework has an invalid FrameworkID: ${error}`;
    if (frameworks.has(id)) return `Framework has a duplicate FrameworkID: '${id}'`;
    frameworks.add(id);
  }
  const executors = new Set<string>();
  for (const executor of message.executor_infos ?? []) {
    const { executor_id, framework_id, resources = [] } = executor;
    const error = validateId(executor_id.value) ?? validateAllocated(resources);
    if (error !== undefined) return `Executor '${executor_id.value}' is invalid: ${error}`;
    const frameworkId = framework_id?.value ?? '';
    if (!frameworks.has(frameworkId)) return `Executor has an invalid FrameworkID '${frameworkId}'`;
    const key = `${frameworkId}/${executor_id.value}`;
    if (executors.has(key)) {
      return `Framework '${frameworkId}' has a duplicate ExecutorID '${executor_id.value}'`;
    }
    executors.add(key);
  }
  return validateTasks(message, agentId, frameworks, executors);
}

function validateTasks(
  message: ReregisterAgentMessage,
  agentId: string,
  frameworks: ReadonlySet<string>,
  executors: ReadonlySet<string>,
): string | undefined {
  const tasks = new Map([...frameworks].map((id) => [id, new Set<string>()]));
  let valid: readonly Resource[] | undefined;
  for (const task of message.tasks ?? []) {
    const { agent_id, executor_id, framework_id, resources = [], state, task_id } = task;
    const error = validateId(task_id.value);
    if (error !== undefined) return `Task has an invalid TaskID: ${error}`;
    if (agent_id.value !== agentId) return `Task has an invalid AgentID '${agent_id.value}'`;
    const ids = tasks.get(framework_id.value);
    if (ids === undefined) return `Task has an invalid FrameworkID '${framework_id.value}'`;
    if (ids.has(task_id.value)) return `Framework '${framework_id.value}' has a duplicate TaskID '${task_id.value}'`;
    ids.add(task_id.value);
    if (
      state === 'TASK_RUNNING' &&
      executor_id !== undefined &&
      !executors.has(`${framework_id.value}/${executor_id.value}`)
    ) {
      return `Task has an invalid ExecutorID '${executor_id.value}'`;
    }
    // Tasks that come together have most in common.
    const resourcesError = resources === valid ? undefined : validateAllocated(resources);
    valid = resources;
    if (resourcesError !== undefined) return `Task uses invalid resources: ${resourcesError}`;
  }
  return undefined;
}

function validateAllocated(resources: readonly Resource[]): string | undefined {
  const error = validateResources(resources);
  if (error !== undefined) return error;
  const free = resources.find((resource) => resource.allocation_info?.role === undefined);
  return free === undefined ? undefined : `'${free.name}' is not allocated to a role`;
}

/** What is an agent's own is not allocated to anybody. */
function validateAgentResources(resources: readonly Resource[] = []): string | undefined {
  const error = validateResources(resources);
  if (error !== undefined) return error;
  const allocated = resources.find((resource) => resource.allocation_info !== undefined);
  return allocated === undefined ? undefined : `Resource '${allocated.name}' must not have an 'allocation_info'`;
}

function validateVersion(version: string | undefined): string | undefined {
  const parts = /^(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(version ?? '');
  if (parts === null) return `Cannot read the agent's version '${version ?? ''}'`;
  const [oldest = 0] = agentVersionMin.split('.').map(Number);
  return Number(parts[1]) < oldest
    ? `The agent's version is ${version}, the oldest accepted is ${agentVersionMin}`
    : undefined;
}
