/** Rules of meaning for what comes from executors and masters. Pure: they answer what is wrong, or nothing. */
import { isUuid, validateId } from '@mesos-ts/protocol';
import type { CheckStatusInfo, ContainerInfo, ExecutorCall, ExecutorInfo, RunTaskMessage } from '@mesos-ts/protocol';

/** Says what is wrong with a call of an executor, in Mesos's words. */
export function validateExecutorCall(call: ExecutorCall): string | undefined {
  const { message, subscribe, type } = call;
  if (type === undefined) return "Expecting 'type' to be present";
  if (type === 'UPDATE') return validateUpdate(call);
  if (type === 'SUBSCRIBE' && subscribe === undefined) return "Expecting 'subscribe' to be present";
  return type === 'MESSAGE' && message === undefined ? "Expecting 'message' to be present" : undefined;
}

function validateUpdate(call: ExecutorCall): string | undefined {
  if (call.update === undefined) return "Expecting 'update' to be present";
  const { status } = call.update;
  const sender = `executor ${call.executor_id.value} of framework ${call.framework_id.value}`;
  if (status.uuid === undefined) return "Expecting 'uuid' to be present";
  if (!isUuid(status.uuid) || status.uuid.every((byte) => byte === 0)) return 'Not a valid UUID';
  if (status.executor_id !== undefined && status.executor_id.value !== call.executor_id.value) {
    return `ExecutorID in Call: ${call.executor_id.value} does not match ExecutorID in TaskStatus: ${status.executor_id.value}`;
  }
  if (status.source !== 'SOURCE_EXECUTOR') {
    return `Received Call from ${sender} with invalid source, expecting 'SOURCE_EXECUTOR'`;
  }
  if (status.state === 'TASK_STAGING') return `Received TASK_STAGING from ${sender} which is not allowed`;
  return status.check_status === undefined ? undefined : validateCheckStatus(status.check_status);
}

function validateCheckStatus(status: CheckStatusInfo): string | undefined {
  const { type } = status;
  if (type === undefined) return "CheckStatusInfo must specify 'type'";
  if (type === 'UNKNOWN') return "'UNKNOWN' is not a valid check's status type";
  const field = ({ COMMAND: 'command', HTTP: 'http', TCP: 'tcp' } as const)[type];
  return status[field] === undefined ? `Expecting '${field}' to be set for ${type} check's status` : undefined;
}

/** Says why a task that the master sends cannot be run by any agent of this kind. */
export function validateRunTask(message: RunTaskMessage, executor: ExecutorInfo): string | undefined {
  const ids = { 'task id': message.task.task_id.value, 'executor id': executor.executor_id.value };
  for (const [name, id] of Object.entries(ids)) {
    const error = validateId(id);
    if (error !== undefined) return `Invalid ${name}: ${error}`;
  }
  if (message.task.executor === undefined && message.task.command === undefined) {
    return 'The task has neither an executor nor a command';
  }
  if (executor.type === 'DEFAULT') return 'The default executor is not supported by this agent';
  return executor.command === undefined ? 'The executor has no command' : undefined;
}

/** Says which wish for its container cannot be fulfilled: a container here is a process with a sandbox and nothing more. */
export function unsupportedContainer(container: ContainerInfo | undefined): string | undefined {
  if (container === undefined) return undefined;
  const wishes: [string, boolean][] = [
    ['Docker containers', container.type === 'DOCKER' || container.docker !== undefined],
    ['images', container.mesos?.image !== undefined],
    ['volumes', (container.volumes ?? []).length > 0],
    ['host names', container.hostname !== undefined],
    ['networks', (container.network_infos ?? []).length > 0],
    ['Linux settings', container.linux_info !== undefined],
    ['resource limits', container.rlimit_info !== undefined],
    ['terminals', container.tty_info !== undefined],
  ];
  const wish = wishes.find(([, isWished]) => isWished)?.[0];
  return wish === undefined ? undefined : `None of the enabled containerizers (mesos) supports ${wish} of containers`;
}
