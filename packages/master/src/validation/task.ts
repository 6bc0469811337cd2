import { executorCpusMin, executorMemMin } from '../constants.ts';
import { executorOf, type AgentRecord } from '../state/agent.ts';
import { validateCheck, validateCommand, validateContainer, validateHealthCheck } from './container.ts';
import { equalExecutors, validateExecutor } from './executor.ts';
import {
  overlap,
  validateNoMixedRevocable,
  validateSingleRole,
  validateUniquePersistenceIds,
  validateUse,
} from './resources.ts';
import {
  Resources,
  validateId,
  validateResources,
  type ContainerInfo,
  type ExecutorInfo,
  type TaskInfo,
} from '@mesos-ts/protocol';
import type { FrameworkRecord } from '../state/framework.ts';

/** Where a task is to be launched, and with what. */
export interface LaunchSite {
  readonly framework: FrameworkRecord;
  readonly agent: AgentRecord;
  /** What is left of the accepted offers. */
  readonly available: Resources;
}

/**
 * Says what is wrong with the resources that an operation asks for, in Mesos's words, or nothing. One resource that is none spoils the
 * operation as a whole, unlike all else that can be wrong with a task.
 */
export function validateResourcesOf(
  tasks: readonly TaskInfo[],
  groupExecutor: ExecutorInfo | undefined,
): string | undefined {
  const users = [groupExecutor, ...tasks.flatMap((task) => [task, task.executor])];
  return users.map((user) => validateResources(user?.resources ?? [])).find((error) => error !== undefined);
}

/** Says why a task cannot be launched by LAUNCH, in Mesos's words, or nothing. */
export function validateTask(task: TaskInfo, site: LaunchSite): string | undefined {
  return validateTaskItself(task, site) ?? validateTaskExecutor(task, site) ?? validateShareCgroups(task);
}

/** Says why a group of tasks cannot be launched by LAUNCH_GROUP, in Mesos's words, or nothing. */
export function validateTaskGroup(
  tasks: readonly TaskInfo[],
  executor: ExecutorInfo,
  site: LaunchSite,
): string | undefined {
  const ids = new Set<string>();
  for (const task of tasks) {
    const id = task.task_id.value;
    const error = ids.has(id) ? `Task has duplicate ID: ${id}` : validateGroupTask(task, site);
    if (error !== undefined) return `Task '${id}' is invalid: ${error}`;
    ids.add(id);
  }
  return validateGroupExecutor(tasks, executor, site) ?? validateGroupCgroups(tasks, executor, site);
}

/** What a task says of itself. The order is that of Mesos, since the first error is the one that is told. */
function validateTaskItself(task: TaskInfo, { agent, framework }: LaunchSite): string | undefined {
  return (
    validateId(task.task_id.value) ??
    validateUnique(task, framework) ??
    validateAgent(task, agent) ??
    validateTimes(task) ??
    validateChecks(task) ??
    validateTaskResources(task) ??
    validateTaskCommand(task) ??
    validateLimits(task, agent)
  );
}

function validateUnique(task: TaskInfo, framework: FrameworkRecord): string | undefined {
  const id = task.task_id.value;
  if (framework.tasks.has(id)) return `Task has duplicate ID: ${id}`;
  return framework.unreachableTasks.has(id) ? `Task reuses the ID of an unreachable task: ${id}` : undefined;
}

function validateAgent(task: TaskInfo, agent: AgentRecord): string | undefined {
  if (task.agent_id.value === agent.id) return undefined;
  return `Task uses invalid agent ${task.agent_id.value} while agent ${agent.id} is expected`;
}

function validateTimes(task: TaskInfo): string | undefined {
  if ((task.kill_policy?.grace_period?.nanoseconds ?? 0) < 0) {
    return "Task's 'kill_policy.grace_period' must be non-negative";
  }
  return (task.max_completion_time?.nanoseconds ?? 0) < 0
    ? "Task's `max_completion_time` must be non-negative"
    : undefined;
}

function validateChecks(task: TaskInfo): string | undefined {
  const checkError = task.check === undefined ? undefined : validateCheck(task.check);
  if (checkError !== undefined) return `Task uses invalid check: ${checkError}`;
  const healthError = task.health_check === undefined ? undefined : validateHealthCheck(task.health_check);
  return healthError === undefined ? undefined : `Task uses invalid health check: ${healthError}`;
}

