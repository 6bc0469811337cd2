import type { TaskToLaunch } from '@mesos-ts/scheduler';

/** A task that is killed when it is not healthy any more. */
export function watched(task: TaskToLaunch): TaskToLaunch {
  return {
    ...task,
    health_check: {
      type: 'HTTP', // or COMMAND, whose exit status counts, or TCP, whose connection does
      http: { port: 31_000, path: '/health' },
      grace_period_seconds: 30, // failures so soon after the start are ignored, until the first success
      interval_seconds: 10,
      timeout_seconds: 5,
      consecutive_failures: 3, // so many in a row, and the task is killed
    },
  };
}
