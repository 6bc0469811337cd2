/**
 * A framework that has one task on each of given hosts, which lives until it is told to end (`echo > PIPE` there) and is followed by another then. It
 * keeps its id and what it has launched in a file: killed and started again, it goes on as the same framework. Prints a line for each task that it
 * launches (`launched agent-1.1`) and for each status update (`update agent-1.1 TASK_RUNNING REASON UUID`, each `-` where there is
 * none). At SIGUSR2 it kills its tasks, launches no more, and prints `rests` when it has been told of their ends. Its only argument is a
 * {@link LastingOptions} as JSON. Ends at SIGTERM.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Resources, isTerminalState } from '@mesos-ts/protocol';
import type { FrameworkID, Offer, TaskStatus } from '@mesos-ts/protocol';
import { Scheduler, runScheduler } from '@mesos-ts/scheduler';
import type { TaskToLaunch } from '@mesos-ts/scheduler';

/** What the framework is told. */
export interface LastingOptions {
  /** Who knows the leading master, as the SDK reads it. */
  readonly master: string;
  readonly ip: string;
  readonly hosts: readonly string[];
  /** The pipe on those hosts that ends the task there. */
  readonly pipe: string;
  /** Where it keeps what its next life has to know. */
  readonly file: string;
}

interface Kept {
  readonly frameworkId: string;
  /** The number of the last task that was launched on a host, and whether it has not ended, as far as is known. */
  readonly tasks: Record<string, { readonly number: number; readonly isAlive: boolean }>;
}

const taskResources = Resources.of([
  { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 16 } },
]);

class Lasting extends Scheduler {
  readonly #options: LastingOptions;
  readonly #tasks: Kept['tasks'];
  #frameworkId: string | undefined;
  #isResting = false;

  constructor(options: LastingOptions, kept: Kept | undefined) {
    super({
      master: options.master,
      framework: {
        name: 'lasting',
        failover_timeout: 600,
        capabilities: [{ type: 'PARTITION_AWARE' }],
        ...(kept === undefined ? {} : { id: { value: kept.frameworkId } }),
      },
    });
    this.#options = options;
    this.#frameworkId = kept?.frameworkId;
    this.#tasks = kept?.tasks ?? {};
  }

  /** Kills what runs, and says when all is told. */
  rest(): void {
    this.#isResting = true;
    for (const [host, { isAlive, number }] of Object.entries(this.#tasks)) {
      if (isAlive) this.kill({ value: `${host}.${number}` });
    }
    this.#sayIfResting();
  }

  protected override subscribed({ value }: FrameworkID): void {
    this.#frameworkId = value;
    this.#keep();
    console.log(`subscribed ${value}`);
  }

  protected override resubscribed(): void {
    console.log(`resubscribed ${this.frameworkId?.value}`);
    // While nobody led, nobody could be told.
    if (this.#isResting) this.rest();
  }

  protected override offers(offers: readonly Offer[]): void {
    for (const offer of offers) {
      const task = this.#taskFor(offer);
      if (task === undefined) this.decline(offer, { refuseSeconds: 1 });
      else this.launch(offer, [task]);
    }
  }

  protected override update({ reason, state, task_id: { value: id }, uuid }: TaskStatus): void {
    const version = uuid === undefined ? '-' : Buffer.from(uuid).toString('hex');
    console.log(`update ${id} ${state} ${reason ?? '-'} ${version}`);
    const [host = '', number = ''] = id.split('.');
    if (!isTerminalState(state)) return;
    if (this.#tasks[host]?.number !== Number(number)) return;
    this.#tasks[host] = { number: Number(number), isAlive: false };
    this.#keep();
    this.#sayIfResting();
  }

  #taskFor({ hostname: host, resources: offered }: Offer): TaskToLaunch | undefined {
    const { hosts, pipe } = this.#options;
    const before = this.#tasks[host];
    const resources = Resources.of(offered).find(taskResources);
    if (this.#isResting || !hosts.includes(host) || before?.isAlive === true || resources === undefined)
      return undefined;
    const number = (before?.number ?? 0) + 1;
    this.#tasks[host] = { number, isAlive: true };
    // Whoever forgets what he has launched launches it twice.
    this.#keep();
    const id = `${host}.${number}`;
    console.log(`launched ${id}`);
    const command = { value: `[ -p ${pipe} ] || mkfifo ${pipe}; read told < ${pipe}` };
    return { name: id, task_id: { value: id }, resources: resources.toArray(), command };
  }

  #keep(): void {
    if (this.#frameworkId === undefined) return;
    const kept: Kept = { frameworkId: this.#frameworkId, tasks: this.#tasks };
    const { file } = this.#options;
    writeFileSync(`${file}.new`, JSON.stringify(kept));
    renameSync(`${file}.new`, file);
  }

  #sayIfResting(): void {
    if (this.#isResting && Object.values(this.#tasks).every(({ isAlive }) => !isAlive)) console.log('rests');
  }
}

const options = JSON.parse(process.argv[2] ?? '') as LastingOptions;
const kept = existsSync(options.file) ? (JSON.parse(readFileSync(options.file, 'utf8')) as Kept) : undefined;
const end = new AbortController();
process.once('SIGTERM', () => {
  end.abort();
});
const lasting = new Lasting(options, kept);
process.once('SIGUSR2', () => {
  lasting.rest();
});
await runScheduler(lasting, { ip: options.ip, signal: end.signal });