function validateTaskResources(task: TaskInfo): string | undefined {
  const list = task.resources ?? [];
  if (list.length === 0) return 'Task uses no resources';
  const error = validateUse(list);
  if (error !== undefined) return `Task uses invalid resources: ${error}`;
  const resources = Resources.of(list);
  // Resources of nothing at all would be booked as none, and a task must have a role to be counted under.
  if (resources.isEmpty()) return 'Task uses no resources';
  const idError = validateUniquePersistenceIds(resources);
  if (idError !== undefined) return `Task uses duplicate persistence ID: ${idError}`;
  const roleError = validateSingleRole(list);
  if (roleError !== undefined) return `Invalid task resources: ${roleError}`;
  const mixError = validateNoMixedRevocable(resources);
  return mixError === undefined ? undefined : `Task mixes revocable and non-revocable resources: ${mixError}`;
}

function validateTaskCommand(task: TaskInfo): string | undefined {
  const commandError = task.command === undefined ? undefined : validateCommand(task.command);
  if (commandError !== undefined) return `Task's \`CommandInfo\` is invalid: ${commandError}`;
  const containerError = task.container === undefined ? undefined : validateContainer(task.container);
  return containerError === undefined ? undefined : `Task's \`ContainerInfo\` is invalid: ${containerError}`;
}

function validateLimits(task: TaskInfo, agent: AgentRecord): string | undefined {
  const { cpus, mem, ...others } = task.limits ?? {};
  if (cpus === undefined && mem === undefined && Object.keys(others).length === 0) return undefined;
  if (!agent.capabilities.has('TASK_RESOURCE_LIMITS')) {
    return 'Agent is not capable of handling task resource limits';
  }
  if (Object.keys(others).length > 0) return "Only cpus and mem may be included in a task's resource limits";
  const resources = Resources.of(task.resources ?? []);
  if (cpus !== undefined) {
    if (!resources.has('cpus')) return 'When a CPU limit is specified, a CPU request must also be specified';
    if (cpus.value < resources.cpus) return 'The cpu limit must be greater than or equal to the cpu request';
  }
  if (mem !== undefined) {
    if (!resources.has('mem')) return 'When a memory limit is specified, a memory request must also be specified';
    if (mem.value < resources.mem) return 'The memory limit must be greater than or equal to the memory request';
  }
  return undefined;
}

function validateTaskExecutor(task: TaskInfo, site: LaunchSite): string | undefined {
  const { agent, available, framework } = site;
  const { executor } = task;
  if ((executor === undefined) === (task.command === undefined)) {
    return 'Task should have at least one (but not both) of CommandInfo or ExecutorInfo present';
  }
  let total = Resources.of(task.resources ?? []);
  if (executor !== undefined) {
    const error = validateExecutor(executor, framework.id, agent) ?? validateLaunchExecutor(executor);
    if (error !== undefined) return error;
    const resources = Resources.of(executor.resources ?? []);
    const togetherError = validateTogether(total, resources);
    if (togetherError !== undefined) return togetherError;
    if (executorOf(agent, framework.id, executor.executor_id.value) === undefined) total = total.add(resources);
  }
  if (available.contains(total)) return undefined;
  return (
    `Total resources ${total.toString()} required by task and its executor ` +
    `is more than available ${available.toString()}`
  );
}

function validateLaunchExecutor(executor: ExecutorInfo): string | undefined {
  if (executor.type !== undefined && executor.type !== 'CUSTOM') return "'ExecutorInfo.type' must be 'CUSTOM'";
  if (executor.command === undefined) return "'ExecutorInfo.command' must be set";
  const resources = Resources.of(executor.resources ?? []);
  if (!resources.shared().isEmpty()) {
    return `Executor resources ${resources.toString()} should not contain any shared resources`;
  }
  return executor.container?.linux_info?.share_cgroups === true
    ? "The 'share_cgroups' field cannot be set to 'true' on executor containers"
    : undefined;
}

function validateTogether(task: Resources, executor: Resources): string | undefined {
  if (overlap([task, executor])) {
    return (
      `There are overlapping resources in the task resources ${task.toString()} ` +
      `and executor resources ${executor.toString()}`
    );
  }
  const total = task.add(executor);
  const idError = validateUniquePersistenceIds(total);
  if (idError !== undefined) return `Task and its executor use duplicate persistence ID: ${idError}`;
  const mixError = validateNoMixedRevocable(total);
  if (mixError === undefined) return undefined;
  return `Task and its executor mix revocable and non-revocable resources: ${mixError}`;
}

function validateShareCgroups(task: TaskInfo): string | undefined {
  return task.container?.linux_info?.share_cgroups === false
    ? "Only tasks in a task group may have 'share_cgroups' set to 'false'"
    : undefined;
}

