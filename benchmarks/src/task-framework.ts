import { Resources, isTerminalState, parseResources } from '@mesos-ts/protocol';
import { Scheduler } from '@mesos-ts/scheduler';
import type { ExecutorInfo, Offer, TaskStatus } from '@mesos-ts/protocol';
import type { MasterAddress, TaskToLaunch } from '@mesos-ts/scheduler';

/** Launches so many tasks in one ACCEPT call and says when the last one has finished. */
export class LaunchAll extends Scheduler {
  readonly #count: number;
  readonly #executor: ExecutorInfo | undefined;
  readonly #needs: Resources;
  #launched = false;
  #finished = 0;
  #acceptedMs = 0;
  /** Milliseconds from the ACCEPT call to each TASK_RUNNING. */
  readonly runningMs: number[] = [];

  /** @param executor Runs the tasks; without one each task is the command `true`. */
  constructor(master: MasterAddress, count: number, taskResources: string, executor?: ExecutorInfo) {
    super({ master, framework: { name: 'launch-all' } });
    this.#count = count;
    this.#executor = executor;
    const needs = parseResources(taskResources);
    if (needs.error !== undefined) throw new TypeError(needs.error);
    this.#needs = needs.value;
  }

  protected override offers(offers: readonly Offer[]): void {
    for (const offer of offers) {
      if (this.#launched) {
        this.decline(offer);
        continue;
      }
      this.#launched = true;
      this.#acceptedMs = this.runtime.clock.monotonic();
      this.launch(offer, this.#tasks(offer));
    }
  }

  protected override update(status: TaskStatus): void {
    if (status.state === 'TASK_RUNNING') this.runningMs.push(this.runtime.clock.monotonic() - this.#acceptedMs);
    if (!isTerminalState(status.state)) return;
    if (status.state !== 'TASK_FINISHED')
      throw new Error(`${status.task_id.value}: ${status.state} ${status.message ?? ''}`);
    if (++this.#finished === this.#count) this.stop();
  }

  #tasks(offer: Offer): TaskToLaunch[] {
    let left = Resources.of(offer.resources);
    const executor = this.#executor;
    return Array.from({ length: this.#count }, (_, index) => {
      const resources = left.find(this.#needs);
      if (resources === undefined) throw new Error(`The offer has no room for task ${index}`);
      left = left.subtract(resources);
      const task = { name: `task ${index}`, task_id: { value: `task-${index}` }, resources: resources.toArray() };
      return executor === undefined ? { ...task, command: { value: 'true' } } : { ...task, executor };
    });
  }
}
