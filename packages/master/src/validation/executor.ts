import { executorOf, type AgentRecord } from '../state/agent.ts';
import { validateCommand, validateContainer } from './container.ts';
import { equalMessages } from './equal.ts';
import {
  validateNoMixedRevocable,
  validateSingleRole,
  validateUniquePersistenceIds,
  validateUse,
} from './resources.ts';
import { Resources, validateId, withoutSecretValues, type ExecutorInfo } from '@mesos-ts/protocol';

/** Says what is wrong with an executor that a framework wants to use on an agent, in Mesos's words, or nothing. */
export function validateExecutor(executor: ExecutorInfo, frameworkId: string, agent: AgentRecord): string | undefined {
  return (
    validateType(executor) ??
    validateId(executor.executor_id.value) ??
    validateCommandAndContainer(executor) ??
    validateFrameworkId(executor, frameworkId) ??
    validateExecutorResources(executor) ??
    validateCompatible(executor, executorOf(agent, frameworkId, executor.executor_id.value))
  );
}

function validateType(executor: ExecutorInfo): string | undefined {
  const { command, container, type } = executor;
  if (type === 'CUSTOM') {
    return command === undefined ? "'ExecutorInfo.command' must be set for 'CUSTOM' executor" : undefined;
  }
  if (type !== 'DEFAULT') return undefined;
  if (command !== undefined) return "'ExecutorInfo.command' must not be set for 'DEFAULT' executor";
  if (container === undefined) return undefined;
  if (container.type !== 'MESOS') return "'ExecutorInfo.container.type' must be 'MESOS' for 'DEFAULT' executor";
  return container.mesos?.image === undefined
    ? undefined
    : "'ExecutorInfo.container.mesos.image' must not be set for 'DEFAULT' executor";
}

function validateCommandAndContainer(executor: ExecutorInfo): string | undefined {
  const { command, container, shutdown_grace_period: period } = executor;
  if (period !== undefined && period.nanoseconds < 0) {
    return "ExecutorInfo's 'shutdown_grace_period' must be non-negative";
  }
  const commandError = command === undefined ? undefined : validateCommand(command);
  if (commandError !== undefined) return `Executor's \`CommandInfo\` is invalid: ${commandError}`;
  const containerError = container === undefined ? undefined : validateContainer(container);
  if (containerError !== undefined) return `Executor's \`ContainerInfo\` is invalid: ${containerError}`;
  return undefined;
}

function validateFrameworkId(executor: ExecutorInfo, frameworkId: string): string | undefined {
  const actual = executor.framework_id?.value;
  if (actual === undefined) return "'ExecutorInfo.framework_id' must be set";
  if (actual === frameworkId) return undefined;
  return `ExecutorInfo has an invalid FrameworkID (Actual: ${actual} vs Expected: ${frameworkId})`;
}

function validateExecutorResources(executor: ExecutorInfo): string | undefined {
  const list = executor.resources ?? [];
  const error = validateUse(list);
  if (error !== undefined) return `Executor uses invalid resources: ${error}`;
  const resources = Resources.of(list);
  const idError = validateUniquePersistenceIds(resources);
  if (idError !== undefined) return `Executor uses duplicate persistence ID: ${idError}`;
  const roleError = validateSingleRole(list);
  if (roleError !== undefined) return `Invalid executor resources: ${roleError}`;
  const mixError = validateNoMixedRevocable(resources);
  return mixError === undefined ? undefined : `Executor mixes revocable and non-revocable resources: ${mixError}`;
}

function validateCompatible(executor: ExecutorInfo, existing: ExecutorInfo | undefined): string | undefined {
  if (existing === undefined || equalExecutors(executor, existing)) return undefined;
  const line = '-'.repeat(60);
  return [
    'ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID.',
    line,
    'Existing ExecutorInfo:',
    JSON.stringify(withoutSecretValues(existing)),
    line,
    'ExecutorInfo:',
    JSON.stringify(withoutSecretValues(executor)),
    line,
    '',
  ].join('\n');
}

/** Whether two executors are one. Their resources may be listed in different order. */
export function equalExecutors(left: ExecutorInfo, right: ExecutorInfo): boolean {
  const { resources: leftResources = [], ...leftRest } = left;
  const { resources: rightResources = [], ...rightRest } = right;
  return equalMessages(leftRest, rightRest) && Resources.of(leftResources).equals(Resources.of(rightResources));
}
