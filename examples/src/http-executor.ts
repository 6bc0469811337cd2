import { Executor, executorEnvironment, runExecutor } from '@mesos-ts/executor';
import { overHttp } from '@mesos-ts/executor/http';
import type { TaskID, TaskInfo } from '@mesos-ts/protocol';

/** Greets, and is done. It speaks to its agent over HTTP, as it would to one of Apache Mesos. */
class Greeter extends Executor {
  protected override launch({ name, task_id }: TaskInfo): void {
    this.sendStatusUpdate({ task_id, state: 'TASK_RUNNING' });
    this.sendMessage(Buffer.from(`Hello, ${name}!`));
    this.sendStatusUpdate({ task_id, state: 'TASK_FINISHED' });
    this.stop();
  }
  protected override kill(task_id: TaskID): void {
    this.sendStatusUpdate({ task_id, state: 'TASK_KILLED' });
  }
}

await runExecutor(new Greeter(executorEnvironment(process.env), { connect: overHttp() }));
