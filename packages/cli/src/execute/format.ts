import { Resources } from '@mesos-ts/protocol';
import type { TaskStatus } from '@mesos-ts/protocol';

/** A status update as Mesos's `mesos-execute` prints it. */
export function formatStatus(status: TaskStatus): string {
  const { check_status, healthy, limitation, message, reason, source, state, task_id } = status;
  const details: (string | undefined)[] = [
    message === undefined ? undefined : `message: '${message}'`,
    source === undefined ? undefined : `source: ${source}`,
    reason === undefined ? undefined : `reason: ${reason}`,
    healthy === undefined ? undefined : `healthy?: ${healthy}`,
    check_status === undefined ? undefined : `check status: ${JSON.stringify(check_status)}`,
    limitation?.resources === undefined || limitation.resources.length === 0
      ? undefined
      : `resource limit violation: ${Resources.of(limitation.resources).toString()}`,
  ];
  const lines = details.filter((detail) => detail !== undefined).map((detail) => `  ${detail}\n`);
  return `Received status update ${state} for task '${task_id.value}'\n${lines.join('')}`;
}
