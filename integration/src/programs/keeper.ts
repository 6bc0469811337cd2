/**
 * A framework that starts given tasks on given hosts, keeps them, and prints every status update as a line such as
 * `update nap TASK_RUNNING REASON_COMMAND_EXECUTOR_...`. Its only argument is a {@link KeeperOptions} as JSON. Ends with its tasks at
 * SIGTERM.
 */
import { Resources } from '@mesos-ts/protocol';
import type { Offer, TaskStatus } from '@mesos-ts/protocol';
import { Scheduler, runScheduler } from '@mesos-ts/scheduler';
import type { TaskToLaunch } from '@mesos-ts/scheduler';

/** What the framework is and runs. */
export interface KeeperOptions {
  /** `HOST:PORT`. */
  readonly master: string;
  readonly ip: string;
  readonly name: string;
  readonly isPartitionAware: boolean;
  readonly tasks: readonly KeptTask[];
}

/** A task to start once. */
export interface KeptTask {
  readonly id: string;
  /** The host name of the agent that is to run it. */
  readonly host: string;
  /** A shell line. */
  readonly command: string;
}

const taskResources = Resources.of([
  { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 16 } },
]);

class Keeper extends Scheduler {
  readonly #waiting: Set<KeptTask>;

  constructor({ isPartitionAware, master, name, tasks }: KeeperOptions) {
    super({
      master,
      framework: {
        name,
        failover_timeout: 600,
        capabilities: isPartitionAware ? [{ type: 'PARTITION_AWARE' }] : [],
      },
    });
    this.#waiting = new Set(tasks);
  }

  protected override subscribed(): void {
    console.log(`subscribed ${this.frameworkId?.value}`);
  }

  protected override resubscribed(): void {
    console.log(`resubscribed ${this.frameworkId?.value}`);
  }

  protected override offers(offers: readonly Offer[]): void {
    for (const offer of offers) {
      const tasks = this.#tasksFor(offer);
      if (tasks.length > 0) this.launch(offer, tasks);
      else this.decline(offer, { refuseSeconds: 1 });
    }
  }

  protected override update({ task_id, state, reason }: TaskStatus): void {
    console.log(`update ${task_id.value} ${state} ${reason ?? ''}`.trimEnd());
  }

  #tasksFor(offer: Offer): TaskToLaunch[] {
    let left = Resources.of(offer.resources);
    const tasks: TaskToLaunch[] = [];
    for (const task of this.#waiting) {
      const resources = task.host === offer.hostname ? left.find(taskResources) : undefined;
      if (resources === undefined) continue;
      left = left.subtract(resources);
      this.#waiting.delete(task);
      tasks.push({
        name: task.id,
        task_id: { value: task.id },
        resources: resources.toArray(),
        command: { value: task.command },
      });
    }
    return tasks;
  }
}

const options = JSON.parse(process.argv[2] ?? '') as KeeperOptions;
const end = new AbortController();
process.once('SIGTERM', () => {
  end.abort();
});
await runScheduler(new Keeper(options), { ip: options.ip, signal: end.signal });
