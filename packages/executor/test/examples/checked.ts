import { Executor, executorEnvironment, runExecutor } from '@mesos-ts/executor';
import { localProbes } from '@mesos-ts/executor/checks';
import type { TaskUpdate } from '@mesos-ts/executor';
import type { TaskInfo } from '@mesos-ts/protocol';

/** Does nothing with its task but what the task's health check says. */
class Checked extends Executor {
  protected override launch({ task_id, ...task }: TaskInfo): void {
    let update: TaskUpdate = { task_id, state: 'TASK_RUNNING' };
    this.sendStatusUpdate(update);
    const checks = this.startChecks({ task_id, ...task }, localProbes(process.env), {
      checked: (check_status) => {
        update = { ...update, check_status, reason: 'REASON_TASK_CHECK_STATUS_UPDATED' };
        this.sendStatusUpdate(update);
      },
      judged: (healthy, kill) => {
        update = { ...update, healthy, reason: 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED' };
        this.sendStatusUpdate(update);
        if (!kill) return;
        checks.pause();
        this.sendStatusUpdate({ task_id, state: 'TASK_FAILED', healthy, message: 'Unhealthy for too long' });
        this.stop();
      },
    });
  }

  protected override kill(): void {
    // It ends by its health only.
  }
}

await runExecutor(new Checked(executorEnvironment(process.env)));
