import { Executor, executorEnvironment, runExecutor } from '@mesos-ts/executor';
import type { TaskInfo } from '@mesos-ts/protocol';

/** Sums the numbers in a task's data. */
class Summer extends Executor {
  protected override launch(task: TaskInfo): void {
    this.sendStatusUpdate({ task_id: task.task_id, state: 'TASK_RUNNING' });
    const numbers = Buffer.from(task.data ?? [])
      .toString()
      .split(' ');
    const sum = numbers.reduce((total, number) => total + Number(number), 0);
    this.sendStatusUpdate({ task_id: task.task_id, state: 'TASK_FINISHED', data: Buffer.from(String(sum)) });
    this.stop();
  }

  protected override kill(): void {
    // By the time a kill arrives, the sum is done.
  }
}

await runExecutor(new Summer(executorEnvironment(process.env)));
