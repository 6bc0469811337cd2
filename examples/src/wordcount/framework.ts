import { errorText, formatAddress } from '@mesos-ts/libprocess';
import { Resources, isTerminalState, parseResources } from '@mesos-ts/protocol';
import { Scheduler } from '@mesos-ts/scheduler';
import { Totals, parseResult } from './totals.ts';
import type { Offer, TaskStatus } from '@mesos-ts/protocol';
import type { MasterAddress, TaskToLaunch } from '@mesos-ts/scheduler';
import type { Charset, WordCount } from './count.ts';

/** How far the job is. */
export interface Progress {
  readonly done: number;
  readonly running: number;
  readonly shards: number;
  readonly words: number;
  /** Something that the reader should know, in a sentence. */
  readonly note?: string;
}

/** Options of `WordCountScheduler`. */
interface WordCountOptions {
  readonly master: MasterAddress;
  /** How many shards there are. */
  readonly shards: number;
  /** Where the fetcher gets a shard. */
  readonly shardUrl: (shard: number) => string;
  /** Where the fetcher gets the program that counts. */
  readonly programUrl: string;
  readonly charset: Charset;
  /** The Node.js executable on the agents. @default the one that runs this program */
  readonly node?: string;
  /** What one task gets. @default 'cpus:1;mem:64' */
  readonly taskResources?: string;
  readonly onProgress: (progress: Progress) => void;
}

interface Attempt {
  readonly shard: number;
  /** Where the task's agent serves its files, `http://ip:port`. */
  readonly agentUrl: string;
}

const attemptsMax = 5;
const readTimeoutMs = 30_000;

/** A framework that counts the words of shards, one task for each, and runs a shard again when its task or its agent is lost. */
export class WordCountScheduler extends Scheduler {
  readonly totals = new Totals();
  readonly #options: WordCountOptions;
  readonly #resources: Resources;
  readonly #waiting: number[];
  readonly #running = new Map<string, Attempt>();
  readonly #attempts = new Map<number, number>();
  #isWaitingTold = false;

  constructor(options: WordCountOptions) {
    super({
      master: options.master,
      framework: { name: 'wordcount', capabilities: [{ type: 'PARTITION_AWARE' }], failover_timeout: 60 },
    });
    this.#options = options;
    this.#waiting = Array.from({ length: options.shards }, (_, shard) => shard);
    const parsed = parseResources(options.taskResources ?? 'cpus:1;mem:64');
    if (parsed.error !== undefined) throw new TypeError(`Malformed task resources: ${parsed.error}`);
    this.#resources = parsed.value;
  }

  protected override offers(offers: readonly Offer[]): void {
    for (const offer of offers) {
      const tasks = this.#tasksFor(offer);
      if (tasks.length > 0) this.launch(offer, tasks);
      else this.decline(offer);
    }
    const isTooLittle = !this.#isWaitingTold && this.#running.size === 0 && this.#waiting.length > 0;
    this.#report(isTooLittle ? `Waiting: no offer has ${this.#resources.toString()} yet` : undefined);
    this.#isWaitingTold ||= isTooLittle;
  }

  protected override async update(status: TaskStatus): Promise<void> {
    const task = status.task_id.value;
    const attempt = this.#running.get(task);
    if (attempt === undefined) return;
    if (status.state === 'TASK_FINISHED') {
      const result = await this.#read(task, attempt);
      if (!this.#running.delete(task)) return;
      if (typeof result === 'string') this.#again(attempt.shard, result);
      else this.totals.add(attempt.shard, result);
    } else if (isTerminalState(status.state) || status.state === 'TASK_UNREACHABLE') {
      this.#running.delete(task);
      this.#again(attempt.shard, `${status.state}${status.message === undefined ? '' : `: ${status.message}`}`);
    }
    this.#report();
    if (this.totals.shards === this.#options.shards) this.stop();
  }

  #tasksFor(offer: Offer): TaskToLaunch[] {
    const address = offer.url?.address;
    if (address?.ip === undefined) return [];
    const agentUrl = `http://${formatAddress(address.ip, address.port)}`;
    const tasks: TaskToLaunch[] = [];
    let left = Resources.of(offer.resources);
    for (;;) {
      const resources = left.find(this.#resources);
      const shard = resources === undefined ? undefined : this.#waiting.shift();
      if (resources === undefined || shard === undefined) return tasks;
      left = left.subtract(resources);
      tasks.push(this.#task(shard, agentUrl, resources));
    }
  }

  #task(shard: number, agentUrl: string, resources: Resources): TaskToLaunch {
    const { charset, node = process.execPath, programUrl, shardUrl } = this.#options;
    const attempt = (this.#attempts.get(shard) ?? 0) + 1;
    const id = attempt === 1 ? `shard-${shard}` : `shard-${shard}.${attempt}`;
    this.#attempts.set(shard, attempt);
    this.#running.set(id, { shard, agentUrl });
    return {
      name: `wordcount shard ${shard}`,
      task_id: { value: id },
      resources: resources.toArray(),
      command: {
        shell: false,
        value: node,
        arguments: ['node', 'count.mjs', 'shard.txt', 'result.json', charset],
        uris: [
          { value: programUrl, output_file: 'count.mjs', extract: false },
          { value: shardUrl(shard), output_file: 'shard.txt', extract: false },
        ],
      },
    };
  }

  /** Puts a shard back among those that wait, unless it has failed too often. */
  #again(shard: number, reason: string): void {
    if ((this.#attempts.get(shard) ?? 0) >= attemptsMax) {
      throw new Error(`Shard ${shard} failed ${attemptsMax} times, at last with ${reason}`);
    }
    this.#waiting.push(shard);
    this.revive();
    this.#report(`shard ${shard} runs again: ${reason}`);
  }

  /** Reads a task's result through its agent, or answers why that was not possible. */
  async #read(task: string, { agentUrl }: Attempt): Promise<WordCount | string> {
    const id = encodeURIComponent(task);
    const framework = encodeURIComponent(this.frameworkId?.value ?? '');
    const path = `/frameworks/${framework}/executors/${id}/runs/latest/result.json`;
    try {
      const response = await fetch(`${agentUrl}/files/download?path=${encodeURIComponent(path)}`, {
        signal: AbortSignal.timeout(readTimeoutMs),
      });
      if (!response.ok) return `its agent answered ${response.status} for its result`;
      return parseResult(await response.text()) ?? 'its result is malformed';
    } catch (error) {
      return `its result could not be read: ${errorText(error)}`;
    }
  }

  #report(note?: string): void {
    this.#options.onProgress({
      done: this.totals.shards,
      running: this.#running.size,
      shards: this.#options.shards,
      words: this.totals.words,
      ...(note === undefined ? {} : { note }),
    });
  }
}
