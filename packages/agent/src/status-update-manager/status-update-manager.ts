/**
 * Sends the status updates of all tasks reliably: each task's in order, again and again with longer pauses until the framework
 * acknowledges. The decisions are in `status-update-stream.ts`; this actor keeps the streams and the timers.
 */
import { Process } from '@mesos-ts/libprocess';
import type { Timer } from '@mesos-ts/libprocess';
import type { StatusUpdate } from '@mesos-ts/protocol';

import { nextRetryIntervalMs } from './retry.ts';
import { acknowledgeUpdate, addUpdate, createStream } from './status-update-stream.ts';
import type { AcknowledgeOutcome, StatusUpdateStream, UpdateOutcome } from './status-update-stream.ts';

/** What became of an acknowledgement, and whether the task's stream has ended with it. */
export interface Acknowledgement {
  /** `unknown`: there is no stream of that task. */
  readonly outcome: AcknowledgeOutcome | 'unknown';
  readonly isTerminated: boolean;
}

/**
 * Sends an update to the master.
 * @param isNewest Whether it is sent as it comes, and so tells the newest state of its task.
 */
export type ForwardUpdate = (update: StatusUpdate, isNewest: boolean) => void;

interface Entry {
  readonly stream: StatusUpdateStream;
  timer: Timer | undefined;
}

/** The actor. It sends nothing while it is paused, which it is at first: until the agent has registered. */
export class TaskStatusUpdateManager extends Process {
  readonly #forward: ForwardUpdate;
  readonly #frameworks = new Map<string, Map<string, Entry>>();
  #isPaused = true;

  constructor(forward: ForwardUpdate) {
    super('task-status-update-manager');
    this.#forward = forward;
  }

  /** Takes an update. It is the manager's business from then on, and whoever made it may forget it unless it is refused. */
  update(update: StatusUpdate): UpdateOutcome {
    const entry = this.#entryFor(update.framework_id.value, update.status.task_id.value);
    const outcome = addUpdate(entry.stream, update);
    if (outcome === 'accepted' && entry.stream.pending.length === 1 && !this.#isPaused) this.#send(entry, true);
    return outcome;
  }

  /** Takes an acknowledgement of the framework and sends the task's next update, if there is one. */
  acknowledge(frameworkId: string, taskId: string, uuid: Uint8Array): Acknowledgement {
    const entry = this.#frameworks.get(frameworkId)?.get(taskId);
    if (entry === undefined) return { outcome: 'unknown', isTerminated: false };
    const outcome = acknowledgeUpdate(entry.stream, uuid);
    if (outcome !== 'accepted') return { outcome, isTerminated: entry.stream.isTerminated };
    this.#stopTimer(entry);
    if (entry.stream.isTerminated) this.#remove(frameworkId, taskId);
    else if (entry.stream.pending.length > 0 && !this.#isPaused) this.#send(entry);
    return { outcome, isTerminated: entry.stream.isTerminated };
  }

  /** Stops sending: the master is lost. */
  pause(): void {
    this.#isPaused = true;
    for (const entry of this.#entries()) this.#stopTimer(entry);
  }

  /** Sends what waits: there is a master again. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    for (const entry of this.#entries()) if (entry.stream.pending.length > 0) this.#send(entry);
  }

  /** Sends what waits for a framework at once: its scheduler is there again, and need not wait for the next retry. */
  resend(frameworkId: string): void {
    if (this.#isPaused) return;
    for (const entry of this.#frameworks.get(frameworkId)?.values() ?? []) {
      this.#stopTimer(entry);
      this.#send(entry);
    }
  }

  /** Forgets the updates of a framework, which has ended and acknowledges no more. */
  cleanup(frameworkId: string): void {
    for (const taskId of this.#frameworks.get(frameworkId)?.keys() ?? []) this.#remove(frameworkId, taskId);
  }

  /** How many updates wait for an acknowledgement. */
  pending(): number {
    return [...this.#entries()].reduce((sum, entry) => sum + entry.stream.pending.length, 0);
  }

  #send(entry: Entry, isNewest = false, waitedMs?: number): void {
    const update = entry.stream.pending[0];
    if (update === undefined) return;
    this.#forward(update, isNewest);
    const intervalMs = nextRetryIntervalMs(waitedMs);
    entry.timer = this.delay(intervalMs, () => {
      this.runtime.logger.warn(`Resending a status update of task '${update.status.task_id.value}': not acknowledged`);
      this.#send(entry, false, intervalMs);
    });
  }

  #stopTimer(entry: Entry): void {
    if (entry.timer !== undefined) this.cancel(entry.timer);
    entry.timer = undefined;
  }

  #entryFor(frameworkId: string, taskId: string): Entry {
    const tasks = this.#frameworks.get(frameworkId) ?? new Map<string, Entry>();
    this.#frameworks.set(frameworkId, tasks);
    const entry = tasks.get(taskId) ?? { stream: createStream(), timer: undefined };
    tasks.set(taskId, entry);
    return entry;
  }

  #remove(frameworkId: string, taskId: string): void {
    const tasks = this.#frameworks.get(frameworkId);
    const entry = tasks?.get(taskId);
    if (tasks === undefined || entry === undefined) return;
    this.#stopTimer(entry);
    tasks.delete(taskId);
    if (tasks.size === 0) this.#frameworks.delete(frameworkId);
  }

  *#entries(): Generator<Entry> {
    for (const tasks of this.#frameworks.values()) yield* tasks.values();
  }
}
