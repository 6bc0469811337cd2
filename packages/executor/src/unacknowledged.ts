import type { ExecutorCall_Subscribe, TaskID, TaskInfo, TaskStatus } from '@mesos-ts/protocol';
import { unacknowledgedUpdatesMax } from './constants.ts';
import { ExecutorError } from './errors.ts';

/**
 * What the agent does not know for sure that we know: updates that it has not acknowledged, and tasks of which it has acknowledged no
 * update yet. An agent that was restarted learns them from the next subscription.
 */
export class Unacknowledged {
  readonly #tasks = new Map<string, TaskInfo>();
  readonly #updates = new Map<string, TaskStatus>();

  /** How many updates wait. */
  get size(): number {
    return this.#updates.size;
  }

  /** The agent has sent a task. */
  launched(task: TaskInfo): void {
    this.#tasks.set(task.task_id.value, task);
  }

  /** An update was made. Throws `EXECUTOR_UPDATES_MAX` when too many wait. */
  updated(status: TaskStatus & { uuid: Uint8Array }): void {
    if (this.#updates.size >= unacknowledgedUpdatesMax) {
      throw new ExecutorError('EXECUTOR_UPDATES_MAX', `${this.#updates.size} updates wait for acknowledgements`);
    }
    this.#updates.set(keyOf(status.uuid), status);
  }

  /** The agent has an update; answers which one, or nothing for one that is not waiting. */
  acknowledged(taskId: TaskID, uuid: Uint8Array): TaskStatus | undefined {
    const key = keyOf(uuid);
    const status = this.#updates.get(key);
    if (status === undefined || status.task_id.value !== taskId.value) return undefined;
    this.#updates.delete(key);
    this.#tasks.delete(taskId.value);
    return status;
  }

  /** What a subscription tells the agent, oldest first. */
  toSubscribe(): ExecutorCall_Subscribe {
    return {
      unacknowledged_tasks: [...this.#tasks.values()],
      unacknowledged_updates: [...this.#updates.values()].map((status) => ({ status })),
    };
  }
}

function keyOf(uuid: Uint8Array): string {
  return Buffer.from(uuid).toString('latin1');
}
