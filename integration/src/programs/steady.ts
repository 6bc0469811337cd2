/**
 * A framework that always has a few short tasks under way. Each writes its name into a file of its agent's host. Prints a line for each
 * task that it launches (`launched t7`) and for each status update (`update t7 TASK_FINISHED`). At SIGUSR2 it launches no more, and prints
 * `rests` when it has been told of the end of every task. Its only argument is a {@link SteadyOptions} as JSON. Ends at SIGTERM.
 */
import { Resources } from '@mesos-ts/protocol';
import type { Offer, TaskState, TaskStatus } from '@mesos-ts/protocol';
import { Scheduler, runScheduler } from '@mesos-ts/scheduler';

/** What the framework is told. */
export interface SteadyOptions {
  /** Who knows the leading master, as the SDK reads it. */
  readonly master: string;
  readonly ip: string;
  /** Where tasks write their names, on the host that they run on. */
  readonly ranFile: string;
  /** How many tasks are under way at a time. */
  readonly tasksAtOnce: number;
}

const taskResources = Resources.of([
  { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 16 } },
]);

/** States after which nothing more is to be heard of a task. */
const terminalStates: ReadonlySet<TaskState> = new Set([
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_LOST',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
  'TASK_UNKNOWN',
]);

class Steady extends Scheduler {
  readonly #underWay = new Set<string>();
  readonly #ranFile: string;
  readonly #tasksAtOnce: number;
  #launched = 0;
  #isResting = false;

  constructor({ master, ranFile, tasksAtOnce }: SteadyOptions) {
    super({
      master,
      framework: { name: 'steady', failover_timeout: 600, capabilities: [{ type: 'PARTITION_AWARE' }] },
    });
    this.#ranFile = ranFile;
    this.#tasksAtOnce = tasksAtOnce;
  }

  /** Launches no more, and says when all is told. */
  rest(): void {
    this.#isResting = true;
    this.#sayIfResting();
  }

  protected override subscribed(): void {
    console.log(`subscribed ${this.frameworkId?.value}`);
  }

  protected override resubscribed(): void {
    console.log(`resubscribed ${this.frameworkId?.value}`);
  }

  protected override offers(offers: readonly Offer[]): void {
    for (const offer of offers) {
      const isWanted = !this.#isResting && this.#underWay.size < this.#tasksAtOnce;
      const resources = isWanted ? Resources.of(offer.resources).find(taskResources) : undefined;
      if (resources === undefined) {
        this.decline(offer, { refuseSeconds: 0.2 });
        continue;
      }
      const id = `t${++this.#launched}`;
      this.#underWay.add(id);
      console.log(`launched ${id}`);
      const command = { value: `echo ${id} >> ${this.#ranFile}` };
      this.launch(offer, [{ name: id, task_id: { value: id }, resources: resources.toArray(), command }], {
        refuseSeconds: 0.2,
      });
    }
  }

  protected override update({ task_id: { value: id }, state }: TaskStatus): void {
    console.log(`update ${id} ${state}`);
    if (terminalStates.has(state)) this.#underWay.delete(id);
    this.#sayIfResting();
  }

  #sayIfResting(): void {
    if (this.#isResting && this.#underWay.size === 0) console.log('rests');
  }
}

const options = JSON.parse(process.argv[2] ?? '') as SteadyOptions;
const end = new AbortController();
process.once('SIGTERM', () => {
  end.abort();
});
const steady = new Steady(options);
process.once('SIGUSR2', () => {
  steady.rest();
});
await runScheduler(steady, { ip: options.ip, signal: end.signal });