function validateGroupTask(task: TaskInfo, site: LaunchSite): string | undefined {
  const error = validateTaskItself(task, site);
  if (error !== undefined) return error;
  const { container, health_check: health } = task;
  if (task.executor === undefined) return "'TaskInfo.executor' must be set";
  if ((container?.network_infos ?? []).length > 0 && (health?.type === 'HTTP' || health?.type === 'TCP')) {
    return "HTTP and TCP health checks are not supported for nested containers not joining parent's network";
  }
  if (container?.type === 'DOCKER') return 'Docker ContainerInfo is not supported on the task';
  if (Object.keys(task.limits ?? {}).length > 0 && container?.linux_info?.share_cgroups !== false) {
    return (
      'Resource limits may only be set for tasks within a task group when ' +
      "the 'share_cgroups' field is set to 'false'."
    );
  }
  return undefined;
}

function validateGroupExecutor(
  tasks: readonly TaskInfo[],
  executor: ExecutorInfo,
  { agent, available, framework }: LaunchSite,
): string | undefined {
  const error = validateExecutor(executor, framework.id, agent);
  if (error !== undefined) return error;
  const id = executor.executor_id.value;
  if (executor.type === undefined) return "'ExecutorInfo.type' must be set";
  if (executor.type === 'UNKNOWN') return 'Unknown executor type';
  if (executor.container?.type === 'DOCKER') return 'Docker ContainerInfo is not supported on the executor';
  const other = tasks.find((task) => task.executor !== undefined && !equalExecutors(task.executor, executor));
  if (other !== undefined) {
    return `The \`ExecutorInfo\` of task '${other.task_id.value}' is different from executor '${id}'`;
  }
  const resources = Resources.of(executor.resources ?? []);
  const minimumError = validateExecutorMinimum(id, resources);
  if (minimumError !== undefined) return minimumError;
  const ofTasks = tasks.map((task) => Resources.of(task.resources ?? []));
  const togetherError = validateGroupTogether(ofTasks, resources);
  if (togetherError !== undefined) return togetherError;
  let total = executorOf(agent, framework.id, id) === undefined ? resources : Resources.empty;
  for (const part of ofTasks) total = total.add(part);
  if (available.contains(total)) return undefined;
  return (
    `Total resources ${total.toString()} required by task group and its executor ` +
    `are more than available ${available.toString()}`
  );
}

function validateExecutorMinimum(id: string, resources: Resources): string | undefined {
  if (resources.cpus < executorCpusMin) {
    const cpus = resources.has('cpus') ? resources.cpus : 'None';
    return `Executor '${id}' uses less CPUs (${cpus}) than the minimum required (${executorCpusMin})`;
  }
  if (resources.mem < executorMemMin) {
    const mem = resources.has('mem') ? `${resources.mem}MB` : 'None';
    return `Executor '${id}' uses less memory (${mem}) than the minimum required (${executorMemMin}MB)`;
  }
  return resources.has('disk') ? undefined : `Executor '${id}' uses no disk`;
}

function validateGroupTogether(tasks: readonly Resources[], executor: Resources): string | undefined {
  let total = executor;
  for (const part of tasks) total = total.add(part);
  const idError = validateUniquePersistenceIds(total);
  if (idError !== undefined) return `Task group and executor use duplicate persistence ID: ${idError}`;
  const mixError = validateNoMixedRevocable(total);
  if (mixError !== undefined) return `Task group and executor mix revocable and non-revocable resources: ${mixError}`;
  if (!overlap([...tasks, executor])) return undefined;
  return (
    `There are overlapping resources in the task group's task resources { ${tasks.join(', ')} } ` +
    `and/or executor resources ${executor.toString()}`
  );
}

function validateGroupCgroups(
  tasks: readonly TaskInfo[],
  executor: ExecutorInfo,
  { agent, framework }: LaunchSite,
): string | undefined {
  if (executor.container?.linux_info?.share_cgroups === true) {
    return "The 'share_cgroups' field cannot be set to 'true' on executor containers";
  }
  const values = new Set(tasks.map((task) => sharesCgroups(task.container)));
  for (const { task } of agent.tasks.get(framework.id)?.values() ?? []) {
    if (task.executor_id?.value === executor.executor_id.value) values.add(sharesCgroups(task.container));
  }
  return values.size <= 1
    ? undefined
    : "If set, the value of 'share_cgroups' must be the same for all tasks in each task group and under a single executor";
}

function sharesCgroups(container: ContainerInfo | undefined): boolean {
  return container?.linux_info?.share_cgroups ?? true;
}
