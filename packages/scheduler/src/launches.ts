import type { SchedulerCall_Accept, TaskInfo, TaskStatus } from '@mesos-ts/protocol';

/** The tasks that an ACCEPT call would launch. */
export function launchedTasks(accept: SchedulerCall_Accept): TaskInfo[] {
  return (accept.operations ?? []).flatMap((operation) => {
    if (operation.type === 'LAUNCH') return operation.launch?.task_infos ?? [];
    if (operation.type === 'LAUNCH_GROUP') return operation.launch_group?.task_group.tasks ?? [];
    return [];
  });
}

/**
 * What a scheduler is told about the tasks of an ACCEPT call that was dropped while there was no master to take it: Mesos's driver
 * makes the same updates. They have no `uuid`, so they are not acknowledged.
 */
export function droppedLaunches(accept: SchedulerCall_Accept, partitionAware: boolean, nowMs: number): TaskStatus[] {
  return launchedTasks(accept).map((task) => ({
    task_id: task.task_id,
    state: partitionAware ? 'TASK_DROPPED' : 'TASK_LOST',
    source: 'SOURCE_MASTER',
    reason: 'REASON_MASTER_DISCONNECTED',
    message: 'Master disconnected',
    timestamp: nowMs / 1000,
  }));
}

/** What a scheduler is told about the tasks of an ACCEPT call that the master has refused as a whole: they will never run. */
export function refusedLaunches(accept: SchedulerCall_Accept, refusal: string, nowMs: number): TaskStatus[] {
  return launchedTasks(accept).map((task) => ({
    task_id: task.task_id,
    state: 'TASK_ERROR',
    source: 'SOURCE_MASTER',
    reason: 'REASON_TASK_INVALID',
    message: refusal,
    timestamp: nowMs / 1000,
  }));
}
