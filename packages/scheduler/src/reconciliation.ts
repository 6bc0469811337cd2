import { isTerminalState } from '@mesos-ts/protocol';
import { reconciled } from './calls.ts';
import { reconcileTasksMax } from './constants.ts';
import type { AgentID, SchedulerCall, TaskStatus } from '@mesos-ts/protocol';
import type { TaskRef } from './calls.ts';

/**
 * Finds out what became of a framework's tasks while no master had it, as Mesos's guides for frameworks tell: first the tasks that are
 * known are asked for by their ids, and asked for again until each has been told of, since a master that has just come may not know
 * their agents yet; then, once, all tasks that the master knows, for those that the framework does not. Pure: it has neither clock nor
 * connection.
 */
export class Reconciliation {
  /** Tasks that may be running, as far as launches and updates have told. */
  readonly #alive = new Map<string, AgentID | undefined>();
  /** Those of them that have not been told of since it began. */
  readonly #remaining = new Set<string>();
  #rounds = 0;
  #isImplicitDue = false;

  /** Whether there is nothing left to ask for. */
  get isDone(): boolean {
    return this.#remaining.size === 0 && !this.#isImplicitDue;
  }

  /** How often it has asked since it began. */
  get rounds(): number {
    return this.#rounds;
  }

  /** A task is being launched. */
  launched({ agent_id, task_id }: TaskRef): void {
    this.#alive.set(task_id.value, agent_id);
  }

  /** A task's state has been told. True when it was the last one that was waited for. */
  updated({ agent_id, state, task_id: { value } }: TaskStatus): boolean {
    // What the master does not know may come back; it will be told of then.
    if (isTerminalState(state) || state === 'TASK_UNKNOWN') this.#alive.delete(value);
    else this.#alive.set(value, agent_id ?? this.#alive.get(value));
    return this.#remaining.delete(value) && this.#remaining.size === 0;
  }

  /** Begins anew, in place of one that may be under way. */
  begin(): void {
    this.#rounds = 0;
    this.#isImplicitDue = true;
    this.#remaining.clear();
    for (const task of this.#alive.keys()) this.#remaining.add(task);
  }

  /** Is not going on. */
  stop(): void {
    this.#isImplicitDue = false;
    this.#remaining.clear();
  }

  /** What is to be asked now. */
  next(): SchedulerCall[] {
    this.#rounds += 1;
    const tasks = [...this.#remaining].map((value) =>
      reconciled({ task_id: { value }, agent_id: this.#alive.get(value) }),
    );
    const calls: SchedulerCall[] = [];
    for (let start = 0; start < tasks.length; start += reconcileTasksMax) {
      calls.push({ type: 'RECONCILE', reconcile: { tasks: tasks.slice(start, start + reconcileTasksMax) } });
    }
    // Tasks whose agent is not back do not hold up what can be told of the others.
    if (this.#isImplicitDue && (tasks.length === 0 || this.#rounds > 1)) {
      this.#isImplicitDue = false;
      calls.push({ type: 'RECONCILE', reconcile: { tasks: [] } });
    }
    return calls;
  }
}
