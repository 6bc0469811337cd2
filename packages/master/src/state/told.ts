import type { Task } from '@mesos-ts/protocol';

/** The forms in which the state of the cluster is told: that of version 0, and the two of version 1. */
export const toldForms = ['v0', 'json', 'protobuf'] as const;

/** One of them. */
export type ToldForm = (typeof toldForms)[number];

/**
 * What a task is told as, in bytes of one character each, for as long as it stays as it is. What changes of a task is replaced, never
 * changed in place, so that to compare what is there with what was there is all it takes to know.
 */
export class ToldTask {
  #state: Task['state'] | undefined;
  #statuses: Task['statuses'];
  #uuid: Task['status_update_uuid'];
  #texts: Partial<Record<ToldForm, string>> = {};

  /** The text in one form, if it is known and still true. */
  of(task: Task, form: ToldForm): string | undefined {
    if (task.state !== this.#state || task.statuses !== this.#statuses || task.status_update_uuid !== this.#uuid) {
      this.#texts = {};
      return undefined;
    }
    return this.#texts[form];
  }

  /** Keeps the text of a task as it is now. */
  keep(task: Task, form: ToldForm, text: string): void {
    this.#state = task.state;
    this.#statuses = task.statuses;
    this.#uuid = task.status_update_uuid;
    this.#texts[form] = text;
  }
}
