import { createStatusUpdate } from '@mesos-ts/protocol';
import type { StatusUpdate, TaskState } from '@mesos-ts/protocol';

/** A uuid made of a number. */
export function uuidOf(n: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, index) => (index === 14 ? n >> 8 : index === 15 ? n & 255 : 1));
}

/** An update of a task with such a uuid. */
export function statusUpdate(n: number, state: TaskState = 'TASK_RUNNING', taskId = 'task'): StatusUpdate {
  return createStatusUpdate({
    frameworkId: { value: 'framework' },
    taskId: { value: taskId },
    state,
    source: 'SOURCE_EXECUTOR',
    nowMs: 0,
    uuid: uuidOf(n),
  });
}
